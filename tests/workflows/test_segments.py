import pytest

from trax_mailer.errors import BadFile, Conflict, Refused
from trax_mailer.model.finding import Severity
from trax_mailer.model.mailing import AudienceKind, MailingState
from trax_mailer.workflows.control import cancel_mailing
from trax_mailer.workflows.segments import check_segments, count_readers, show_segments
from trax_mailer.workflows.wiring import open_workspace

FILE = "subscribers/a-names.yaml"


@pytest.fixture
def segments(folder, readers):
    """Three segments of “main”: Amina with Ștefan, Kofi with Ștefan, and one that is broken."""
    (folder / "subscribers").mkdir()
    for name, where in {
        "a-names": "name contains ana or name is Amina Diallo",
        "not-amina": "not segment amina",
        "amina": "email domain is example.net",
        "broken": "name iz x",
    }.items():
        file = folder / "subscribers" / f"{name}.yaml"
        file.write_text(f"title: Some\nwhere: {where}\n", encoding="utf-8")
    return folder


def test_plan_counts_the_segment_alone_when_one_is_named(segments, outside):
    plan = outside.plan(segment="a-names")
    assert (plan.audience, plan.whom) == (2, "“main”, segment “a-names”")
    assert plan.segment_rule == 'name contains "ana" or name is "amina diallo"'


def test_second_segment_gets_what_the_first_did_not_when_both_are_sent(segments, outside):
    outside.send(segment="a-names")
    assert sorted(outside.reached) == ["amina@example.net", "stefan@example.org"]
    plan = outside.plan(segment="not-amina")
    assert (plan.audience, plan.have_it, plan.doubt) == (1, 1, "")
    account = outside.send(segment="not-amina")
    assert (account.proof.accepted, account.proof.skipped) == (1, 1)
    assert outside.reached[-1] == "kofi@example.com"
    with pytest.raises(Refused, match="has No 58 already"):
        outside.plan()


def test_send_is_refused_with_the_ways_on_when_the_segment_has_it(segments, outside):
    outside.send(segment="amina")
    with pytest.raises(Refused, match="was sent to “main”, segment “amina” already") as refused:
        outside.plan(segment="amina")
    assert "trax send 58 --list main --segment amina --missed" in refused.value.advice
    outside.change("subscribers/amina.yaml", "example.net", "example.com")
    assert outside.plan(segment="amina", audience=AudienceKind.MISSED).audience == 1


def test_mailing_goes_on_to_whom_it_was_meant_for_when_its_segment_changed(segments, outside):
    first = outside.broken_off(after=1, segment="a-names")
    assert outside.plan(segment="a-names").unfinished.id == first.mailing.id
    outside.change(FILE, "contains ana", "contains kofi")
    with pytest.raises(Conflict, match="The segment “a-names” changed") as refused:
        outside.plan(segment="a-names")
    assert "trax cancel 1, then trax send 58 --list main --segment a-names --missed" in refused.value.advice
    cancel_mailing(outside.workspace, first.mailing.id)
    account = outside.send(segment="a-names", audience=AudienceKind.MISSED)
    assert "kofi@example.com" in outside.reached
    assert account.mailing.state is MailingState.DONE


def test_new_mailing_takes_its_place_when_its_segment_changed_before_anybody_got_it(segments, outside):
    first = outside.broken_off(after=0, segment="a-names")
    outside.change(FILE, "contains ana", "contains kofi")
    assert outside.plan(segment="a-names").replaced.id == first.mailing.id


def test_send_is_refused_when_the_segment_has_errors_or_is_empty(segments, outside):
    with pytest.raises(BadFile) as broken:
        outside.plan(segment="broken")
    assert str(broken.value.findings[0].place) == "subscribers/broken.yaml:2:8"
    with pytest.raises(BadFile, match="Did you mean “amina”"):
        outside.plan(segment="amin")
    outside.change("subscribers/amina.yaml", "example.net", "nowhere.org")
    with pytest.raises(Refused, match="Nobody on the list “main”, segment “amina”") as empty:
        outside.plan(segment="amina")
    assert "trax segments show amina" in empty.value.advice


def test_every_segment_is_checked_when_none_is_named(segments, workspace):
    reports = check_segments(workspace, None)
    assert [(one.segment.name, one.failed) for one in reports] == [
        ("a-names", False), ("amina", False), ("broken", True), ("not-amina", False),
    ]  # fmt: skip
    assert [bool(one.text) for one in show_segments(workspace)] == [True, True, False, True]


def test_segment_is_counted_when_it_is_right_and_not_when_it_is_broken(segments, workspace):
    [count] = count_readers(workspace, "amina", list_name="main").counts
    assert (count.to_mail, count.on_list) == (1, 3)
    broken = count_readers(workspace, "broken")
    assert (broken.failed, broken.counts) == (True, ())
    with pytest.raises(Refused, match="no list “mein”"):
        count_readers(workspace, "amina", list_name="mein")


def test_files_are_checked_with_a_note_when_the_ledger_cannot_be_opened(segments, tmp_path):
    (tmp_path / "file").touch()
    workspace = open_workspace(segments, state=tmp_path / "file")
    [report] = check_segments(workspace, "broken")
    assert [one.severity for one in report.findings] == [Severity.ERROR, Severity.NOTE]
