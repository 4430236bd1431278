import pytest

from trax_mailer.errors import BadFile, Refused
from trax_mailer.workflows.importing import ImportRequest, import_file
from trax_mailer.workflows.rehearsal_trouble import RehearsalOptions
from trax_mailer.workflows.rehearse import rehearse


@pytest.fixture
def crowd(workspace, tmp_path):
    """The list “crowd” with two hundred readers."""
    file = tmp_path / "crowd.csv"
    lines = [f"reader{number}@{'example.org' if number % 3 else 'example.net'}" for number in range(200)]
    file.write_text("\n".join(["email", *lines]), encoding="utf-8")
    import_file(workspace, file, ImportRequest(list_name="crowd"))
    return "crowd"


def test_everybody_is_accounted_for_when_a_bad_day_with_kills_is_rehearsed(workspace, crowd):
    options = RehearsalOptions(faults=True, kills=2, seed=7)
    steps = []
    shown = rehearse(
        workspace,
        "58",
        list_name=crowd,
        options=options,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert shown.holds
    assert (shown.as_sent.audience, shown.proof.audience) == (200, 200)
    assert shown.kills >= 1
    # Who is sent it again may meet a fault for the first time, and is settled once more.
    assert shown.by_evidence + shown.by_word >= shown.as_sent.uncertain > 0
    assert shown.proof.uncertain == 0
    assert steps[-1][1] == 200


def test_nobody_is_uncertain_when_nothing_goes_wrong(workspace, readers):
    shown = rehearse(workspace, "58", list_name=readers, options=RehearsalOptions())
    assert shown.holds
    assert (shown.proof.accepted, shown.by_evidence, shown.by_word, shown.kills) == (3, 0, 0, 0)
    assert shown.seconds_at_full_speed > 0


def test_those_of_a_segment_alone_are_rehearsed_with_when_one_is_named(workspace, folder, readers):
    segments = folder / "subscribers"
    segments.mkdir()
    (segments / "amina.yaml").write_text('title: Amina\nwhere: first_name is "Amina"\n', encoding="utf-8")
    (segments / "nobody.yaml").write_text(
        "title: Nobody\nwhere: first_name is Kofi and first_name is Amina\n", encoding="utf-8"
    )
    shown = rehearse(workspace, "58", list_name=readers, options=RehearsalOptions(segment="amina"))
    assert shown.holds
    assert (shown.segment, shown.proof.accepted, shown.proof.audience) == ("amina", 1, 1)
    with pytest.raises(Refused, match="segment “nobody” can be mailed"):
        rehearse(workspace, "58", list_name=readers, options=RehearsalOptions(segment="nobody"))
    with pytest.raises(BadFile):
        rehearse(workspace, "58", list_name=readers, options=RehearsalOptions(segment="nemo"))


def test_it_is_refused_when_nobody_can_be_mailed(workspace, readers):
    with pytest.raises(Refused):
        rehearse(workspace, "58", list_name="nobody", options=RehearsalOptions())
