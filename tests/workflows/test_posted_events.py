"""Every published event of SendGrid, with all that follows from it; and the same in any order."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import update

from events.ledgers import rows, stored
from events.webhook import NAMES, event, ours, published
from trax_mailer.model.mailing import Handover
from trax_mailer.model.visit import Verdict
from trax_mailer.storage import open_ledger, schema
from trax_mailer.storage.journal import entries
from trax_mailer.workflows.tracking.chores import forget_old_events
from trax_mailer.workflows.tracking.judging import judge_new
from trax_mailer.workflows.webhook import Intake
from workflows.posting import (
    NOW,
    Poster,
    all_of,
    consent,
    content_of,
    prepare,
    raw,
    standing,
    state,
    suppressed,
    visits,
)

BOTH = ("bounced", "bounced")

# Of each file: kinds as they are kept; the reader, handover and outcome; where the reader stands with the
# list of the mailing and another one; why the address is suppressed; visits as kind, link and agent.
EFFECTS = {
    "account_status_change.json": (["account"], None, None, None, []),
    "bounce_async_no_message_id.json": (["bounced"], (9, "accepted", "bounced"), BOTH, None, []),
    "bounce_blocked.json": (["blocked"], (6, "accepted", "blocked"), None, None, []),
    "bounce_blocked_mailbox_full.json": (["blocked"], (7, "accepted", "blocked"), None, None, []),
    "bounce_expired_after_72h.json": (["blocked"], (8, "accepted", "blocked"), None, None, []),
    "bounce_hard.json": (["bounced"], (5, "accepted", "bounced"), BOTH, None, []),
    "category_as_string.json": (["delivered"], (20, "accepted", "delivered"), None, None, []),
    "click.json": (["clicked"], (1, "accepted", "unknown"), None, None, [("click", 1, "browser")]),
    "click_text_part.json": (["clicked"], (16, "accepted", "unknown"), None, None, [("click", 2, "browser")]),
    "deferred.json": (["deferred"], (3, "accepted", "deferred"), None, None, []),
    "deferred_reason_form.json": (["deferred"], (4, "accepted", "deferred"), None, None, []),
    "delivered.json": (["delivered"], (1, "accepted", "delivered"), None, None, []),
    "dropped_bounced.json": (["dropped"], (11, "accepted", "dropped"), BOTH, None, []),
    "dropped_invalid.json": (["dropped"], (13, "accepted", "dropped"), BOTH, None, []),
    "dropped_spam_reporting.json": (
        ["dropped"], (12, "accepted", "dropped"), ("complained", "complained"), "complained", [],
    ),
    "dropped_unsubscribed.json": (
        ["dropped"], (10, "accepted", "dropped"), ("unsubscribed", None), None, [],
    ),
    "group_resubscribe.json": (["returned"], (19, "accepted", "unknown"), None, None, []),
    "group_unsubscribe.json": (["left"], (19, "accepted", "unknown"), ("unsubscribed", None), None, []),
    "open_human.json": (["opened"], (1, "accepted", "unknown"), None, None, [("open", 0, "browser")]),
    "open_machine_apple_mpp.json": (
        ["opened"], (14, "accepted", "unknown"), None, None, [("open", 0, "apple-proxy")],
    ),
    "open_without_machine_flag.json": (
        ["opened"], (15, "accepted", "unknown"), None, None, [("open", 0, "gmail-proxy")],
    ),
    "processed.json": (["processed"], (1, "accepted", "unknown"), None, None, []),
    "processed_ip_pool_scheduled.json": (["processed"], (2, "accepted", "unknown"), None, None, []),
    "spamreport.json": (
        ["complained"], (17, "accepted", "complained"), ("complained", "complained"), "complained", [],
    ),
    "unknown_event_type.json": (["unknown"], None, None, None, []),
    "unsubscribe_global.json": (
        ["left"], (18, "accepted", "unknown"), ("unsubscribed", "unsubscribed"), "unsubscribed", [],
    ),
    "batch_out_of_order_with_duplicates.json": (
        ["bounced", "bounced", "clicked", "delivered", "opened", "processed", "unknown"],
        (1, "accepted", "delivered"), None, None, [("click", 1, "browser"), ("open", 0, "browser")],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One ledger for many tests, each with a place of its own: making one takes longer than the test."""
    folder = tmp_path_factory.mktemp("posted")
    with open_ledger(folder / "state") as opened:
        prepare(opened)
        yield opened


