import pytest

from trax_mailer.audience.preferences import give_tracking
from trax_mailer.settings import SubscribingSettings, Topic
from trax_mailer.storage import schema
from trax_mailer.storage.acts import note_wording
from trax_mailer.tokens import INERT_TOKEN, mint_mail_token
from web.asking import ask
from web.front import CLOSED, KNOWN, LIST, TITLE
from web.public.conftest import KINDS

PRIVATE = ("mirela", "Ionescu", "example.org</")
both = pytest.mark.parametrize("front", KINDS, indirect=True)


@pytest.fixture
def topical(front):
    """The same pages with two topics to choose from."""
    trainings = Topic(name="trainings", title="Trainings & <courses>", titles={"fr": "Formations"})
    return front.but(topics=(Topic(name="jobs", title="Vacancies"), trainings))


def subscription(front, address=KNOWN):
    reader = next(row for row in front.rows(schema.subscriber)["subscriber"] if row.address == address)
    lists = {row.name: row.id for row in front.rows(schema.mailing_list)["list"]}
    rows = front.rows(schema.subscription)["subscription"]
    of_reader = {row.list_id: row for row in rows if row.subscriber_id == reader.id}
    return reader, of_reader[lists[LIST]]


def track(front):
    reader, row = subscription(front)
    now = front.acts()[0].at
    with front.ledger.write() as connection:
        wording = note_wording(connection, "I agree.", language="en", now=now)
    ids = {"list_id": row.list_id, "subscriber_id": reader.id}
    assert give_tracking(front.ledger, **ids, wording_id=wording, now=now)


@both
def test_reader_says_why_when_they_like_and_only_after_leaving(front):
    token = front.token()
    front.post(f"/u/{token}/why", {"reason": "other", "words": "before"})
    assert [act.kind for act in front.acts()] == ["import", "import"]
    page = front.post(f"/u/{token}", {"from": "page"})
    assert "May we ask why?" in page.text
    assert "You need not answer" in page.text
    assert "required" not in page.text
    answer = front.post(f"/u/{token}/why", {"reason": "too_many", "words": " Four\r\na week \x00"})
    assert "Thank you" in answer.text
    front.post(f"/u/{token}/why", {"reason": "other", "words": "again"})
    said = front.acts()[-1]
    assert (said.source, said.words, dict(said.details)) == ("survey", "Four a week", {"why": "too_many"})
    assert len(front.acts()) == 4


def test_nothing_is_kept_when_nothing_or_nonsense_is_answered(front):
    token = front.token()
    front.post(f"/u/{token}")
    before = front.everything()
    for data in ({}, {"reason": "nonsense"}, {"words": "   "}):
        assert front.post(f"/u/{token}/why", data).status_code == 200
    assert front.post("/u/AAAA/why", {"reason": "other"}).status_code == 404
    assert front.everything() == before
    long = front.post(f"/u/{token}/why", {"words": "a" * 5000})
    assert long.status_code == 200
    assert len(front.acts()[-1].words) == 500


def test_nobody_is_asked_why_when_the_settings_say_so(front):
    quiet = front.but(subscribing=SubscribingSettings(ask_why=False))
    page = quiet.post(f"/u/{front.token()}")
    assert "May we ask" not in page.text
    quiet.post(f"/u/{front.token()}/why", {"reason": "other"})
    assert front.acts()[-1].source != "survey"


def test_page_leads_back_to_the_form_when_the_list_is_open(front):
    assert f'href="../subscribe?list={LIST}"' in front.post(f"/u/{front.token()}").text
    assert "../subscribe" not in front.post(f"/u/{front.token(list_name=CLOSED)}").text


@both
def test_topics_and_language_are_kept_when_they_are_chosen(topical):
    front = topical
    token = front.token()
    page = front.get(f"/p/{token}").text
    assert page.count("checked") == 3  # both topics, and the language
    assert "Trainings &amp; &lt;courses&gt;" in page
    answer = front.post(f"/p/{token}", {"do": "save", "topic": ["jobs"], "language": "fr"})
    assert "Your preferences are saved" in answer.text
    reader, row = subscription(front)
    assert (reader.language, row.topics, row.state.value) == ("fr", "jobs", "subscribed")
    act = front.acts()[-1]
    assert dict(act.details) == {"topics": ["jobs"], "language": "fr"}
    front.post(f"/p/{token}", {"do": "save", "topic": ["jobs"], "language": "fr"})
    assert front.acts()[-1] == act
    front.post(f"/p/{token}", {"do": "save", "topic": ["jobs", "trainings", "x"], "language": "xx"})
    reader, row = subscription(front)
    assert (reader.language, row.topics) == ("", "")


