import json

import pytest

from trax_mailer.audience import find_subscriber
from trax_mailer.audience.erasing import erased_among
from trax_mailer.storage import schema
from web.asking import ask
from web.front import CLOSED, KNOWN, LIST, TITLE
from web.public.conftest import KINDS

NEW = "mirela@example.net"
both = pytest.mark.parametrize("front", KINDS, indirect=True)


def list_id(front, name=LIST):
    return next(row.id for row in front.rows(schema.mailing_list)["list"] if row.name == name)


@both
def test_reader_sees_and_takes_everything_when_they_come_by_their_link(front):
    own = front.own()
    page = front.get(own)
    assert page.headers["cache-control"] == "no-store"
    for words in (KNOWN, "Mirela Ionescu", TITLE, CLOSED, "brought in from a file"):
        assert words in page.text
    export = front.get(f"{own}/export.json")
    assert export.headers["content-type"] == "application/json"
    data = json.loads(export.text)
    assert data["address"] == KNOWN
    assert {one["list_name"] for one in data["subscriptions"]} == {LIST, CLOSED}
    assert "ana" not in json.dumps(data["steps"])  # who of the staff did it is theirs


def test_nothing_is_mailed_when_the_address_is_unknown(front):
    front.post("/me", {"email": "nobody@example.org"})
    assert front.work() == ["rejected"]
    assert front.mails() == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_nothing_changes_when_own_pages_are_only_looked_at(front, method):
    own = front.own()
    front.post(own, {"do": "move", "email": NEW})
    front.work()
    before = front.everything()
    for path in (own, f"{own}/erase", front.link(NEW)):
        answer = ask(front.app, method, path)
        assert answer.status_code in {200, 204}
        assert "set-cookie" not in answer.headers
    assert front.everything() == before


def test_link_is_too_old_when_its_minutes_are_over(front):
    own = front.own()
    old = front.but(subscribing=type(front.public.settings.subscribing)(link_minutes=-1))
    for method, path in (
        ("GET", own),
        ("POST", own),
        ("GET", f"{own}/export.json"),
        ("GET", f"{own}/erase"),
        ("POST", f"{own}/erase"),
    ):
        answer = ask(old.app, method, path)
        assert answer.status_code == 410
        assert "too old" in answer.text
        assert KNOWN not in answer.text
    assert find_subscriber(front.ledger, KNOWN) is not None


def test_link_of_one_purpose_is_good_for_no_other(front):
    own = front.own().removeprefix("/me/")
    front.subscribe("amina@example.net")
    front.work()
    confirm = front.link("amina@example.net").removeprefix("/confirm/")
    for path in (f"/confirm/{own}", f"/move/{own}", f"/me/{confirm}", f"/move/{confirm}"):
        assert front.post(path).status_code == 410
    for path in (f"/me/{front.token()}", f"/move/{front.token()}"):
        assert front.post(path).status_code == 410
    assert front.post(f"/confirm/{front.token()}").status_code == 404
    assert front.post(f"/u/{own}").status_code == 404
    assert front.state("amina@example.net") == "pending"


def test_reader_leaves_and_comes_back_when_they_say_so(front):
    own = front.own()
    answer = front.post(own, {"do": "leave", "list": list_id(front)})
    assert f"You are unsubscribed from “{TITLE}”." in answer.text
    assert front.state(KNOWN) == "unsubscribed"
    answer = front.post(own, {"do": "join", "list": list_id(front)})
    assert "You are subscribed to" in answer.text
    assert front.state(KNOWN) == "subscribed"
    act = front.acts()[-1]
    assert (act.kind, act.wording_id is not None) == ("confirmation", True)


def test_reader_does_not_join_a_list_that_is_not_open(front):
    own = front.own()
    front.post(own, {"do": "leave", "list": list_id(front, CLOSED)})
    answer = front.post(own, {"do": "join", "list": list_id(front, CLOSED)})
    assert "not possible" in answer.text
    assert front.state(KNOWN, CLOSED) == "unsubscribed"


