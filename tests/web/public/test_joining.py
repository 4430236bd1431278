import re

import pytest
from sqlalchemy import update

from suppressing import put_suppression
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.storage import schema
from trax_mailer.storage.acts import find_wording
from trax_mailer.web.public import limits
from web.asking import ask
from web.front import CLOSED, KNOWN, LIST, PUBLIC_URL, TITLE, form_of, statements
from web.public.conftest import KINDS

NEW = "amina@example.net"
both = pytest.mark.parametrize("front", KINDS, indirect=True)


def set_state(front, address, state):
    """Bring somebody to a state in which no page can bring them."""
    reader_id = next(row.id for row in front.rows(schema.subscriber)["subscriber"] if row.address == address)
    with front.ledger.write() as connection:
        connection.execute(
            update(schema.subscription)
            .where(schema.subscription.c.subscriber_id == reader_id)
            .values(state=SubscriptionState(state))
        )


@both
def test_stranger_is_on_the_list_once_they_confirm(front):
    assert front.subscribe(NEW, name="Amina", language="fr").status_code == 200
    assert front.state(NEW) is None
    assert front.work() == ["accepted"]
    assert front.state(NEW) == "pending"
    link = front.link(NEW)
    question = front.get(link)
    assert TITLE in question.text
    assert front.state(NEW) == "pending"
    for _ in range(2):
        answer = front.post(link)
        assert (answer.status_code, "You are subscribed" in answer.text) == (200, True)
        assert front.state(NEW) == "subscribed"
    form, confirmation = front.acts()[-2:]
    assert (form.kind, confirmation.kind) == ("form", "confirmation")
    assert confirmation.wording_id == form.wording_id
    with front.ledger.read() as connection:
        wording = find_wording(connection, form.wording_id)
    assert wording.text in front.get(f"/subscribe?list={LIST}").text.replace("&#34;", '"')
    reader = next(row for row in front.rows(schema.subscriber)["subscriber"] if row.address == NEW)
    assert (reader.name, reader.language) == ("Amina", "fr")


def test_form_shows_the_wording_word_for_word_and_no_box_is_ticked(front):
    page = front.get(f"/subscribe?list={LIST}").text
    assert f"I would like to receive “{TITLE}” from Lakeside Institute by e-mail." in page
    assert "checked" not in page
    assert CLOSED not in front.get("/subscribe").text


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_nothing_changes_when_a_link_to_confirm_is_only_followed(front, method):
    front.subscribe(NEW)
    front.work()
    before = front.everything()
    for path in (front.link(NEW), f"/subscribe?list={LIST}", "/subscribe/embed", "/me"):
        answer = ask(front.app, method, path)
        assert answer.status_code in {200, 204}
        assert "set-cookie" not in answer.headers
        assert "location" not in answer.headers
    assert front.everything() == before


@both
def test_same_work_is_done_for_every_address_when_somebody_asks(front):
    """Known, unknown, left, suppressed: the same statements, one row each, the same bytes."""
    put_suppression(
        front.ledger,
        "kept@example.org",
        reason=SuppressionReason.STAFF,
        source="ana",
        now=front.acts()[0].at,
    )
    front.post(f"/u/{front.token('stefan@example.net')}")
    front.subscribe("warm@example.org")
    told = []
    for path, field in (("/subscribe", {"list": LIST}), ("/me", {})):
        for address in (KNOWN, NEW, "stefan@example.net", "kept@example.org"):
            before = front.rows(*[t for t in schema.metadata.sorted_tables if t.name != "notice"])
            with statements(front.ledger) as asked:
                answer = front.post(path, {**field, "email": address})
            told.append((path, answer.status_code, answer.content, sorted(answer.headers.items()), asked))
            after = front.rows(*[t for t in schema.metadata.sorted_tables if t.name != "notice"])
            assert after == before
    assert len(front.notices()) == 1 + len(told)
    for path in ("/subscribe", "/me"):
        [first, *others] = [one for one in told if one[0] == path]
        assert first[4]
        assert all(one == first for one in others)


def test_nobody_hears_anything_when_staff_suppressed_them(front):
    put_suppression(front.ledger, NEW, reason=SuppressionReason.STAFF, source="ana", now=front.acts()[0].at)
    front.subscribe(NEW)
    front.post("/me", {"email": NEW})
    assert front.work() == ["rejected"] * 2
    assert front.mails() == []
    assert front.state(NEW) is None


