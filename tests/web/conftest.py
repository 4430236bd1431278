import datetime as dt
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import select

from trax_mailer.audience import find_list, find_subscriber, import_subscribers
from trax_mailer.model.edition import Edition
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.settings import load_settings
from trax_mailer.storage import schema
from trax_mailer.storage.editions import store_edition
from trax_mailer.tokens import mint_mail_token
from trax_mailer.web.public import make_app
from trax_mailer.workflows.preview import build_preview, start_preview
from trax_mailer.workflows.public import PublicLedger, open_public
from web.newsroom import LIST, OTHER_LIST, make_newsroom


@pytest.fixture(scope="session")
def edition(tmp_path_factory):
    """The edition of the newsroom's issue."""
    folder = tmp_path_factory.mktemp("edition")
    make_newsroom(folder)
    state = build_preview(start_preview(folder, None, state=tmp_path_factory.mktemp("state")))
    assert state.edition is not None, state.findings
    return state.edition


@pytest.fixture
def newsroom(tmp_path):
    """A workspace with one issue and no state; its folder."""
    folder = tmp_path / "newsroom"
    make_newsroom(folder)
    return folder


@dataclass(frozen=True)
class PublicHouse:
    """The public pages over a ledger with readers on two lists."""

    public: PublicLedger
    edition: Edition

    @property
    def app(self):
        return make_app(self.public)

    def token(self, email="mirela@example.org", *, list_name=LIST):
        """The reader's way out of the list."""
        ledger = self.public.ledger
        return mint_mail_token(
            self.public.ring,
            list_id=find_list(ledger, list_name),
            subscriber_id=find_subscriber(ledger, email).id,
            mailing_id=1,
        )

    def states(self):
        """Where each reader stands with each list, with the cause."""
        tables = schema.subscription.join(
            schema.subscriber, schema.subscriber.c.id == schema.subscription.c.subscriber_id
        )
        tables = tables.join(
            schema.mailing_list, schema.mailing_list.c.id == schema.subscription.c.list_id
        ).join(schema.act, schema.act.c.id == schema.subscription.c.act_id)
        wanted = select(
            schema.subscriber.c.address,
            schema.mailing_list.c.name,
            schema.subscription.c.state,
            schema.act.c.kind,
        ).select_from(tables)
        with self.public.ledger.read() as connection:
            return {(row.address, row.name): (row.state, row.kind) for row in connection.execute(wanted)}

    def left(self, email="mirela@example.org", *, list_name=LIST):
        return self.states()[email, list_name][0] is SubscriptionState.UNSUBSCRIBED


@pytest.fixture
def house(newsroom, tmp_path, edition):
    settings = load_settings(newsroom, environ={}, state=tmp_path / "state")
    now = dt.datetime.now(dt.UTC)
    with open_public(settings) as public:
        for list_name in (LIST, OTHER_LIST):
            import_subscribers(
                public.ledger,
                newsroom / "subscribers" / "sample.csv",
                list_name=list_name,
                state=SubscriptionState.SUBSCRIBED,
                imported_by="ana",
                now=now,
            )
        with public.ledger.write() as connection:
            store_edition(connection, edition, now=now)
        yield PublicHouse(public, edition)


@pytest.fixture
def open_page(browser):
    """Opens pages that must stay silent: no console error, no policy violation, no request elsewhere."""
    faults, contexts = [], []

    def opened(address, *, width=1280, height=900, scheme="light", expected_status=(), **further):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, **further
        )
        contexts.append(context)
        page = context.new_page()
        own = "/".join(address.split("/")[:3]) + "/"
        expected = tuple(f"status of {status} " for status in expected_status)
        page.on("console", lambda said: faults.extend(_complaint(said, expected)))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("requestfailed", lambda request: faults.extend(_failure(request)))
        page.on("request", lambda asked: faults.append(asked.url) if _is_foreign(asked.url, own) else None)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def _complaint(said, expected):
    """What the console says, unless it is about a status that the test wants."""
    wanted = any(words in said.text for words in expected)
    return [said.text] if said.type in {"error", "warning"} and not wanted else []


def _failure(request):
    """What went wrong with a request, unless the page itself gave it up for a newer one."""
    return [] if "ERR_ABORTED" in request.failure else [f"{request.url}: {request.failure}"]


def _is_foreign(url, own):
    return not url.startswith((own, "data:", "about:"))


@pytest.fixture
def assert_accessible():
    """axe finds nothing serious. A mail in a frame is judged by the tests of the look."""

    def check(page, *, but_for=()):
        found = Axe().run(page, options={"iframes": False})
        grave = [
            (rule["id"], rule["nodes"][0]["html"])
            for rule in found.response["violations"]
            if rule["impact"] in {"serious", "critical"} and rule["id"] not in but_for
        ]
        assert grave == []

    return check
