from pathlib import Path

import pytest

from trax_mailer.errors import BadWorkspace
from trax_mailer.settings import load_settings

LEAST = "organisation: {name: UPR Info}\nnewsletter: {name: UPR Trax – ș, list_id: upr-trax.upr-info.org}\n"


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "trax.yaml").write_text(LEAST, encoding="utf-8")
    return root


def test_the_state_is_in_the_home_when_nobody_names_one(root, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))

    state = load_settings(root, environ={}).state

    assert state.name.startswith("upr-trax-s-")
    assert state.parent.name == "trax-mailer"
    assert load_settings(root, environ={}).state == state


def test_two_newsletters_have_two_states_when_only_the_list_id_differs(root):
    first = load_settings(root, environ={}).state
    (root / "trax.yaml").write_text(LEAST.replace("upr-trax.", "other."), encoding="utf-8")

    assert load_settings(root, environ={}).state != first


def test_the_nearest_word_counts_when_several_name_a_state(root, tmp_path):
    (root / "trax.yaml").write_text(LEAST + "state: ../from-file\n", encoding="utf-8")
    environ = {"TRAX_STATE": str(tmp_path / "from-environment")}

    assert load_settings(root, environ={}).state.resolve() == tmp_path / "from-file"
    assert load_settings(root, environ=environ).state == tmp_path / "from-environment"
    assert load_settings(root, environ=environ, state=tmp_path / "given").state == tmp_path / "given"


def test_a_home_is_written_out_when_the_state_names_it(root):
    assert load_settings(root, environ={"TRAX_STATE": "~/trax"}).state == Path.home() / "trax"


@pytest.mark.parametrize(
    "line", ["state: ~nobody-of-that-name/x\n", "folder: {path: ~nobody-of-that-name/x}\n"]
)
def test_a_home_is_refused_when_nobody_has_it(root, line):
    (root / "trax.yaml").write_text(LEAST + line, encoding="utf-8")

    with pytest.raises(BadWorkspace, match="cannot be found"):
        load_settings(root, environ={})


def test_the_state_is_refused_when_its_path_goes_round_in_circles(root, tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")

    with pytest.raises(BadWorkspace, match="cannot be used"):
        load_settings(root, environ={}, state=tmp_path / "loop" / "state")


@pytest.mark.parametrize("state", ["state", "a/b", ".", "subscribers/../x", "build"])
def test_the_state_is_refused_when_git_would_publish_it(root, state):
    (root / ".gitignore").write_text("# state\nsubscribers/*\nbuild/\n!build/\n", encoding="utf-8")
    (root / "trax.yaml").write_text(LEAST + f"state: {state}\n", encoding="utf-8")

    with pytest.raises(BadWorkspace, match="lies inside the workspace") as raised:
        load_settings(root, environ={})

    assert "outside the workspace" in raised.value.advice


@pytest.mark.parametrize("pattern", ["state", "/state/", "state/", "st*", "*"])
def test_the_state_may_lie_inside_when_git_ignores_it(root, pattern):
    (root / ".gitignore").write_text(f"{pattern}\n", encoding="utf-8")

    assert load_settings(root, environ={}, state=root / "state" / "a").state == root / "state" / "a"


def test_the_state_is_refused_when_a_link_leads_into_the_workspace(root, tmp_path):
    (tmp_path / "link").symlink_to(root)

    with pytest.raises(BadWorkspace):
        load_settings(root, environ={}, state=tmp_path / "link" / "state")
