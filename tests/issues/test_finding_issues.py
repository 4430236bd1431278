import pytest

from trax_mailer.errors import BadFile
from trax_mailer.issues import find_issue


@pytest.fixture
def issues(tmp_path):
    for name in ("007", "057", "058"):
        (tmp_path / "issues" / name).mkdir(parents=True)
        (tmp_path / "issues" / name / "issue.yaml").touch()
    (tmp_path / "issues" / "drafts").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "reference", ["58", "058", "No 58", "issues/058", "issues/058/", "issues/058/issue.yaml", " 58 ", None]
)
def test_an_issue_is_found_when_it_is_named_in_any_way(issues, reference):
    assert find_issue(issues, reference) == issues / "issues" / "058" / "issue.yaml"


def test_an_issue_is_found_when_the_path_counts_from_the_working_folder(issues, monkeypatch):
    monkeypatch.chdir(issues / "issues" / "057")

    assert find_issue(issues, "issue.yaml").resolve() == issues / "issues" / "057" / "issue.yaml"
    assert find_issue(issues, str(issues / "issues" / "058")) == issues / "issues" / "058" / "issue.yaml"


@pytest.mark.parametrize(
    ("reference", "advice"),
    [
        ("59", "Did you mean “058”? The issues are 007, 057, 058."),
        ("issues/05", "The issues are 007, 057, 058."),
        ("issues/085/issue.yaml", "The issues are"),
        ("", "The issues are"),
        ("a\x00b", "The issues are"),
        ("x" * 5000, "The issues are"),
    ],
)
def test_issues_are_listed_when_the_one_named_is_not_there(issues, reference, advice):
    with pytest.raises(BadFile, match="There is no issue") as raised:
        find_issue(issues, reference)

    assert advice in raised.value.advice


@pytest.mark.parametrize("reference", ["1", None])
def test_the_way_to_a_first_issue_is_shown_when_there_is_none(tmp_path, reference):
    with pytest.raises(BadFile) as raised:
        find_issue(tmp_path, reference)

    assert "trax new TITLE" in raised.value.advice


def test_a_folder_without_a_file_is_named_when_its_issue_is_asked_for(issues):
    (issues / "issues" / "058" / "issue.yaml").unlink()

    with pytest.raises(BadFile, match=r"The folder 058 holds no issue\.yaml"):
        find_issue(issues, "58")
