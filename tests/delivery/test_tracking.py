import dataclasses
import re

import pytest
from sqlalchemy import insert, update

from delivery.edged import choose, edged, mail
from delivery.letters import ENVELOPE, edition, letter, recipient, slot
from delivery.mailings import NOW, ScriptedTransport, address, drive, new_mailing
from trax_mailer.delivery.letter import Letter, filled
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.edition import NumberedLink, SlotContext, SlotKind
from trax_mailer.model.visit import TrackingMode
from trax_mailer.storage import schema
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.lists import find_list_id, set_tracking
from trax_mailer.storage.subscribers import subscribers_among
from trax_mailer.tokens import MarkKind, read_tracking_token

TARGET = "https://example.org/?a=1&amp;b=2"
TOKEN = re.compile(r"https://trax\.upr-info\.example/[co]/([\w-]+)")


def tracked_letter(mode=TrackingMode.AGGREGATE, **envelope):
    return dataclasses.replace(letter(**envelope), tracking=mode)


def as_read(bound):
    return filled(bound.html, dataclasses.replace(recipient(), tracking_token="T" * 40))


def test_links_lead_over_the_server_when_tracked():
    html = as_read(tracked_letter())
    assert f'<a href="https://trax.upr-info.example/c/{"T" * 40}/1">a link</a>' in html
    assert TARGET not in html


def test_text_part_keeps_its_targets_when_tracked():
    bound = tracked_letter()
    assert bound.text == letter().text
    assert "https://example.org/?a=1&b=2" in filled(bound.text, recipient())


def test_way_out_and_browser_view_are_never_tracked_when_links_are():
    bound = tracked_letter()
    html = as_read(bound)
    assert f'href="{recipient().unsubscribe_url}"' in html
    assert f'href="https://trax.upr-info.example/v/{bound.edition_hash}"' in html


def test_pixel_and_hidden_link_stand_at_the_end_of_the_body_when_tracked():
    html = as_read(tracked_letter())
    end = (
        f'<a href="https://trax.upr-info.example/c/{"T" * 40}/0" style="display:none" aria-hidden="true" '
        f'tabindex="-1"></a><img src="https://trax.upr-info.example/o/{"T" * 40}" width="1" height="1" '
        'alt=""></body></html>\n'
    )
    assert html.endswith(end)
    assert html.count("/o/") == 1


def test_no_pixel_is_carried_when_the_settings_say_no():
    html = as_read(tracked_letter(pixel=False))
    assert "/o/" not in html
    assert "/c/" in html


def test_one_place_holds_the_token_when_there_are_forty_links():
    links = tuple(
        NumberedLink(number=one, target=f"https://example.org/{one}", label="", section=0)
        for one in range(1, 41)
    )
    html = tuple(
        part
        for one in links
        for part in ('<a href="', slot(SlotKind.LINK, SlotContext.ATTRIBUTE, str(one.number)), '">x</a>')
    )
    many = dataclasses.replace(edition(html=(*html, "</body>"), pictures=False), links=links)
    bound = Letter(many, ENVELOPE, many.hash, TrackingMode.AGGREGATE)
    assert len({one for one in bound.html if not isinstance(one, str)}) == 1
    assert as_read(bound).count(f"/c/{'T' * 40}/") == 41


@pytest.mark.parametrize("mode", [None, TrackingMode.NONE])
def test_nothing_of_ours_stands_between_when_not_tracked(mode):
    html = as_read(tracked_letter(mode))
    assert f'<a href="{TARGET}">a link</a>' in html
    assert "/c/" not in html
    assert "/o/" not in html


def test_pictures_travel_inside_when_the_mode_is_none():
    assert tracked_letter(TrackingMode.NONE).embedded
    assert "trax.upr-info.example/a/" not in as_read(tracked_letter(TrackingMode.NONE))
    assert not tracked_letter().embedded
    assert not letter().embedded


class Reading(ScriptedTransport):
    """Keeps the HTML of every reader as it would have gone out, by number of reader."""

    def __init__(self, **more):
        super().__init__(**more)
        self.html = {}
        self.embedded = {}

    def send(self, recipients, *, batch):
        for one in recipients:
            self.html[one.email] = filled(self.letter.html, one)
            self.embedded[one.email] = self.letter.embedded
        return super().send(recipients, batch=batch)

    def marks(self, ring):
        return {
            who: {read_tracking_token(ring, token) for token in TOKEN.findall(html)}
            for who, html in self.html.items()
        }


def with_mode(ledger, mode):
    with ledger.write() as connection:
        set_tracking(connection, find_list_id(connection, "everyone"), mode)


def subscriber_id(ledger, number):
    with ledger.read() as connection:
        return subscribers_among(connection, [address(number)])[address(number)].id


