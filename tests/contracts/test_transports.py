"""What every transport must do alike, run against each of them."""

import dataclasses
import re

import pytest

from delivery.edged import edged
from delivery.letters import ENVELOPE, GIF, SENT_AT, edition, letter, reader, recipient, slot
from trax_mailer.delivery.letter import Letter, filled
from trax_mailer.delivery.letters import letters_of
from trax_mailer.delivery.transports.base import Verdict
from trax_mailer.model.edition import NumberedLink, Slot, SlotContext, SlotKind
from trax_mailer.model.mailing import AudienceKind, Mailing, MailingState
from trax_mailer.model.visit import TrackingMode

AWKWARD = [
    'Ștefan & "Ana" <b>',
    "",
    "Chișinău",
    "O'Brien; Smith, & Sons",
    "two\r\nlines: injected",
    "{{ reader.name }} %name% [name] <%name%>",
    "日本語の名前",
    "ends with a blank ",
    ".",
    "x" * 300,
    "=?utf-8?q?encoded?=",
    "back\\slash \\1 \\g<0>",
]

MAILING = {
    "id": 7, "issue_number": 58, "issue_title": "Topics", "list_name": "everyone", "transport": "any",
    "state": MailingState.SENDING, "reason": "", "simulated": False, "created_at": SENT_AT,
    "started_at": None, "finished_at": None, "envelope": ENVELOPE, "not_before": None, "lanes": 1,
    "batch_size": 4, "audience": AudienceKind.EVERYBODY,
}  # fmt: skip


def send(rig, bound, recipients):
    rig.transport.open(bound)
    answer = rig.transport.send(recipients, batch=31)
    return answer, {message.to: message for message in rig.received()}


@pytest.fixture
def recipients():
    return [recipient(number, name=name) for number, name in enumerate(AWKWARD, start=1)]


def test_every_reader_gets_the_edition_as_filled_for_them(rig, recipients):
    bound = letter()
    answer, received = send(rig, bound, recipients)
    assert {answer.of(one.delivery).verdict for one in recipients} == {Verdict.ACCEPTED}
    assert len(rig.received()) == len(recipients)
    for one in recipients:
        message = received[one.email]
        assert message.html == filled(bound.html, one)
        assert message.text == filled(bound.text, one)
        assert message.subject.rstrip() == " ".join(filled(bound.subject, one).split())


def test_html_and_text_are_right_for_the_reader_with_marks_in_the_name(rig):
    _, received = send(rig, letter(), [recipient()])
    [message] = received.values()
    assert "Dear Ștefan &amp; &quot;Ana&quot; &lt;b&gt; of Chișinău" in message.html
    assert 'alt="for Ștefan &amp; &quot;Ana&quot; &lt;b&gt;"' in message.html
    assert 'Dear Ștefan & "Ana" <b>,' in message.text
    assert message.subject == '[UPR Trax] No 58: Chișinău, Ștefan & "Ana" <b>'


def test_default_stands_where_the_reader_has_no_value(rig):
    _, received = send(rig, letter(), [recipient(name="")])
    [message] = received.values()
    assert "Dear colleague of Chișinău" in message.html
    assert "Dear colleague," in message.text


def test_nobody_sees_another_reader(rig, recipients):
    _, received = send(rig, letter(), recipients)
    for one in recipients:
        source = received[one.email].source
        others = [other for other in recipients if other is not one]
        assert not any(other.email in source for other in others)
        assert not any(f"{other.unsubscribe_url}>" in source for other in others)


def test_leaving_is_one_click_for_each_reader_by_their_own_address(rig, recipients):
    _, received = send(rig, letter(), recipients)
    for one in recipients:
        headers = received[one.email].headers
        assert headers["list-unsubscribe"] == f"<{one.unsubscribe_url}>"
        assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
        assert headers["list-id"] == "<upr-trax.upr-info.example>"
        assert re.fullmatch(r"[^:]+:[^:]+:[^:]+:[^:]{5,15}", headers["feedback-id"])
        assert headers["content-language"] == "en"
        assert "auto-submitted" not in headers


def test_sender_and_answers_are_those_of_the_envelope(rig):
    _, received = send(rig, letter(), [recipient()])
    [message] = received.values()
    assert message.sender == '"UPR Info, Geneva" <trax@upr-info.example>'
    assert message.reply_to == "answers@upr-info.example"


def test_pictures_travel_with_the_message_when_embedded(rig):
    _, received = send(rig, letter(pictures="embedded"), [recipient(1), recipient(2)])
    for message in received.values():
        [name] = message.pictures
        assert f'src="cid:{name}"' in message.html
        assert message.pictures[name] == GIF


def test_pictures_are_addresses_when_hosted(rig):
    bound = letter()
    _, received = send(rig, bound, [recipient()])
    [message] = received.values()
    assert message.pictures == {}
    assert f'src="https://trax.upr-info.example/a/{bound.edition.assets[0].name}"' in message.html


