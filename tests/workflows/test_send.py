import datetime as dt
import email
import email.policy

import pytest

from trax_mailer.delivery import due_mailings, start_scheduled
from trax_mailer.delivery.transports.base import Answer, Verdict
from trax_mailer.errors import BadFile, Conflict, Refused
from trax_mailer.model.mailing import AudienceKind, MailingState
from trax_mailer.storage import open_ledger
from trax_mailer.storage.journal import add_entry
from trax_mailer.workflows.control import cancel_mailing
from trax_mailer.workflows.importing import ImportRequest, import_file
from trax_mailer.workflows.send import carry_out, prepare_send
from trax_mailer.workflows.sending_now import Wishes
from trax_mailer.workflows.status import all_mailings, status_of
from trax_mailer.workflows.subscribers import suppress_address
from trax_mailer.workflows.trial import send_test_mail
from trax_mailer.workflows.wiring import open_workspace
from workflows.outside import quiet

ISSUE = "issues/058/issue.yaml"
EVERYBODY = ["amina@example.net", "kofi@example.com", "stefan@example.org"]


def _send(workspace, list_name):
    plan = prepare_send(workspace, "58", list_name=list_name)
    return carry_out(workspace, plan, progress=quiet, say=quiet, wishes=Wishes())


def _messages(workspace):
    for file in sorted(workspace.settings.outbox.rglob("*.eml")):
        yield email.message_from_bytes(file.read_bytes(), policy=email.policy.default)


def _join(workspace, tmp_path, address, *, to="main"):
    file = tmp_path / "joined.csv"
    file.write_text(f"email\n{address}\n", encoding="utf-8")
    import_file(workspace, file, ImportRequest(list_name=to))


def test_every_reader_is_accounted_for_when_an_issue_is_sent(workspace, readers):
    account = _send(workspace, readers)
    assert account.proof.holds
    assert (account.proof.accepted, account.proof.audience) == (3, 3)
    assert account.mailing.state is MailingState.DONE
    assert account.mailing.simulated
    messages = list(_messages(workspace))
    assert sorted(message["To"].addresses[0].addr_spec for message in messages) == EVERYBODY
    assert not any(part.defects for message in messages for part in message.walk())


def test_suppressed_readers_are_skipped_with_the_reason_when_an_issue_is_sent(workspace, readers):
    suppress_address(workspace, "Amina@Example.NET")
    account = _send(workspace, readers)
    assert (account.proof.accepted, account.proof.skipped) == (2, 1)
    assert [(one.email, "suppressed" in one.reason) for one in account.unreached] == [
        ("amina@example.net", True)
    ]


def test_nobody_is_written_to_when_a_send_is_only_prepared(workspace, readers):
    plan = prepare_send(workspace, "58", list_name=readers)
    assert plan.audience == 3
    assert not list(_messages(workspace))
    assert all_mailings(workspace) == []


def test_mailing_continues_where_it_stopped_when_sent_again(outside):
    first = outside.broken_off(after=1)
    assert (first.mailing.state, first.proof.accepted) == (MailingState.SENDING, 1)
    second = outside.send()
    assert second.mailing.id == first.mailing.id
    assert second.proof.holds
    assert sorted(outside.reached) == EVERYBODY


def test_mailing_pauses_for_everybody_when_the_person_presses_the_keys(outside):
    account = outside.broken_off(after=1, wish="pause")
    assert (account.mailing.state, account.mailing.reason) == (MailingState.PAUSED, "paused with Ctrl-C")
    assert (account.proof.accepted, account.proof.waiting) == (1, 2)
    assert [entry.act for entry in account.journal][-1] == "paused"


