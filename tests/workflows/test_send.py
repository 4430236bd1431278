import email
import email.policy
from threading import Event

import pytest

from delivery.mailings import ScriptedTransport
from trax_mailer.errors import BadFile, Conflict, Refused
from trax_mailer.model.mailing import MailingState
from trax_mailer.workflows.send import carry_out, prepare_send
from trax_mailer.workflows.status import all_mailings, status_of
from trax_mailer.workflows.subscribers import suppress_address
from trax_mailer.workflows.trial import send_test_mail
from trax_mailer.workflows.wiring import open_workspace


def _quiet(_done, _total):
    pass


def _send(workspace, list_name, *, stop=None, progress=_quiet):
    plan = prepare_send(workspace, "58", list_name=list_name)
    return carry_out(workspace, plan, progress=progress, stop=stop or Event())


def _messages(workspace):
    for file in sorted(workspace.settings.outbox.rglob("*.eml")):
        yield email.message_from_bytes(file.read_bytes(), policy=email.policy.default)


def test_every_reader_is_accounted_for_when_an_issue_is_sent(workspace, readers):
    account = _send(workspace, readers)
    assert account.proof.holds
    assert (account.proof.accepted, account.proof.audience) == (3, 3)
    assert account.mailing.state is MailingState.DONE
    assert account.mailing.simulated
    messages = list(_messages(workspace))
    assert sorted(message["To"].addresses[0].addr_spec for message in messages) == [
        "amina@example.net",
        "kofi@example.com",
        "stefan@example.org",
    ]
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


def test_mailing_continues_where_it_stopped_when_sent_again(folder, tmp_path, readers, workspace):
    settings = (folder / "trax.yaml").read_text(encoding="utf-8")
    (folder / "trax.yaml").write_text(f"{settings}\nsendgrid: {{batch_size: 1}}\n", encoding="utf-8")
    slow = open_workspace(folder, state=tmp_path / "state")
    stop = Event()

    def stop_after_one(done, _total):
        if done:
            stop.set()

    first = _send(slow, readers, stop=stop, progress=stop_after_one)
    assert (first.proof.accepted, first.proof.waiting) == (1, 2)
    second = _send(slow, readers)
    assert second.mailing.id == first.mailing.id
    assert second.proof.holds
    assert len(list(_messages(slow))) == 3


@pytest.fixture
def real(folder, tmp_path, readers, monkeypatch):
    """Opens the workspace anew, after changes to its files; what it sends is real, one reader a call."""
    settings = (folder / "trax.yaml").read_text(encoding="utf-8")
    settings = settings.replace("transport: folder", "transport: smtp\nsmtp: {host: mail.example.org}")
    (folder / "trax.yaml").write_text(f"{settings}\nsendgrid: {{batch_size: 1}}\n", encoding="utf-8")
    transport = ScriptedTransport()
    transport.name = "smtp"
    monkeypatch.setattr("trax_mailer.workflows.send.open_transport", lambda _: transport)
    monkeypatch.setattr("trax_mailer.workflows.send.preflight", lambda *_, **__: ())
    return lambda: open_workspace(folder, state=tmp_path / "state")


def _broken_off(workspace, list_name, *, after):
    """A mailing that ended after so many readers."""
    stop = Event()

    def watch(done, _total):
        if done >= after:
            stop.set()

    return _send(workspace, list_name, stop=stop, progress=watch)


def _change(file, before, after):
    content = file.read_text(encoding="utf-8")
    assert before in content
    file.write_text(content.replace(before, after), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("issues/058/issue.yaml", ("Room XX", "Room XXI"), "some readers have the earlier text"),
        ("trax.yaml", ("https://trax.", "https://news."), "public_url was “https://trax.upr-info.org”"),
        ("trax.yaml", ("transport: smtp", "transport: sendgrid"), "was started through smtp"),
    ],
)
def test_send_is_refused_when_something_changed_since_the_first_reader_got_it(
    folder, real, readers, name, change, words
):
    _broken_off(real(), readers, after=1)
    _change(folder / name, *change)
    with pytest.raises(Conflict, match=words):
        prepare_send(real(), "58", list_name=readers)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("issues/058/issue.yaml", ("Room XX", "Room XXI")),
        ("trax.yaml", ("email: trax@upr-info.org", "email: news@upr-info.org")),
    ],
)
def test_new_mailing_takes_its_place_when_something_changed_before_anybody_got_it(
    folder, real, readers, name, change
):
    first = _broken_off(real(), readers, after=0)
    _change(folder / name, *change)
    second = _send(real(), readers)
    assert (second.mailing.state, second.proof.accepted) == (MailingState.DONE, 3)
    earlier = status_of(real(), first.mailing.id)
    assert (earlier.mailing.state, earlier.proof.skipped) == (MailingState.CANCELLED, 3)


def test_simulated_mailing_begins_anew_when_the_issue_changed_after_it_was_broken_off(
    folder, tmp_path, readers
):
    _change(folder / "trax.yaml", "transport: folder", "transport: folder\nsendgrid: {batch_size: 1}")
    _broken_off(open_workspace(folder, state=tmp_path / "state"), readers, after=1)
    _change(folder / "issues/058/issue.yaml", "Room XX", "Room XXI")
    account = _send(open_workspace(folder, state=tmp_path / "state"), readers)
    assert (account.mailing.state, account.proof.accepted) == (MailingState.DONE, 3)


def test_mailing_comes_to_its_end_when_everybody_left_while_it_was_broken_off(real, readers):
    first = _broken_off(real(), readers, after=1)
    for address in ("stefan@example.org", "amina@example.net", "kofi@example.com"):
        suppress_address(real(), address)
    plan = prepare_send(real(), "58", list_name=readers)
    assert (plan.unfinished.id, plan.audience) == (first.mailing.id, 2)
    account = carry_out(real(), plan, progress=_quiet, stop=Event())
    assert account.mailing.state is MailingState.DONE
    assert (account.proof.accepted, account.proof.skipped, account.proof.holds) == (1, 2, True)


def test_send_is_refused_with_findings_when_the_issue_is_broken(folder, tmp_path, readers):
    issue = folder / "issues/058/issue.yaml"
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
        carry_out(workspace, plan, progress=_quiet, stop=Event())


def test_one_mail_with_inert_links_is_written_when_a_test_is_sent(workspace, readers):
    send_test_mail(workspace, "58", address="stefan@example.org")
    (message,) = _messages(workspace)
    assert message["List-Unsubscribe"].endswith("/u/preview>")
    assert 'Dear Ștefan & "Ana" <b>,' in message.get_body(("plain",)).get_content()
    assert all_mailings(workspace) == []


def test_test_mail_is_refused_when_the_address_is_suppressed(real, readers, monkeypatch):
    transport = ScriptedTransport()
    monkeypatch.setattr("trax_mailer.workflows.trial.open_transport", lambda _: transport)
    monkeypatch.setattr("trax_mailer.workflows.trial.preflight", lambda *_, **__: ())
    suppress_address(real(), "amina@example.net")
    with pytest.raises(Refused, match="suppressed"):
        send_test_mail(real(), "58", address="Amina@example.net")
    assert transport.calls == []


def test_account_is_the_same_when_looked_up_later(workspace, readers):
    account = _send(workspace, readers)
    assert status_of(workspace, account.mailing.id) == account
    with pytest.raises(Refused, match="no mailing 99"):
        status_of(workspace, 99)