def consent(ledger, number, *, withdrawn=False):
    reader = subscriber_id(ledger, number)
    with ledger.write() as connection:
        act_id = add_act(connection, Act(kind=ActKind.PAGE, at=NOW, subscriber_id=reader))
        connection.execute(
            insert(schema.tracking_consent).values(
                subscriber_id=reader,
                list_id=find_list_id(connection, "everyone"),
                given_at=NOW,
                given_act_id=act_id,
                withdrawn_at=NOW if withdrawn else None,
                withdrawn_act_id=act_id if withdrawn else None,
            )
        )
    return reader


def test_every_copy_has_a_pseudonym_of_its_own_when_sent(ledger, ring):
    transport = Reading()
    mailing = drive(ledger, new_mailing(ledger), transport, ring)
    marks = transport.marks(ring)
    assert len(marks) == 10
    assert all(len(found) == 1 for found in marks.values())
    tokens = {next(iter(found)) for found in marks.values()}
    assert len({token.mark for token in tokens}) == 10
    assert {(token.mailing_id, token.kind) for token in tokens} == {(mailing.id, MarkKind.PSEUDONYM)}


def test_readers_are_named_only_with_consent_when_tracked_individually(ledger, ring):
    with_mode(ledger, TrackingMode.INDIVIDUAL)
    reader = consent(ledger, 2)
    consent(ledger, 3, withdrawn=True)
    transport = Reading()
    drive(ledger, new_mailing(ledger), transport, ring)
    named = {
        who: int.from_bytes(token.mark, "big")
        for who, tokens in transport.marks(ring).items()
        for token in tokens
        if token.kind is MarkKind.READER
    }
    assert named == {address(2): reader}


def test_consent_counts_for_nothing_when_the_list_is_not_individual(ledger, ring):
    consent(ledger, 2)
    transport = Reading()
    drive(ledger, new_mailing(ledger), transport, ring)
    assert {token.kind for tokens in transport.marks(ring).values() for token in tokens} == {
        MarkKind.PSEUDONYM
    }


def test_mailing_keeps_its_mode_when_the_list_changes_after(ledger, ring):
    mailing = new_mailing(ledger)
    with_mode(ledger, TrackingMode.NONE)
    transport = Reading()
    assert drive(ledger, mailing, transport, ring).tracking is TrackingMode.AGGREGATE
    assert all("/c/" in html for html in transport.html.values())


def test_mails_are_plain_when_the_list_has_no_tracking(ledger, ring):
    with_mode(ledger, TrackingMode.NONE)
    transport = Reading()
    assert drive(ledger, new_mailing(ledger), transport, ring).tracking is TrackingMode.NONE
    assert not any(TOKEN.search(html) for html in transport.html.values())
    assert set(transport.embedded.values()) == {True}


def test_tokens_are_inert_when_the_mailing_is_simulated(ledger, ring):
    transport = Reading(name="folder")
    transport.simulated = True
    mailing = drive(ledger, new_mailing(ledger, simulated=True, transport="folder"), transport, ring)
    [kinds] = {frozenset(token.kind for token in tokens) for tokens in transport.marks(ring).values()}
    assert kinds == {MarkKind.INERT}
    assert mailing.simulated


def want_none(ledger, *numbers):
    table = schema.subscription
    readers = [subscriber_id(ledger, number) for number in numbers]
    with ledger.write() as connection:
        connection.execute(update(table).where(table.c.subscriber_id.in_(readers)).values(untracked=True))


def test_readers_who_want_none_get_plain_mails_when_others_are_tracked(ledger, ring):
    want_none(ledger, 2, 9)
    transport = Reading()
    mailing = drive(ledger, new_mailing(ledger, lanes=2), transport, ring)
    plain = {address(2), address(9)}
    assert mailing.state == "done"
    assert len(transport.html) == 10
    assert {who for who, html in transport.html.items() if not TOKEN.search(html)} == plain
    assert {who for who, embedded in transport.embedded.items() if embedded} == plain
    assert all(TARGET in transport.html[who] for who in plain)


def test_readers_who_want_none_get_their_topics_when_they_chose_some(ledger, ring):
    choose(ledger, {2: "jobs", 3: "jobs", 4: "trainings", 5: "sport", 6: "sport"})
    want_none(ledger, 3, 5, 7)
    transport = Reading()
    mailing = drive(ledger, mail(ledger, edged(), trackable=True, lanes=2), transport, ring)
    assert mailing.state == "done"
    words = {who: html.partition("\n")[0] for who, html in transport.html.items()}
    plain = {who for who, html in transport.html.items() if not TOKEN.search(html)}
    assert (words[address(2)], words[address(3)], words[address(4)]) == (
        "all+job+kenya", "all+job+kenya", "all+training",
    )  # fmt: skip
    assert words[address(1)] == words[address(7)] == "all+job+training+kenya"
    assert plain == {address(3), address(7)}
    assert len(words) == 8