@pytest.fixture
def ledger(shared):
    """The shared ledger as it was made; whatever a test does to it is undone."""
    yield shared
    with shared.write() as connection:
        for table in (schema.visit, schema.raw_event, schema.event, schema.suppression, schema.journal):
            connection.execute(table.delete())
        connection.execute(schema.tracking_consent.delete())
        connection.execute(
            update(schema.delivery).values(handover="uncertain", outcome="unknown", reason="no answer")
        )
        first = {"state": "subscribed", "act_id": 1, "changed_at": NOW - dt.timedelta(days=6)}
        connection.execute(update(schema.subscription).values(first | {"untracked": False}))
        connection.execute(update(schema.mailing).values(tracking="aggregate"))


@pytest.fixture
def post(ledger, tmp_path):
    return Poster(ledger, tmp_path)


def test_every_published_event_has_an_expected_effect():
    assert sorted(EFFECTS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_published_event_has_its_effect_twice_as_once(ledger, post, name):
    kinds, delivery, lists, suppression, seen = EFFECTS[name]
    for _ in range(2):
        assert post(*ours(name)) is Intake.KEPT
        assert sorted(kind.value for kind, _, _ in raw(ledger)) == kinds
        if delivery is None:
            assert {handover.value for handover, _, _ in rows(ledger).values()} == {"uncertain"}
            continue
        reader, handover, outcome = delivery
        assert [one.value for one in rows(ledger)[reader][:2]] == [handover, outcome]
        found = standing(ledger)
        assert (found.get((reader, 1)), found.get((reader, 2))) == (lists or (None, None))
        assert list(suppressed(ledger).values()) == ([suppression] if suppression else [])
        assert [(one[0].value, one[1], one[6]) for one in visits(ledger)] == seen


def test_only_what_is_not_known_is_refused_with_the_reason(ledger, post):
    for name in NAMES:
        post(*ours(name))
    assert {why for _, _, why in raw(ledger) if why} == {
        "events of the type “future_event_kind” are not known"
    }


def test_change_of_the_account_stands_in_the_journal_once(ledger, post):
    for _ in range(2):
        post(*published("account_status_change.json"))
    with ledger.read() as connection:
        [line] = entries(connection, None)
    assert line.words == "sendgrid says of the account: compliance_suspend"


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (7, "no event"),
        (None, "no event"),
        (event("delivered", 2) | {"timestamp": "soon"}, "when"),
        (event("delivered", 2) | {"event": ["delivered"]}, "what"),
    ],
)
def test_bad_event_is_kept_aside_and_costs_no_other(ledger, post, bad, why):
    assert post(bad, event("delivered", 1)) is Intake.KEPT
    assert rows(ledger)[1][1] == "delivered"
    assert [why in reason for _, _, reason in raw(ledger) if reason] == [True]


def test_event_that_the_ledger_cannot_take_is_set_aside_and_costs_no_other(ledger, post, monkeypatch, caplog):
    from trax_mailer.workflows import webhook

    real = webhook.keep_events

    def stumbles(connection, events, acts, **further):
        if any(one.subscriber_id == 3 for one in events):
            raise ValueError("not this one")
        return real(connection, events, acts, **further)

    monkeypatch.setattr(webhook, "keep_events", stumbles)
    assert post(*(event("delivered", who) for who in range(1, 6))) is Intake.KEPT
    assert [rows(ledger)[who][1].value for who in range(1, 6)] == [
        "delivered", "delivered", "unknown", "delivered", "delivered",
    ]  # fmt: skip
    assert [why for _, _, why in raw(ledger) if why] == ["it could not be kept (ValueError)"]


def test_duplicates_are_absorbed_under_a_new_id_and_under_the_same_id(ledger, post):
    first = event("open", at=1795000600, sg_event_id="a")
    post(first)
    post(first | {"sg_event_id": "b"}, first | {"timestamp": 1795000601})
    assert len(raw(ledger)) == len(visits(ledger)) == 1
    post(first | {"timestamp": 1795000602, "sg_event_id": "c"})
    assert len(raw(ledger)) == len(visits(ledger)) == 2


def test_group_stands_for_its_list_when_the_settings_say_so(ledger, tmp_path):
    post = Poster(ledger, tmp_path, groups={"jobs": 501})
    post(*ours("group_unsubscribe.json"))
    assert standing(ledger) == {(19, 2): "unsubscribed"}


