"""The public house with an issue that went out tracked: odd links, and tokens of its readers."""

import dataclasses
import datetime as dt
import random
import string
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from delivery.letters import ENVELOPE
from trax_mailer.model.edition import NumberedLink
from trax_mailer.model.mailing import AudienceKind
from trax_mailer.model.visit import TrackingMode
from trax_mailer.storage import schema
from trax_mailer.storage.editions import store_edition
from trax_mailer.storage.lists import find_list_id
from trax_mailer.storage.mailings import NewMailing, add_mailing
from trax_mailer.tokens import tracking_token_mint
from web.newsroom import LIST

WRITTEN = [
    "https://lakeside.example.org/programme",
    "https://example.org/?a=1&b=2&amp;c=3&lt=%3C#frag?x&y",
    "https://example.org/%E2%82%AC/a%20b+c;d,e=f!g*h'i(j)k~l$m@n:o",
    "https://example.org/?q=%22quoted%22&next=https://evil.example/?x=%0d%0aSet-Cookie:a=b",
    "https://xn--mller-kva.example/%c3%bc?%C3%A4=%c3%a4",
    "http://example.org:8080//double//slash/../..?",
    "https://example.org/?a[]=1&a[]=2|3^4`5{6}7\\8",
    "https://example.org/?" + "&".join(f"utm_{number}={number}" for number in range(60)),
]


def odd_targets(count=150):
    """Printable ASCII in every mixture; the same on every run."""
    chance = random.Random(58)
    letters = string.ascii_letters + string.digits + string.punctuation
    return WRITTEN + [
        "https://example.org/" + "".join(chance.choices(letters, k=chance.randint(1, 120)))
        for _ in range(count)
    ]


@dataclass
class TrackedHouse:
    """A mailing of which every target is odd; link 1 is the first of `targets`."""

    house: object
    mailing_id: int
    targets: list[str]
    edition_hash: str

    @property
    def public(self):
        return self.house.public

    def token(self, *, consenting=(), reader=1, inert=False):
        mint = tracking_token_mint(
            self.public.ring, mailing_id=self.mailing_id, consenting=consenting, inert=inert
        )
        return mint(reader)

    def visits(self):
        with self.public.ledger.read() as connection:
            return connection.execute(select(schema.visit).order_by(schema.visit.c.id)).all()

    def counters(self):
        with self.public.ledger.read() as connection:
            return {row.name: row.value for row in connection.execute(select(schema.counter))}


@pytest.fixture
def tracked(house):
    targets = odd_targets()
    links = tuple(
        NumberedLink(number=number, target=target, label="", section=0)
        for number, target in enumerate(targets, start=1)
    )
    odd = dataclasses.replace(house.edition, links=links)
    now = dt.datetime.now(dt.UTC)
    with house.public.ledger.write() as connection:
        mailing_id = add_mailing(
            connection,
            NewMailing(
                issue_number=7,
                issue_title="What the autumn session brings",
                list_id=find_list_id(connection, LIST),
                edition_hash=store_edition(connection, odd, now=now),
                transport="smtp",
                envelope=ENVELOPE,
                lanes=1,
                batch_size=100,
                audience=AudienceKind.EVERYBODY,
                tracking=TrackingMode.INDIVIDUAL,
            ),
            now=now,
        )
    return TrackedHouse(house, mailing_id, targets, odd.hash)