def test_page_asks_for_one_topic_when_none_is_chosen(topical):
    front = topical
    before = front.everything()
    answer = front.post(f"/p/{front.token()}", {"do": "save", "language": "fr"})
    assert answer.status_code == 422
    assert "at least one topic" in answer.text
    assert front.everything() == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_nothing_changes_when_preferences_are_only_looked_at(front, method):
    before = front.everything()
    answer = ask(front.app, method, f"/p/{front.token()}")
    assert answer.status_code in {200, 204}
    assert "set-cookie" not in answer.headers
    assert front.everything() == before


def test_no_name_and_no_address_is_shown_when_a_mail_was_passed_on(front):
    track(front)
    token = front.token()
    pages = [
        front.get(f"/p/{token}"),
        front.post(f"/p/{token}", {"do": "link"}),
        front.post(f"/p/{token}", {"do": "save", "language": "es"}),
        front.post(f"/p/{token}", {"do": "withdraw"}),
        front.post(f"/u/{token}"),
        front.get(f"/p/{token}"),
    ]
    for page in pages:
        assert page.status_code == 200
        shown = page.text.replace("editors@lakeside.example.org", "")
        assert not [word for word in PRIVATE if word in shown]


def test_consent_is_withdrawn_and_never_given_by_a_mails_link(front):
    track(front)
    token = front.token()
    assert "Withdraw this consent" in front.get(f"/p/{token}").text
    answer = front.post(f"/p/{token}", {"do": "withdraw"})
    assert "Your consent is withdrawn" in answer.text
    assert "Withdraw this consent" not in answer.text
    before = front.everything()
    for data in ({"do": "track"}, {"do": "join"}, {"do": "subscribe"}, {}):
        assert front.post(f"/p/{token}", data).status_code == 400
    assert front.everything() == before


@both
def test_nothing_is_counted_when_a_mails_link_says_so_and_none_undoes_it(front):
    track(front)
    token = front.token()
    assert "Don’t count what I open or follow" in front.get(f"/p/{token}").text
    answer = front.post(f"/p/{token}", {"do": "plain"})
    assert "nothing you open or follow is counted" in answer.text
    assert "Withdraw this consent" not in answer.text
    reader, row = subscription(front)
    assert row.untracked
    act = front.acts()[-1]
    assert (act.kind, act.source, act.subscriber_id) == ("page", "preferences", reader.id)
    before = front.everything()
    front.post(f"/p/{token}", {"do": "plain"})
    assert front.post(f"/p/{token}", {"do": "count"}).status_code == 400
    assert "You get plain links" in front.get(f"/p/{token}").text
    assert front.everything() == before


def test_nobody_comes_back_by_their_preferences_when_they_left(front):
    token = front.token()
    front.post(f"/u/{token}")
    before = front.rows(schema.subscription, schema.act, schema.subscriber)
    for data in ({"do": "save", "language": "fr"}, {"do": "withdraw"}):
        assert front.post(f"/p/{token}", data).status_code == 200
    assert front.rows(schema.subscription, schema.act, schema.subscriber) == before


def test_link_goes_to_the_address_on_file_when_the_button_is_pressed(front):
    answer = front.post(f"/p/{front.token()}", {"do": "link"})
    assert "A link is on its way" in answer.text
    assert front.work() == ["accepted"]
    [mail] = front.mails()
    assert mail["to"] == KNOWN
    assert "list-unsubscribe" not in mail
    assert KNOWN in front.get(front.link(KNOWN)).text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_page_is_friendly_when_the_token_was_never_given_or_opens_nothing(front, method):
    forged = mint_mail_token(front.public.ring, list_id=99, subscriber_id=1, mailing_id=1)
    for token in ("x", "A" * 44, forged):
        assert ask(front.app, method, f"/p/{token}").status_code == 404
    inert = ask(front.app, method, f"/p/{INERT_TOKEN}")
    assert (inert.status_code, "test mail" in inert.text) == (200, True)


def test_title_is_shown_when_the_list_has_one(front):
    assert TITLE in front.get(f"/u/{front.token()}").text


def test_topics_speak_the_language_of_the_page(topical):
    page = topical.get(f"/p/{topical.token()}?lang=fr").text
    assert "Formations" in page
    assert "Vacancies" in page