def test_nobody_comes_back_when_they_return_at_sendgrid(ledger, post):
    post(*ours("group_unsubscribe.json"), *ours("unsubscribe_global.json"))
    before = standing(ledger), suppressed(ledger)
    post(*ours("group_resubscribe.json"), event("group_resubscribe", 18, at=1795090000))
    assert (standing(ledger), suppressed(ledger)) == before


def test_complaint_stands_over_leaving_whichever_came_first(ledger, post):
    for told in (
        event("spamreport", 2),
        event("unsubscribe", 2),
        event("unsubscribe", 3),
        event("spamreport", 3),
    ):
        post(told)
    assert standing(ledger) == dict.fromkeys(itertools.product((2, 3), (1, 2)), "complained")
    assert set(suppressed(ledger).values()) == {"complained"}


def test_nothing_is_kept_of_opens_and_clicks_when_the_mailing_or_the_reader_is_not_tracked(ledger, post):
    seen = [event("open", 1), event("click", 1, url="https://news.example.com/i/42")]
    with ledger.write() as connection:
        who = schema.subscription.c.subscriber_id == 1
        connection.execute(update(schema.subscription).where(who).values(untracked=True))
    post(*seen)
    assert raw(ledger) == visits(ledger) == []
    with ledger.write() as connection:
        connection.execute(update(schema.mailing).values(tracking="none"))
    Poster(ledger, ledger.state)(*(one | {"delivery": "1.2"} for one in seen), event("open", 2))
    assert raw(ledger) == visits(ledger) == []


def test_opens_and_clicks_are_left_to_our_own_picture_and_links_when_the_copy_has_them(tmp_path):
    with open_ledger(tmp_path / "state") as ledger:
        prepare(ledger, pixel=True)
        post = Poster(ledger, tmp_path)
        own = "https://trax.upr-info.example/c/AAEBAAAAAAG7wzv0tqBQr3mCsqU2GmPvK3gQk1o9/2"
        post(event("open"), event("click", url=own), event("click", 2, url="https://news.example.com/i/42"))
        assert [(one[0].value, one[1]) for one in visits(ledger)] == [("click", 2)]


def test_visit_is_tied_to_a_reader_only_when_they_consented(ledger, tmp_path):
    with ledger.write() as connection:
        connection.execute(update(schema.mailing).values(tracking="individual"))
    consent(ledger, 1)
    Poster(ledger, tmp_path)(event("open", 1), event("open", 2), event("open", 2, at=1795000900))
    tied = [one for one in visits(ledger) if one[3] is not None]
    others = [one for one in visits(ledger) if one[3] is None]
    assert [(one[2], one[3]) for one in tied] == [(None, 1)]
    assert len({one[2] for one in others}) == 1
    assert len(others) == 2


def test_times_are_to_the_minute_and_far_apart_as_they_were(ledger, post):
    post(event("open", at=1795000659), event("open", at=1795000662))
    assert {one[4].second for one in visits(ledger)} == {0}
    first, second = (one[5] for one in visits(ledger))
    assert (second - first) % 3600 in {3, 3597}


def test_verdict_heeds_what_sendgrid_says_of_machines(ledger, post):
    browser = published("open_human.json")[0]["useragent"]
    post(
        event("open", 1, useragent=browser, sg_machine_open=True),
        event("open", 2, useragent=browser, sg_machine_open=False),
    )
    judge_new(ledger, now=NOW)
    found = all_of(ledger, schema.visit, "verdict", "hints")
    assert sorted(found) == [(Verdict.HUMAN, "provider"), (Verdict.MACHINE, "provider machine-said")]


def test_nothing_ties_a_reader_to_a_visit_in_what_is_kept(ledger, post):
    with ledger.write() as connection:
        connection.execute(update(schema.delivery).values(handover=Handover.ACCEPTED))
    post(*ours("open_human.json"), *ours("click.json"))
    for _, content, _ in raw(ledger):
        assert set(content) <= {"event", "timestamp", "agent", "mailing", "link", "part"}
        assert content["timestamp"] % 60 == 0
    assert stored(ledger) == []


def test_old_visit_is_not_counted_when_nobody_knows_whether_it_was_before(ledger, tmp_path):
    late = Poster(ledger, tmp_path, now=NOW + dt.timedelta(days=40))
    late(event("open"))
    assert raw(ledger) == visits(ledger) == []