def test_tracking_is_agreed_to_and_withdrawn_with_its_evidence(front):
    own, this = front.own(), {"list": list_id(front)}
    assert "Your consent is noted" in front.post(own, {"do": "track", **this}).text
    assert "personally" in front.get(f"{own}/export.json").text
    front.post(own, {"do": "track", **this})
    front.post(own, {"do": "untrack", **this})
    [row] = front.rows(schema.tracking_consent)["tracking_consent"]
    assert row.withdrawn_at is not None
    given, withdrawn = (
        next(act for act in front.acts() if act.id == act_id)
        for act_id in (row.given_act_id, row.withdrawn_act_id)
    )
    assert given.wording_id is not None
    assert withdrawn.kind == "page"


def test_counting_ends_and_begins_again_when_readers_say_so_themselves(front):
    own, this = front.own(), {"list": list_id(front)}
    assert "you get plain links" in front.post(own, {"do": "plain", **this}).text

    def untracked(data):
        return {one["list_name"]: one["untracked"] for one in data["subscriptions"]}

    data = json.loads(front.get(f"{own}/export.json").text)
    assert untracked(data) == {LIST: True, CLOSED: False}
    assert "no tracking at all: plain links" in [act["words"] for act in data["acts"]]
    assert "counted like those of others" in front.post(own, {"do": "count", **this}).text
    assert not any(untracked(json.loads(front.get(f"{own}/export.json").text)).values())


@both
def test_reader_moves_when_the_new_address_confirms(front):
    own = front.own()
    before = find_subscriber(front.ledger, KNOWN)
    front.post(own, {"do": "move", "email": NEW})
    assert front.work() == ["accepted"]
    link = front.link(NEW)
    assert front.get(link).status_code == 200
    assert find_subscriber(front.ledger, NEW) is None
    assert "Your address is changed" in front.post(link).text
    assert find_subscriber(front.ledger, NEW).id == before.id
    assert find_subscriber(front.ledger, KNOWN) is None
    assert front.state(NEW) == "subscribed"
    assert front.post(link).status_code == 410
    assert front.get(own).status_code == 410  # it was mailed to the address that is given up


def test_page_does_not_tell_when_the_new_address_is_another_readers(front):
    own = front.own()
    taken = front.post(own, {"do": "move", "email": "stefan@example.net"})
    free = front.post(own, {"do": "move", "email": NEW})
    assert (taken.status_code, taken.text) == (free.status_code, free.text)
    front.work()
    answer = front.post(front.link("stefan@example.net"))
    assert answer.status_code == 409
    assert "cannot be used" in answer.text
    assert find_subscriber(front.ledger, KNOWN) is not None


@both
def test_nothing_is_left_when_a_reader_erases_themselves(front):
    own, token = front.own(), front.token()
    assert "cannot be undone" in front.get(f"{own}/erase").text
    assert find_subscriber(front.ledger, KNOWN) is not None
    assert "Everything is erased" in front.post(f"{own}/erase").text
    kept = {
        name: rows
        for name, rows in front.everything().items()
        if "mirela" in str(rows).lower() or "ionescu" in str(rows).lower()
    }
    assert kept == {}
    assert front.get(own).status_code == 410
    for method in ("GET", "POST"):
        left = ask(front.app, method, f"/u/{token}")
        assert (left.status_code, "You are unsubscribed" in left.text) == (200, True)
    preferences = front.get(f"/p/{token}")
    assert (preferences.status_code, "nothing to choose" in preferences.text) == (200, True)
    assert front.post(f"/p/{token}", {"do": "link"}).status_code == 200
    assert front.notices() == []


def test_erased_reader_is_back_when_they_confirm(front):
    front.post(f"{front.own()}/erase")
    ring = front.public.ring
    with front.ledger.read() as connection:
        assert erased_among(connection, ring, [KNOWN]) == {KNOWN}
    front.subscribe(KNOWN)
    assert front.work() == ["accepted"]
    with front.ledger.read() as connection:
        assert erased_among(connection, ring, [KNOWN]) == {KNOWN}
    front.post(front.link(KNOWN))
    with front.ledger.read() as connection:
        assert erased_among(connection, ring, [KNOWN]) == set()
    assert front.state(KNOWN) == "subscribed"


def test_form_is_refused_when_it_asks_for_nothing_known(front):
    own = front.own()
    before = front.everything()
    for data in ({}, {"do": "leave"}, {"do": "leave", "list": "99"}, {"do": "x", "list": list_id(front)}):
        assert front.post(own, data).status_code == 400
    assert front.post(own, {"do": "move", "email": "none"}).status_code == 422
    assert front.everything() == before
