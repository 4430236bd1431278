import os
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.model.finding import Severity
from trax_mailer.yamltree import (
    MAX_BYTES,
    MAX_DEPTH,
    Mapping,
    Sequence,
    Style,
    quoted,
    read_tree,
    read_tree_from,
    reading,
)


def walk(node):
    yield node
    if isinstance(node, Mapping):
        for entry in node.entries:
            yield entry.key
            yield from walk(entry.value)
    if isinstance(node, Sequence):
        for item in node.items:
            yield from walk(item)


def assert_sound(tree):
    """What holds for whatever is read: places inside the file, every finding placed."""
    for finding in tree.findings:
        assert finding.place is not None
        assert finding.place.line >= 1
        assert finding.place.column >= 1
        assert finding.message
    for node in walk(tree.root) if tree.root is not None else ():
        assert 1 <= node.place.line <= max(len(tree.lines), 1)
        assert 1 <= node.place.column <= len(tree.source.lines[node.place.line - 1]) + 1
    if tree.root is None:
        assert any(finding.severity is Severity.ERROR for finding in tree.findings)


@pytest.mark.parametrize(
    "words",
    ["057", "10:30", "NO", "on", "yes", "1.10", "1e3", "0x1F", "2015-12-31", "true", "12:30:45", "+41"],
)
@pytest.mark.usefixtures("engine")
def test_a_scalar_keeps_its_words_when_yaml_1_1_would_change_them(words):
    tree = read_tree(f"a: {words}\n".encode(), file="f")

    value = tree.root.get("a")
    assert (value.text, value.style, value.is_null) == (words, Style.PLAIN, False)


@pytest.mark.parametrize("words", ["", "~", "null", "Null", "NULL"])
def test_a_plain_scalar_is_nothing_when_yaml_1_2_says_so(words):
    assert read_tree(f"a: {words}\n".encode(), file="f").root.get("a").is_null
    assert not read_tree(f"a: '{words}'\n".encode(), file="f").root.get("a").is_null


@pytest.mark.usefixtures("engine")
def test_places_count_characters_from_one_when_lines_hold_other_letters():
    tree = read_tree("Chișinău: x\n“é”: {ș: 😀, b: c}\n".encode(), file="f")

    first, second = tree.root.entries
    assert str(first.value.place) == "f:1:11"
    assert str(second.value.get("b").place) == "f:2:16"


@pytest.mark.usefixtures("engine")
def test_places_are_the_same_when_lines_end_as_on_windows():
    text = "a: 1\nb: |\n  one\n  two\nc: 3\n"

    unix = read_tree(text.encode(), file="f")
    windows = read_tree(text.replace("\n", "\r\n").encode(), file="f")
    mac = read_tree(text.replace("\n", "\r").encode(), file="f")

    assert unix.root == windows.root == mac.root


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "“a” is given twice; the first stands in line 1"),
        (
            "a: !!python/object/apply:os.system [ls]\n",
            1,
            4,
            "“!!python/object/apply:os.system” is a YAML tag",
        ),
        ("a: !!str 057\n", 1, 4, "“!!str” is a YAML tag"),
        ("a: !secret x\n", 1, 4, "“!secret” is a YAML tag"),
        ("a: &x 1\n", 1, 4, "“&x” is a YAML anchor"),
        ("a: *x\n", 1, 4, "“*x” is a YAML alias"),
        ("<<: {a: 1}\n", 1, 1, "“<<” is a YAML merge key"),
        ("a: 1\n---\nb: 2\n", 2, 1, "A second document starts here"),
        ("? [a, b]\n: c\n", 1, 3, "name must be a word"),
    ],
)
@pytest.mark.usefixtures("engine")
def test_what_goes_beyond_plain_data_is_refused_when_used(text, line, column, message):
    tree = read_tree(text.encode(), file="f")

    (finding,) = tree.findings
    assert finding.severity is Severity.ERROR
    assert (finding.place.line, finding.place.column) == (line, column)
    assert message in finding.message
    assert finding.excerpt == text.split("\n")[line - 1]
    assert tree.root is not None


@pytest.mark.usefixtures("engine")
def test_all_findings_are_given_when_several_things_are_wrong():
    tree = read_tree(b"a: &x 1\na: 2\nb: !t 3\nc: *x\n", file="f")

    assert [finding.place.line for finding in tree.findings] == [1, 2, 3, 4]