@both
def test_who_complained_comes_back_by_confirming_and_is_asked_once_a_month(front):
    reason, at = SuppressionReason.COMPLAINED, front.acts()[0].at
    put_suppression(front.ledger, KNOWN, reason=reason, source="x", now=at)
    set_state(front, KNOWN, "complained")
    front.post("/me", {"email": KNOWN})
    front.subscribe(KNOWN)
    front.subscribe(KNOWN)
    assert front.work() == ["rejected", "accepted", "rejected"]
    assert front.state(KNOWN) == "complained"
    front.post(front.link(KNOWN))
    assert front.state(KNOWN) == "subscribed"
    assert front.rows(schema.suppression)["suppression"] == []


def test_reader_is_told_so_when_they_are_subscribed_already(front):
    front.subscribe(KNOWN)
    before = front.acts()
    assert front.work() == ["accepted"]
    [mail] = front.mails(KNOWN)
    assert "already" in mail["subject"]
    assert front.link(KNOWN).startswith("/p/")
    assert front.acts() == before


def test_who_left_stays_gone_until_they_confirm(front):
    front.post(f"/u/{front.token()}")
    front.subscribe(KNOWN)
    front.work()
    assert front.state(KNOWN) == "unsubscribed"
    front.post(front.link(KNOWN))
    assert front.state(KNOWN) == "subscribed"


def test_link_does_nothing_when_they_left_after_it_was_asked_for(front):
    front.subscribe(NEW)
    front.work()
    link = front.link(NEW)
    front.post(link)
    front.post(f"/u/{front.token(NEW)}")
    for answer in (front.get(link), front.post(link)):
        assert answer.status_code == 410
        assert "does nothing any more" in answer.text
    assert front.state(NEW) == "unsubscribed"


def test_link_does_nothing_when_it_was_refused_with_one_click_in_the_mail(front):
    """“It was not me”: the mail to confirm carries its own way out."""
    front.subscribe(NEW)
    front.work()
    link = front.link(NEW)
    [mail] = front.mails(NEW)
    out = mail["List-Unsubscribe"].strip("<>").removeprefix(PUBLIC_URL)
    front.post(out, {"List-Unsubscribe": "One-Click"})
    assert front.post(link).status_code == 410
    assert front.state(NEW) == "unsubscribed"


def test_link_works_no_longer_when_its_days_are_over(front):
    front.subscribe(NEW)
    front.work()
    link = front.link(NEW)
    old = front.but(subscribing=type(front.public.settings.subscribing)(confirm_days=0))
    for answer in (old.get(link), old.post(link)):
        assert answer.status_code == 410
        assert "too old" in answer.text
    assert front.state(NEW) == "pending"


def test_suppression_is_lifted_when_a_bounced_reader_confirms(front):
    put_suppression(front.ledger, NEW, reason=SuppressionReason.BOUNCED, source="x", now=front.acts()[0].at)
    front.subscribe(NEW)
    front.work()
    front.post(front.link(NEW))
    assert front.state(NEW) == "subscribed"
    assert front.rows(schema.suppression)["suppression"] == []


@both
def test_nothing_is_left_of_somebody_who_never_confirmed(front):
    front.subscribe(NEW, name="Amina")
    front.work()
    link = front.link(NEW)
    front.later(days=6)
    front.desk.tidy()
    assert front.state(NEW) == "pending"
    front.later(days=2)
    front.desk.tidy()
    everything = str(front.everything())
    assert "amina" not in everything.lower()
    last = front.acts()[-1]
    assert (last.kind, last.subscriber_id) == ("expiry", None)
    assert front.post(link).status_code == 410
    assert front.state(KNOWN) == "subscribed"


def test_reader_stays_when_more_is_known_than_a_form(front):
    front.post("/subscribe", {"list": "events", "email": KNOWN})
    front.work()
    assert front.state(KNOWN, "events") == "pending"
    front.later(days=8)
    front.desk.tidy()
    assert (front.state(KNOWN, "events"), front.state(KNOWN)) == (None, "subscribed")


def test_pending_lasts_when_it_was_asked_for_again(front):
    front.subscribe(NEW)
    front.work()
    front.later(days=6)
    front.subscribe(NEW)
    front.work()
    front.later(days=3)
    front.desk.tidy()
    assert front.state(NEW) == "pending"


def test_three_mails_a_day_go_to_an_address_however_often_it_is_asked(front):
    for _ in range(3):
        front.subscribe(NEW)
        front.post("/me", {"email": NEW})
    assert len(front.notices()) == 3
    front.later(hours=25)
    front.subscribe(NEW)
    assert len(front.notices()) == 4