def test_raw_events_are_deleted_after_their_days_and_nothing_else(ledger, post):
    post(*ours("delivered.json"), *ours("open_human.json"))
    before = state(ledger)
    assert forget_old_events(ledger, days=30, now=NOW + dt.timedelta(days=29)) == 0
    assert forget_old_events(ledger, days=30, now=NOW + dt.timedelta(days=31)) == 2
    assert raw(ledger) == []
    post(*ours("delivered.json"))
    assert state(ledger) == before


def test_no_person_is_in_the_ledger_when_every_event_was_taken_in(tmp_path):
    said = "550 5.1.1 <{}>: {} is unknown, says 203.0.113.8"
    with open_ledger(tmp_path / "state") as ledger:
        prepare(ledger)
        post = Poster(ledger, tmp_path)
        for name in NAMES:
            for one in ours(name):
                email = one.get("email", "")
                post(one | {"reason": said.format(email, email.partition("@")[0])})
    content = content_of(ledger)
    assert b"says" in content
    for private in (b"gone@", b"ada@", b"203.0.113", b"66.249", b"Mozilla", b"geopod", b"icloud"):
        assert private not in content


HISTORY = [
    event("processed", 1), event("delivered", 1, at=1795000004), event("deferred", 1, attempt="1"),
    event("open", 1, at=1795000600), event("click", 1, at=1795000660, url="https://news.example.com/i/42"),
    event("open", 1, at=1795000603, sg_machine_open=True), event("spamreport", 1, at=1795000900),
    event("unsubscribe", 1, at=1795000950), event("group_resubscribe", 1, at=1795000990),
    event("bounce", 2, reason="550 5.1.1 unknown", type="bounce"), event("delivered", 2),
    event("bounce", 3, reason="452 4.2.2 full", type="blocked"), event("dropped", 3, reason="Invalid"),
    event("group_unsubscribe", 4, asm_group_id=501), event("delivered", 4), event("open", 4),
    *published("bounce_async_no_message_id.json"), event("processed", 9), event("odd", 5), event("open", 6),
]  # fmt: skip


@pytest.fixture(scope="module")
def in_order(shared):
    """What the history comes to as it happened, on a ledger of its own with the same keys."""
    known = {}

    def outcome(reset):
        if "state" not in known:
            reset()
            Poster(shared, shared.state)(*HISTORY)
            known["state"] = state(shared)
            reset()
        return known["state"]

    return outcome


@hypothesis_settings(max_examples=25, deadline=None)
@given(
    order=st.permutations(range(len(HISTORY))),
    again=st.lists(st.integers(0, len(HISTORY) - 1), max_size=8),
    cuts=st.sets(st.integers(1, len(HISTORY) + 7), max_size=5),
)
def test_state_is_the_same_in_whatever_order_and_however_often_events_come(
    shared, in_order, order, again, cuts
):
    def reset():
        with shared.write() as connection:
            for table in (schema.visit, schema.raw_event, schema.event, schema.suppression):
                connection.execute(table.delete())
            connection.execute(
                update(schema.delivery).values(handover="uncertain", outcome="unknown", reason="no answer")
            )
            first = {"state": "subscribed", "act_id": 1, "changed_at": NOW - dt.timedelta(days=6)}
            connection.execute(update(schema.subscription).values(first))

    expected = in_order(reset)
    told = [HISTORY[one] for one in order]
    told += [HISTORY[one] | {"sg_event_id": f"again {place}"} for place, one in enumerate(again)]
    post = Poster(shared, shared.state)
    bounds = [0, *sorted(cuts), len(told)]
    for start, end in itertools.pairwise(bounds):
        post(*told[start:end])
    found = state(shared)
    reset()
    assert found == expected


@pytest.mark.postgres
def test_history_comes_to_the_same_on_postgresql(shared, in_order, server_place, tmp_path):
    def reset():
        with shared.write() as connection:
            for table in (schema.visit, schema.raw_event, schema.event, schema.suppression):
                connection.execute(table.delete())

    expected = in_order(reset)
    with open_ledger(tmp_path / "state", server_place) as ledger:
        prepare(ledger)
        post = Poster(ledger, tmp_path)
        for told in (HISTORY[10:], HISTORY, [one | {"sg_event_id": "again"} for one in HISTORY]):
            post(*told)
        found = state(ledger)
    assert found[:3] == expected[:3]
    seen, expected_seen = (
        sorted((str(one[0]), one[1], one[4], *one[6:]) for one in each[3]) for each in (found, expected)
    )
    assert seen == expected_seen  # by other pseudonyms: the key ring is another one