@pytest.mark.usefixtures("engine")
def test_a_bomb_of_aliases_is_refused_quickly_when_it_would_grow_without_end():
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    started = time.monotonic()

    tree = read_tree("\n".join(levels).encode(), file="f")

    assert time.monotonic() - started < 2
    assert any("alias" in finding.message for finding in tree.findings)
    assert len(tree.findings) <= 100


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "[{a: ", "? "])
@pytest.mark.usefixtures("engine")
def test_deep_nesting_is_a_finding_when_it_passes_the_limit(opening):
    tree = read_tree((opening * 20_000).encode(), file="f")

    assert tree.root is None
    assert any(
        f"{MAX_DEPTH} levels" in finding.message or "never closed" in finding.message
        for finding in tree.findings
    )


def test_nesting_is_read_when_it_stays_within_the_limit():
    tree = read_tree(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, file="f")

    assert tree.findings == ()


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "--- # x\n...\n"])
@pytest.mark.usefixtures("engine")
def test_an_empty_file_is_an_empty_mapping_when_it_says_nothing(text):
    tree = read_tree(text.encode(), file="f")

    assert tree.is_empty
    assert tree.findings == ()


def test_a_huge_file_is_refused_unread_when_it_is_50_mb(tmp_path):
    file = tmp_path / "issue.yaml"
    with file.open("wb") as stream:
        stream.truncate(50 * 1024 * 1024)
    started = time.monotonic()

    tree = read_tree_from(file, shown_as="issue.yaml")

    assert time.monotonic() - started < 0.1
    (finding,) = tree.findings
    assert "too large (50.0 MB)" in finding.message
    assert str(finding.place) == "issue.yaml:1:1"


def test_bytes_are_refused_when_there_are_too_many():
    assert "too large (512 KB)" in read_tree(b" " * (MAX_BYTES + 1), file="f").findings[0].message


def test_the_largest_file_is_read_quickly_when_it_is_full_of_nodes():
    started = time.monotonic()

    read_tree((b"[],\n" * MAX_BYTES)[: MAX_BYTES - 2].join([b"[", b"]"]), file="f")

    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.mkdir(), "not a file that can be read"),
        (os.mkfifo, "not a file that can be read"),
        (lambda path: path.symlink_to(path), "cannot be read"),
    ],
)
def test_a_path_is_a_finding_when_it_is_no_readable_file(tmp_path, make, message):
    path = tmp_path / "issue.yaml"
    make(path)

    tree = read_tree_from(path, shown_as="issue.yaml")

    assert tree.root is None
    assert message in tree.findings[0].message


@pytest.mark.parametrize("escape", ["\\ud800", "\\U00110000", "\\xZZ", "\\UFFFFFFFF"])
@pytest.mark.usefixtures("engine")
def test_an_impossible_escape_is_no_traceback_when_it_stands_in_quotes(escape):
    assert_sound(read_tree(f'a: "{escape}"\n'.encode(), file="f"))


@given(st.text())
def test_quoted_words_are_read_back_when_they_are_mailable(words):
    words = " ".join(words.split())
    if not words.isprintable():
        return
    assert read_tree(f"a: {quoted(words)}\n".encode(), file="f").root.get("a").text == words


@given(st.binary(max_size=400))
def test_reading_never_fails_when_bytes_are_random(data):
    assert_sound(read_tree(data, file="f"))


YAML_PIECES = st.sampled_from(
    ["a", "b: ", ": ", "- ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ", ", "{{ x }}", '"', "'", "|", ">",
     "#", " #x", "&a ", "*a", "!t ", "!!str ", "---\n", "...\n", "%YAML 1.2\n", "? ", "<<: ", "\t", "\\", "é",
     "@", "😀", "\ufeff", "\u2028", "\x00", "\x85", "`", "057", "10:30", "~"]
)  # fmt: skip


@given(st.lists(YAML_PIECES, max_size=60).map("".join))
def test_reading_never_fails_when_yaml_is_jumbled(text):
    assert_sound(read_tree(text.encode(), file="f"))


@given(st.lists(YAML_PIECES, max_size=30).map("".join))
def test_the_python_parser_never_fails_when_yaml_is_jumbled(text):
    kept = reading._LOADER
    reading._LOADER = yaml.SafeLoader
    try:
        tree = read_tree(text.encode(), file="f")
    finally:
        reading._LOADER = kept
    assert_sound(tree)