def test_mailing_is_done_when_it_was_paused_while_the_last_reader_was_in_a_call(outside):
    account = outside.broken_off(after=3, wish="pause")
    assert (account.mailing.state, account.proof.accepted) == (MailingState.DONE, 3)
    assert len(outside.reached) == 3


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        (ISSUE, ("Room XX", "Room XXI"), "some readers have the earlier text"),
        ("trax.yaml", ("https://trax.", "https://news."), "public_url was “https://trax.upr-info.org”"),
        ("trax.yaml", ("transport: smtp", "transport: sendgrid"), "began through smtp"),
    ],
)
def test_send_is_refused_when_something_changed_since_the_first_reader_got_it(outside, name, change, words):
    outside.broken_off(after=1)
    outside.change(name, *change)
    with pytest.raises(Conflict, match=words) as refused:
        outside.plan()
    assert "trax resume 1" in refused.value.advice


def test_rest_gets_the_new_text_when_the_mailing_was_cancelled_and_sent_to_who_missed_it(outside):
    first = outside.broken_off(after=1)
    [has_it] = outside.reached
    outside.change(ISSUE, "Room XX", "Room XXI")
    with pytest.raises(Conflict) as refused:
        outside.plan()
    assert "trax cancel 1, then trax send 58 --list main --missed" in refused.value.advice
    cancel_mailing(outside.workspace, first.mailing.id)
    account = outside.send(audience=AudienceKind.MISSED)
    assert sorted(outside.reached) == EVERYBODY
    assert has_it == outside.reached[0]
    assert (account.proof.audience, account.proof.accepted) == (2, 2)
    assert account.mailing.edition_hash != first.mailing.edition_hash


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (ISSUE, ("Room XX", "Room XXI")),
        ("trax.yaml", ("email: trax@upr-info.org", "email: news@upr-info.org")),
    ],
)
def test_new_mailing_takes_its_place_when_something_changed_before_anybody_got_it(outside, name, change):
    first = outside.broken_off(after=0)
    outside.change(name, *change)
    second = outside.send()
    assert (second.mailing.state, second.proof.accepted) == (MailingState.DONE, 3)
    earlier = status_of(outside.workspace, first.mailing.id)
    assert (earlier.mailing.state, earlier.proof.skipped) == (MailingState.CANCELLED, 3)


def test_mailing_comes_to_its_end_when_everybody_left_while_it_was_broken_off(outside):
    first = outside.broken_off(after=1)
    for address in EVERYBODY:
        suppress_address(outside.workspace, address)
    plan = outside.plan()
    assert (plan.unfinished.id, plan.audience) == (first.mailing.id, 2)
    account = outside.send()
    assert account.mailing.state is MailingState.DONE
    assert (account.proof.accepted, account.proof.skipped, account.proof.holds) == (1, 2, True)


def test_send_is_refused_with_the_ways_on_when_the_issue_was_sent_before(outside):
    outside.send()
    with pytest.raises(Refused, match="sent to “main” already, as mailing 1") as refused:
        outside.plan()
    assert "trax send 58 --list main --missed" in refused.value.advice
    assert "trax send 58 --list main --again" in refused.value.advice


def test_only_who_joined_or_failed_gets_it_when_sent_to_who_missed_it(outside, tmp_path):
    def refuse_kofi(recipients):
        [one] = recipients
        verdict = Verdict.REJECTED if "kofi" in one.email else Verdict.ACCEPTED
        return Answer(verdict=verdict, reason="no such user" if "kofi" in one.email else "")

    outside.answers = refuse_kofi
    assert outside.send().proof.failed == 1
    outside.answers = lambda _: Answer(verdict=Verdict.ACCEPTED)
    _join(outside.workspace, tmp_path, "new@example.org")
    plan = outside.plan(audience=AudienceKind.MISSED)
    assert (plan.audience, plan.have_it, plan.doubt) == (2, 2, "")
    account = outside.send(audience=AudienceKind.MISSED)
    assert sorted(outside.reached[3:]) == ["kofi@example.com", "new@example.org"]
    assert (account.proof.audience, account.proof.accepted) == (2, 2)


