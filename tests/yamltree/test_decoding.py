import codecs

import pytest

from trax_mailer.model.finding import Severity
from trax_mailer.yamltree import read_tree


def test_a_byte_order_mark_is_a_warning_when_it_leads_the_file():
    tree = read_tree(codecs.BOM_UTF8 + b"a: 1\nb: 2\n", file="f")

    (finding,) = tree.findings
    assert finding.severity is Severity.WARNING
    assert "byte order mark (BOM)" in finding.message
    assert (finding.excerpt, str(finding.place)) == ("a: 1", "f:1:1")
    assert [str(entry.key.place) for entry in tree.root.entries] == ["f:1:1", "f:2:1"]
    assert tree.root.names() == ("a", "b")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_one_finding_when_a_file_is_saved_so(encoding):
    tree = read_tree("title: Chișinău\n".encode(encoding), file="f")

    (finding,) = tree.findings
    assert finding.severity is Severity.ERROR
    assert "UTF-16" in finding.message
    assert "UTF-8" in finding.advice
    assert tree.root is None


def test_the_first_foreign_byte_is_shown_when_a_file_is_not_utf_8():
    tree = read_tree("ä: 1\n".encode() + "titre: élan à Genève\n".encode("cp1252"), file="f")

    (finding,) = tree.findings
    assert finding.severity is Severity.ERROR
    assert str(finding.place) == "f:2:8"
    assert "0xE9" in finding.message
    assert "“é”" in finding.message


def test_the_rest_is_read_when_a_file_is_not_utf_8():
    tree = read_tree(b"a: \xe9\nb: 1\nb: 2\n", file="f")

    assert [finding.place.line for finding in tree.findings] == [1, 3]


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x0b", "\x0c", "\x1b", "\x7f", "\x80", "\uffff"])
def test_a_control_character_is_shown_when_it_stands_in_a_file(character):
    tree = read_tree(f"a: 1\nb: x{character}y\n".encode(), file="f")

    (finding,) = tree.findings
    assert finding.severity is Severity.ERROR
    assert str(finding.place) == "f:2:5"
    assert f"U+{ord(character):04X}" in finding.message
    assert tree.root.get("b").text == "x y"


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
def test_a_foreign_line_break_is_a_warning_and_counts_as_no_line_when_it_stands_in_a_file(character):
    tree = read_tree(f"a: x{character}y\nb: 2\n".encode(), file="f")

    (finding,) = tree.findings
    assert finding.severity is Severity.WARNING
    assert str(finding.place) == "f:1:5"
    assert tree.root.get("a").text == "x y"
    assert tree.root.get("b").place.line == 2


def test_only_some_are_shown_when_a_file_is_full_of_control_characters():
    assert len(read_tree(b"\x01" * 10_000, file="f").findings) <= 21
