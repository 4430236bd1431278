import pytest

from trax_mailer.yamltree import read_tree

NEEDLE = "{{ reader.nmae }}"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: Hello {{ reader.nmae }}\n", 1, 10),
        ('a: "Hello {{ reader.nmae }}"\n', 1, 11),
        ("a: 'It''s {{ reader.nmae }}'\n", 1, 11),
        ("a: |\n  one\n  two {{ reader.nmae }} x\n", 3, 7),
        ("a: >\n  one\n  two\n\n  {{ reader.nmae }} x\n", 5, 3),
        ("a: one\n  two {{ reader.nmae }}\n", 2, 7),
        ("a: |\n  {{ reader.name }}\n  ș {{ reader.nmae }}\n", 3, 5),
    ],
)
def test_a_place_inside_a_scalar_is_found_when_it_is_written_in_any_style(text, line, column):
    value = read_tree(text.encode(), file="f").root.get("a")

    place = value.place_in(value.text.index(NEEDLE), NEEDLE)

    assert (place.line, place.column) == (line, column)


def test_the_right_one_is_found_when_the_same_words_stand_twice():
    value = read_tree(b"a: |\n  x <b> y\n  z <b>\n", file="f").root.get("a")

    second = value.place_in(value.text.rindex("<b>"), "<b>")

    assert (second.line, second.column) == (3, 5)


def test_a_place_is_found_when_folding_has_broken_the_words():
    value = read_tree(b"a: >\n  Dear {{ reader.nmae\n  }} hello\n", file="f").root.get("a")

    assert str(value.place_in(value.text.index("{{"), NEEDLE)) == "f:2:8"


def test_a_place_is_found_when_quotes_are_escaped():
    value = read_tree(b'a: "x {{ reader.nmae | default(\\"you\\") }}"\n', file="f").root.get("a")
    written = '{{ reader.nmae | default("you") }}'

    assert value.place_in(value.text.index(written), written).column == 7


def test_the_whole_scalar_is_the_place_when_the_words_cannot_be_found():
    value = read_tree(b'a: "\\u0041"\n', file="f").root.get("a")

    assert value.place_in(0, "A") == value.place


def test_a_long_line_is_cut_when_it_is_an_excerpt():
    tree = read_tree(b"a: " + b"x" * 5000, file="f")

    assert len(tree.source.excerpt(1)) == 301