def test_send_to_who_missed_it_is_refused_when_nobody_did(outside):
    outside.send()
    with pytest.raises(Refused, match="has No 58 already"):
        outside.plan(audience=AudienceKind.MISSED)


def test_everybody_gets_it_twice_when_it_is_sent_again_with_that_doubt_told(outside):
    outside.send()
    plan = outside.plan(audience=AudienceKind.AGAIN)
    assert plan.doubt == "3 of these readers have No 58 already and get it a second time."
    assert outside.send(audience=AudienceKind.AGAIN).proof.accepted == 3
    assert sorted(outside.reached) == sorted(EVERYBODY * 2)


def test_reader_on_two_lists_gets_it_once_when_it_goes_to_both(outside, tmp_path):
    outside.send()
    _join(outside.workspace, tmp_path, "kofi@example.com\nnew@example.org", to="second")
    plan = outside.plan(to="second")
    assert (plan.audience, plan.have_it) == (1, 1)
    account = outside.send(to="second")
    assert (account.proof.accepted, account.proof.skipped) == (1, 1)
    assert outside.reached.count("kofi@example.com") == 1


def test_mailing_goes_through_the_named_transport_when_another_one_is_asked_for(outside):
    account = outside.send(transport="sendgrid")
    assert account.mailing.transport == "sendgrid"
    assert len(outside.transports["sendgrid"].calls) == 3
    assert not outside.transports["smtp"].calls


def _soon(**more):
    return dt.datetime.now(dt.UTC) + dt.timedelta(**more)


def test_nobody_is_written_to_before_its_time_when_a_mailing_is_scheduled(outside, tmp_path):
    at = _soon(days=2)
    mailing = outside.schedule(at)
    assert (mailing.state, mailing.not_before) == (MailingState.SCHEDULED, at)
    assert mailing.envelope.sent_at == at
    assert outside.reached == []
    _join(outside.workspace, tmp_path, "late@example.org")
    with open_ledger(outside.state) as ledger:
        assert due_mailings(ledger, now=_soon(days=1)) == []
        assert [one.id for one in due_mailings(ledger, now=at)] == [mailing.id]
        start_scheduled(ledger, mailing.id, late=dt.timedelta(hours=1), now=at)
    assert outside.go_on(mailing.id).proof.accepted == 4
    assert "late@example.org" in outside.reached


def test_issue_is_checked_for_the_day_of_its_time_when_it_is_scheduled(outside, folder):
    file = folder / ISSUE
    today = dt.datetime.now(dt.UTC).date()
    text = file.read_text(encoding="utf-8").replace("date: 2015-11-30", f"date: {today}")
    file.write_text(text, encoding="utf-8")

    def dated(plan):
        return [one.message for one in plan.findings if "The issue is dated" in one.message]

    assert dated(outside.plan()) == []
    assert dated(outside.plan(at=_soon(days=90)))


def test_second_send_is_refused_when_the_issue_is_scheduled(outside):
    outside.schedule(_soon(days=2))
    with pytest.raises(Conflict, match=r"is scheduled already for .*: mailing 1") as refused:
        outside.plan()
    assert "trax cancel 1" in refused.value.advice
    assert "trax resume 1" in refused.value.advice


def test_schedule_is_refused_when_a_mailing_of_the_issue_is_not_finished(outside):
    outside.broken_off(after=1)
    with pytest.raises(Conflict, match="not finished"):
        outside.plan(at=_soon(days=1))


def test_schedule_is_refused_when_the_transport_only_writes_files(workspace, readers):
    from trax_mailer.workflows.send_plan import SendOptions

    with pytest.raises(Refused, match="nothing to schedule"):
        prepare_send(workspace, "58", list_name=readers, options=SendOptions(at=_soon(days=1)))