def test_a_letter_without_slots_is_the_same_for_all(rig):
    plain = edition(
        subject=("Nothing personal",),
        html=("<p>Same for all</p>\n",),
        text=("Same for all\n",),
        pictures=False,
    )
    _, received = send(rig, letter(plain), [recipient(1), recipient(2)])
    assert {(one.subject, one.html, one.text) for one in received.values()} == {
        ("Nothing personal", "<p>Same for all</p>\n", "Same for all\n")
    }


def test_a_full_window_goes_in_one_call(rig):
    many = [recipient(number) for number in range(1, rig.transport.window + 1)]
    answer, received = send(rig, letter(), many)
    assert {answer.of(one.delivery).verdict for one in many} == {Verdict.ACCEPTED}
    assert len(received) == len(many)


def test_one_slot_in_many_places_is_filled_in_all(rig):
    name = reader(SlotContext.HTML)
    often = edition(html=("<p>", *([name, ", "] * 40), "</p>\n"), pictures=False)
    _, received = send(rig, letter(often), [recipient(name="Ana")])
    [message] = received.values()
    assert message.html == "<p>" + "Ana, " * 40 + "</p>\n"


def test_letters_take_turns_when_readers_of_a_mailing_get_different_ones(rig):
    whole = edged(("jobs", "job"), ("trainings", "training"))
    mailing = Mailing(**MAILING, edition_hash=whole.hash)
    letter_for = letters_of(mailing, whole)
    for turn, topics in enumerate(["", "jobs", "", "trainings", "jobs"]):
        rig.transport.open(letter_for(topics))
        answer = rig.transport.send([recipient(turn)], batch=31)
        assert answer.of(f"7.{turn}").verdict is Verdict.ACCEPTED
    received = {message.to: message.text.split("\n")[0] for message in rig.received()}
    assert received == {
        "reader0@example.org": "all+job+training", "reader1@example.org": "all+job",
        "reader2@example.org": "all+job+training", "reader3@example.org": "all+training",
        "reader4@example.org": "all+job",
    }  # fmt: skip


def test_every_reader_is_sent_to_the_whole_edition_in_the_browser_when_they_chose_topics(rig):
    whole = edged(("jobs", "job"))
    browser = slot(SlotKind.BROWSER, SlotContext.TEXT)
    whole = dataclasses.replace(whole, text=(*whole.text, browser), html=(*whole.html, browser))
    bound = letters_of(Mailing(**MAILING, edition_hash=whole.hash), whole)("sport")
    _, received = send(rig, bound, [recipient()])
    [message] = received.values()
    assert f"/v/{whole.hash}" in message.html
    assert f"/v/{whole.hash}" in message.text
    assert "+job" not in message.html


def test_each_reader_gets_a_token_of_their_own_in_every_link_when_tracked(rig, recipients):
    bound = dataclasses.replace(letter(), tracking=TrackingMode.AGGREGATE)
    tokens = {one.email: f"{one.subscriber_id:040d}" for one in recipients}
    minted = [dataclasses.replace(one, tracking_token=tokens[one.email]) for one in recipients]
    _, received = send(rig, bound, minted)
    for one in minted:
        message, base = received[one.email], "https://trax.upr-info.example"
        assert message.html == filled(bound.html, one)
        leads = re.findall(rf'(?:href|src)="{re.escape(base)}/([co])/([^/"]+)(?:/(\d+))?"', message.html)
        token = tokens[one.email]
        assert leads == [("c", token, "1"), ("c", token, "0"), ("o", token, "")]
        assert "https://example.org/?a=1&b=2" in message.text
        assert not any(other in message.source for email, other in tokens.items() if email != one.email)


def test_one_token_is_handed_over_for_all_links_when_there_are_many(rig):
    links = tuple(
        NumberedLink(number=one, target=f"https://example.org/{one}?a&b", label="", section=0)
        for one in range(1, 161)
    )
    slots = [Slot(SlotKind.LINK, SlotContext.ATTRIBUTE, str(one.number)) for one in links]
    html = (*(part for one in slots for part in ('<a href="', one, '">x</a>\n')), "</body>\n")
    many = dataclasses.replace(edition(html=html, pictures=False), links=links)
    bound = Letter(many, letter().envelope, many.hash, TrackingMode.AGGREGATE)
    _, received = send(rig, bound, [dataclasses.replace(recipient(), tracking_token="T" * 40)])
    [message] = received.values()
    for one in links:
        assert f'href="https://trax.upr-info.example/c/{"T" * 40}/{one.number}"' in message.html


@pytest.mark.parametrize("mode", [None, TrackingMode.NONE])
def test_nothing_of_ours_stands_between_when_not_tracked(rig, mode):
    bound = dataclasses.replace(letter(), tracking=mode)
    _, received = send(rig, bound, [recipient()])
    [message] = received.values()
    assert 'href="https://example.org/?a=1&amp;b=2"' in message.html
    assert not re.search(r"/[co]/", message.html)
    assert bool(message.pictures) is (mode is TrackingMode.NONE)


def test_closing_twice_is_harmless(rig):
    send(rig, letter(), [recipient()])
    rig.transport.close()
    rig.transport.close()


def test_sending_is_refused_before_a_letter_is_opened(rig):
    with pytest.raises(RuntimeError):
        rig.transport.send([recipient()], batch=1)
