"""The public pages as readers meet them: a list that anybody may join, and a mail server that takes mails."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import httpx
from sqlalchemy import event, select, update

from contracts.smtp_server import Inbox
from trax_mailer.audience import find_subscriber, import_subscribers
from trax_mailer.audience.lists import list_for_import
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.settings import SmtpSettings, load_settings
from trax_mailer.storage import schema
from trax_mailer.storage.acts import latest_acts
from trax_mailer.storage.lists import list_ids
from trax_mailer.storage.subscriptions import lists_of
from trax_mailer.tokens import mint_mail_token
from trax_mailer.web.public import make_app
from trax_mailer.workflows.engines.presence import NO_MAILING
from trax_mailer.workflows.notice_rounds import NOTICE_LANE
from trax_mailer.workflows.notices import NoticeDesk
from trax_mailer.workflows.public import PublicLedger, open_public
from web.asking import apart, ask

LIST, TITLE, CLOSED = "letter", "The Lakeside Letter", "board"
KNOWN = "mirela@example.org"
PUBLIC_URL = "https://letter.lakeside.example.org"


@dataclass(frozen=True)
class Front:
    """The pages, the ledger behind them, and the inbox that mails end up in."""

    public: PublicLedger
    inbox: Inbox

    @cached_property
    def app(self):
        return make_app(self.public)

    @property
    def ledger(self):
        return self.public.ledger

    def get(self, path, **further):
        return ask(self.app, "GET", path, **further)

    def post(self, path, data=None, **further):
        return ask(self.app, "POST", path, data=data or {}, **further)

    def subscribe(self, address, **further):
        return self.post("/subscribe", {"list": LIST, "email": address, **further})

    @property
    def desk(self):
        public = self.public
        return NoticeDesk(public.settings, public.ledger, public.ring, public.catalogues)

    def work(self):
        """Send every notice whose time has come; what each came to."""

        def send():
            done = []
            with self.ledger.lane_lock(NO_MAILING, lane=NOTICE_LANE) as lock:
                self.desk.begin()
                while (verdict := self.desk.send_one(lock)) is not None:
                    done.append(verdict.value)
            return done

        return apart(send)

    def mails(self, address=None):
        """The mails that arrived, oldest first; of one address where it is given."""
        return [
            email.message_from_bytes(content, policy=email.policy.SMTP)
            for _sender, to, content in self.inbox.messages
            if address in {None, *to}
        ]

    def link(self, address):
        """The way that the newest mail to the address leads, as a path."""
        text = self.mails(address)[-1].get_body(("plain",)).get_content()
        return re.search(rf"{re.escape(PUBLIC_URL)}(/\S+)", text)[1]

    def state(self, address, list_name=LIST):
        """Where the reader stands with the list; None where they are not on it, or nobody."""
        reader = find_subscriber(self.ledger, address)
        with self.ledger.read() as connection:
            list_id = list_ids(connection)[list_name]
            standing = lists_of(connection, reader.id).get(list_id) if reader else None
        return standing.state.value if standing else None

    def token(self, address=KNOWN, list_name=LIST):
        with self.ledger.read() as connection:
            list_id = list_ids(connection)[list_name]
        reader = find_subscriber(self.ledger, address)
        return mint_mail_token(self.public.ring, list_id=list_id, subscriber_id=reader.id, mailing_id=1)

    def own(self, address=KNOWN):
        """The path of the reader's own page, by a link that was really mailed."""
        self.post("/me", {"email": address})
        self.work()
        return self.link(address)

    def acts(self):
        """Every act, oldest first."""
        with self.ledger.read() as connection:
            return latest_acts(connection, limit=1000)[::-1]

    def rows(self, *tables):
        with self.ledger.read() as connection:
            return {table.name: connection.execute(select(table)).all() for table in tables}

    def everything(self):
        return self.rows(*schema.metadata.sorted_tables)

    def notices(self):
        return self.rows(schema.notice)["notice"]

    def later(self, **time):
        """Let the time pass: everything that was done is so much older."""
        past = dt.timedelta(**time)
        moments = [
            column
            for table in schema.metadata.sorted_tables
            for column in table.c
            if isinstance(column.type, schema.UtcTime)
        ]
        with self.ledger.write() as connection:
            for column in moments:
                keys = list(column.table.primary_key)
                for row in connection.execute(
                    select(*keys, column.label("moment")).where(column.is_not(None))
                ):
                    this = [key == value for key, value in zip(keys, row, strict=False)]
                    connection.execute(
                        update(column.table).where(*this).values({column.name: row.moment - past})
                    )

    def but(self, **settings):
        """The same with other settings."""
        return replace(self, public=replace(self.public, settings=replace(self.public.settings, **settings)))


@contextmanager
def open_front(folder, state, *, port, database=None):
    """The pages over the ledger of that state, with mail that goes to that port."""
    settings = load_settings(folder, environ={}, state=state)
    settings = replace(
        settings,
        transport="smtp",
        smtp=SmtpSettings(host="127.0.0.1", port=port, security="none", timeout=5, answer_timeout=5),
        database=database or settings.database,
    )
    with open_public(settings) as public:
        yield public


def make_front(folder, state, *, database=None):
    """Put two readers on a list that anybody may join and on a closed one."""
    now = dt.datetime.now(dt.UTC)
    with open_front(folder, state, port=9, database=database) as public:
        for name in (LIST, CLOSED):
            import_subscribers(
                public.ledger,
                folder / "subscribers" / "sample.csv",
                list_name=name,
                state=SubscriptionState.SUBSCRIBED,
                imported_by="ana",
                now=now,
            )
        with public.ledger.write() as connection:
            list_for_import(connection, "events", now=now)
            for name, title in ((LIST, TITLE), ("events", "Lakeside Events")):
                connection.execute(
                    update(schema.mailing_list)
                    .where(schema.mailing_list.c.name == name)
                    .values(title=title, public=True, description="Ten times a year, from the lake.")
                )


@contextmanager
def statements(ledger):
    """What is asked of the database in the block, as SQL with its values left out."""
    asked = []

    def note(_connection, _cursor, statement, *_further):
        asked.append(statement)

    engines = {ledger._backend.reader, ledger._backend.writer, ledger._backend.lone_writer}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


def form_of(html):
    """The hidden fields of a page's first form."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html))


def client():
    """A client that keeps nothing, for servers."""
    return httpx.Client(follow_redirects=False, timeout=20)