def test_nothing_is_stored_when_the_trap_is_filled_in(front):
    good = front.subscribe("a@example.org")
    trapped = front.subscribe(NEW, website="https://spam.example.com")
    assert (trapped.status_code, trapped.content) == (good.status_code, good.content)
    assert [row.address for row in front.notices()] == ["a@example.org"]


def test_client_has_to_wait_when_it_sends_too_many_forms(front):
    for number in range(limits.PER_CLIENT):
        assert front.subscribe(f"a{number}@example.org").status_code == 200
    refused = front.subscribe("b@example.org")
    assert refused.status_code == 429
    assert "later" in refused.text
    elsewhere = front.post(
        "/subscribe",
        {"list": LIST, "email": "b@example.org"},
        headers={"x-forwarded-for": "203.0.113.9, 198.51.100.7"},
    )
    assert elsewhere.status_code == 200


@pytest.mark.parametrize("address", ["", "amina", "a@b", "a b@example.org", "a@example.org, b@example.org"])
def test_form_comes_back_with_the_reason_when_the_address_is_none(front, address):
    answer = front.subscribe(address, name="Amina <b>")
    assert answer.status_code == 422
    assert "no e-mail address" in answer.text
    assert 'value="Amina &lt;b&gt;"' in answer.text
    assert front.notices() == []


@pytest.mark.parametrize("name", [CLOSED, "nothing", "' OR 1=1 --"])
def test_list_is_not_there_when_it_is_not_open_to_everybody(front, name):
    for answer in (
        front.get(f"/subscribe?list={name}"),
        front.post("/subscribe", {"list": name, "email": NEW}),
    ):
        assert answer.status_code == 404
    assert front.notices() == []


def test_no_name_that_somebody_typed_is_mailed(front):
    front.subscribe(NEW, name="Win a prize at http://spam.example.com")
    front.work()
    assert "spam" not in front.mails(NEW)[0].as_string()


def test_typed_name_does_not_touch_a_reader_before_they_confirm(front):
    front.post(f"/u/{front.token()}")
    front.subscribe(KNOWN, name="Rude", language="es")
    front.work()
    reader = next(row for row in front.rows(schema.subscriber)["subscriber"] if row.address == KNOWN)
    assert (reader.name, reader.language) == ("Mirela Ionescu", "en")


def test_form_of_another_site_is_taken_with_the_wording_that_stood_in_it(front):
    hidden = form_of(front.get(f"/subscribe?list={LIST}").text)
    foreign = {"origin": "https://www.lakeside.example.org", "sec-fetch-site": "cross-site"}
    answer = front.post("/subscribe", {**hidden, "email": NEW}, headers=foreign)
    assert answer.status_code == 200
    multipart = {name: (None, value) for name, value in {**hidden, "email": "b@example.org"}.items()}
    assert front.post("/subscribe", files=multipart, headers=foreign).status_code == 200
    assert [row.address for row in front.notices()] == [NEW, "b@example.org"]


def test_form_is_shown_again_when_its_wording_was_never_ours(front):
    answer = front.post("/subscribe", {"list": LIST, "email": NEW, "wording": "0" * 64})
    assert answer.status_code == 422
    assert "has changed since" in answer.text
    assert front.notices() == []


def test_frame_of_another_site_is_allowed_for_the_embedded_form_alone(front):
    embedded = front.get(f"/subscribe/embed?list={LIST}")
    assert "frame-ancestors *" in embedded.headers["content-security-policy"]
    sent = front.post("/subscribe/embed", {"list": LIST, "email": NEW})
    assert "frame-ancestors *" in sent.headers["content-security-policy"]
    for path in (f"/subscribe?list={LIST}", "/me", f"/p/{front.token()}"):
        assert "frame-ancestors 'none'" in front.get(path).headers["content-security-policy"]


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_mail_is_calm_and_complete_in_each_language(front, language):
    front.post(f"/subscribe?lang={language}", {"list": LIST, "email": NEW})
    front.work()
    [mail] = front.mails(NEW)
    assert mail["list-id"] == "<letter.lakeside.example.org>"
    assert mail["content-language"] == language
    assert mail["to"] == NEW
    assert TITLE in mail["subject"]
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    link = front.link(NEW)
    for part in (plain, html):
        assert f"{PUBLIC_URL}{link}" in part
        assert "Rue du Lac 1" in part
        assert "{" not in part.split("</style>")[-1]
    outside = {url for url in re.findall(r"https?://[^\s\"<]+", html) if not url.startswith(PUBLIC_URL)}
    assert outside == set()
    assert "<img" not in html