@pytest.mark.parametrize(("days_ago", "told"), [(0, True), (100_000, False)])
def test_first_send_has_a_doubt_when_the_ledger_was_restored(outside, days_ago, told):
    outside.change(ISSUE, "date: 2015-11-30", f"date: {dt.datetime.now(dt.UTC).date()}")
    with open_ledger(outside.state) as ledger, ledger.write() as connection:
        restored = dt.datetime.now(dt.UTC) - dt.timedelta(days=days_ago)
        add_entry(connection, mailing_id=None, act="restored", words="from a backup", now=restored)
    plan = outside.plan()
    assert bool(plan.doubt) is told
    assert ("restored" in {one.check for one in plan.findings}) is told
    if told:
        meant = outside.plan(audience=AudienceKind.AGAIN)
        assert meant.kind is AudienceKind.EVERYBODY
        outside.send(audience=AudienceKind.AGAIN)
        with pytest.raises(Refused, match="already"):
            outside.plan()


def test_simulated_mailing_begins_anew_when_it_was_done_before(workspace, readers):
    first, second = _send(workspace, readers), _send(workspace, readers)
    assert first.mailing.id != second.mailing.id
    assert second.proof.accepted == 3


def test_send_is_refused_with_findings_when_the_issue_is_broken(folder, tmp_path, readers):
    issue = folder / ISSUE
    issue.write_text(issue.read_text(encoding="utf-8").replace("number: 58", "numbr: 58"), encoding="utf-8")
    with pytest.raises(BadFile) as refused:
        prepare_send(open_workspace(folder, state=tmp_path / "state"), "58", list_name=readers)
    places = [str(finding.place) for finding in refused.value.findings]
    assert any(place.startswith("issues/058/issue.yaml:") for place in places)


def test_send_is_refused_when_no_transport_is_named(folder, tmp_path, readers):
    settings = (folder / "trax.yaml").read_text(encoding="utf-8")
    lines = [line for line in settings.splitlines() if not line.startswith("transport:")]
    (folder / "trax.yaml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(Refused, match="no transport"):
        prepare_send(open_workspace(folder, state=tmp_path / "state"), "58", list_name=readers)


def test_send_is_refused_when_the_list_is_unknown(workspace, readers):
    with pytest.raises(Refused, match="no list"):
        prepare_send(workspace, "58", list_name="mian")


def test_real_send_is_refused_with_every_reason_when_the_sender_is_incomplete(folder, tmp_path, readers):
    (folder / "trax.yaml").write_text(
        "organisation: {name: Test}\nnewsletter: {name: Test, list_id: test.example.org}\ntransport: smtp\n"
        "smtp: {host: 127.0.0.1, port: 9, security: none, timeout: 1}\n",
        encoding="utf-8",
    )
    workspace = open_workspace(folder, state=tmp_path / "state")
    plan = prepare_send(workspace, "58", list_name=readers)
    assert plan.refused
    words = " ".join(finding.message for finding in plan.findings)
    for missing in ("sender", "answers", "postal address", "public_url"):
        assert missing in words
    with pytest.raises(Refused):
        carry_out(workspace, plan, progress=quiet, say=quiet, wishes=Wishes())


def test_one_mail_with_inert_links_is_written_when_a_test_is_sent(workspace, readers):
    send_test_mail(workspace, "58", address="stefan@example.org")
    (message,) = _messages(workspace)
    assert message["List-Unsubscribe"].endswith("/u/preview>")
    assert 'Dear Ștefan & "Ana" <b>,' in message.get_body(("plain",)).get_content()
    assert all_mailings(workspace) == []


def test_test_mail_is_refused_when_the_address_is_suppressed(outside):
    suppress_address(outside.workspace, "amina@example.net")
    with pytest.raises(Refused, match="suppressed"):
        send_test_mail(outside.workspace, "58", address="Amina@example.net")
    assert outside.reached == []


def test_account_is_the_same_when_looked_up_later(workspace, readers):
    account = _send(workspace, readers)
    assert status_of(workspace, account.mailing.id) == account
    with pytest.raises(Refused, match="no mailing 99"):
        status_of(workspace, 99)
