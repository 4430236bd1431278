import pytest

from trax_mailer.fields import Kind
from trax_mailer.model.values import Markdown, Text


@pytest.mark.parametrize(
    "words", ["057", "10:30", "NO", "on", "1.10", "2015-12-31", "true", "Chișinău", "it's"]
)
@pytest.mark.parametrize("form", ["{}", '"{}"'])
def test_text_is_what_it_looks_like_when_quoted_or_not(read, words, form):
    assert read(form.format(words), Kind.TEXT) == (Text(words), ())


def test_text_is_one_line_when_folded(read):
    assert read(">\n  one\n  two", Kind.TEXT) == (Text("one two"), ())


def test_text_is_refused_when_it_has_several_lines(read):
    value, (finding,) = read("|\n  one\n  two", Kind.TEXT)

    assert value is None
    assert "takes one line" in finding.message
    assert "“>” instead of “|”" in finding.advice


@pytest.mark.parametrize("form", ["[draft]", "{a: b}", "\n  - a", "\n  a: b"])
def test_text_is_refused_when_brackets_make_it_something_else(read, form):
    value, (finding,) = read(form, Kind.TEXT)

    assert value is None
    assert "takes one line of words; a" in finding.message
    if form[0] in "[{":
        assert "quotes" in finding.advice


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.MARKDOWN])
@pytest.mark.parametrize("escape", ["\\0", "\\x07", "\\e", "\\u009f"])
def test_words_are_refused_when_an_escape_hides_a_control_character(read, kind, escape):
    value, (finding,) = read(f'"a{escape}b"', kind)

    assert value is None
    assert "control character" in finding.message


@pytest.mark.parametrize(("kind", "most"), [(Kind.TEXT, 1_000), (Kind.MARKDOWN, 20_000)])
def test_words_are_refused_when_they_are_endless(read, kind, most):
    assert read("x" * most, kind)[1] == ()
    value, (finding,) = read("x" * (most + 1), kind)
    assert value is None
    assert f"at most {most:,}" in finding.message


def test_markdown_keeps_its_lines_when_it_is_a_block(read):
    value, findings = read("|\n  # Title\n\n      code\n  - a\n", Kind.MARKDOWN)

    assert value == Markdown("# Title\n\n    code\n- a")
    assert findings == ()


@pytest.mark.parametrize(("words", "number"), [("58", 58), ("057", 57), ('"058"', 58), ("+1", 1), ("-3", -3)])
def test_number_is_read_when_it_is_whole(read, words, number):
    assert read(words, Kind.NUMBER) == (number, ())


@pytest.mark.parametrize("words", ["5.8", "1e3", "0x10", "fifty", "5 8", "٣", "1_000", "1" * 5000])
def test_number_is_refused_when_it_is_none(read, words):
    value, (finding,) = read(words, Kind.NUMBER)

    assert value is None
    assert "takes a whole number" in finding.message
    assert len(finding.message) < 200


@pytest.mark.parametrize("words", ["0", "65536"])
def test_number_is_refused_when_it_is_out_of_bounds(read, words):
    value, (finding,) = read(words, Kind.NUMBER, least=1, most=65535)

    assert value is None
    assert "between 1 and 65535" in finding.message


@pytest.mark.parametrize(
    ("words", "value"), [("true", True), ("True", True), ("FALSE", False), ('"false"', False)]
)
def test_boolean_is_read_when_yaml_1_2_knows_it(read, words, value):
    assert read(words, Kind.BOOLEAN) == (value, ())


@pytest.mark.parametrize(
    ("words", "meant"), [("yes", "true"), ("on", "true"), ("NO", "false"), ("off", "false")]
)
def test_boolean_is_refused_with_a_guess_when_it_is_of_yaml_1_1(read, words, meant):
    value, (finding,) = read(words, Kind.BOOLEAN)

    assert value is None
    assert finding.advice == f"Did you mean “{meant}”?"


def test_choice_is_refused_with_a_guess_when_it_is_misspelt(read):
    assert read("small", Kind.CHOICE, choices=("small", "large")) == ("small", ())
    value, (finding,) = read("lrage", Kind.CHOICE, choices=("small", "large"))
    assert value is None
    assert finding.advice == "Did you mean “large”?"


@pytest.mark.parametrize(
    ("words", "tag"),
    [("en", "en"), ("FR", "fr"), ("pt-br", "pt-BR"), ("zh-hans", "zh-Hans"), ("NO", "no"), ("ar", "ar")],
)
def test_language_is_a_tag_when_it_is_known(read, words, tag):
    assert read(words, Kind.LANGUAGE) == (tag, ())


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("English", "Did you mean “en”?"),
        ("français", "Did you mean “fr”?"),
        ("pt_BR", "Write “pt-BR”."),
        ("enn", "Did you mean “en”?"),
        ("xx", "Write a tag such as"),
        ("x" * 5000, "Write a tag such as"),
        ("../en", "Write a tag such as"),
    ],
)
def test_language_is_refused_with_help_when_it_is_unknown(read, words, advice):
    value, (finding,) = read(words, Kind.LANGUAGE)

    assert value is None
    assert advice in finding.advice


@pytest.mark.parametrize(("words", "colour"), [('"#1A2b3c"', "#1a2b3c"), ('"#fa0"', "#ffaa00")])
def test_colour_is_written_out_when_it_is_hexadecimal(read, words, colour):
    assert read(words, Kind.COLOUR) == (colour, ())


def test_colour_asks_for_quotes_when_its_sign_starts_a_comment(read):
    value, (finding,) = read("#1a2b3c", Kind.COLOUR)

    assert value is None
    assert "everything after “#” is a comment" in finding.message
    assert "quotes" in finding.advice


@pytest.mark.parametrize("words", ["teal", "1a2b3c", '"#12345"', '"#1a2b3c; x: y"'])
def test_colour_is_refused_when_it_is_none(read, words):
    value, (finding,) = read(words, Kind.COLOUR)

    assert value is None
    assert "takes a colour" in finding.message
