import pytest

from trax_mailer.model.finding import Severity
from trax_mailer.yamltree import read_tree

QUOTE = "Quote this value: "

TRAPS = [
    # text, line, column, words of the message, words of the advice
    ("a: 1\ntitle: No 59: title\n", 2, 8, "a colon followed by a blank", QUOTE + 'title: "No 59: title"'),
    ("title: Why: what now?\n", 1, 8, "a colon followed by a blank", QUOTE + 'title: "Why: what now?"'),
    ('- t: He said "no": why\n', 1, 6, "a colon followed by a blank", QUOTE + "t: 'He said \"no\": why'"),
    ("title: {{ reader.name }}\n", 1, 8, "begins with “{{”", QUOTE + 'title: "{{ reader.name }}"'),
    (
        'title: {{ reader.name | default("you") }}, hello\n',
        1,
        8,
        "begins with “{{”",
        QUOTE + "title: '{{ reader.name | default(\"you\") }}, hello'",
    ),
    ("title: [UPR Trax] No 58\n", 1, 8, "begins with “[”", QUOTE + 'title: "[UPR Trax] No 58"'),
    ("title: @upr on the move\n", 1, 8, "begins with “@”", QUOTE + 'title: "@upr on the move"'),
    ("title: `code`\n", 1, 8, "begins with “`”", QUOTE + 'title: "`code`"'),
    ("title: % of States\n", 1, 8, "begins with “%”", QUOTE + 'title: "% of States"'),
    ("title: *bold* words\n", 1, 8, "begins with “*”", QUOTE + 'title: "*bold* words"'),
    ("title: > 50 missions\n", 1, 8, "begins with “>”", QUOTE + 'title: "> 50 missions"'),
    ("title: | pipe\n", 1, 8, "begins with “|”", QUOTE + 'title: "| pipe"'),
    ("title: - dash\n", 1, 8, "begins with “-”", QUOTE + 'title: "- dash"'),
    ("title: }\n", 1, 8, "begins with “}”", QUOTE + 'title: "}"'),
    ("title: , then\n", 1, 8, "begins with “,”", QUOTE + 'title: ", then"'),
    ('title: "SMART" recs\n', 1, 8, "the quotes end before", QUOTE + 'title: "SMART recs"'),
    ("a:\n\tb: c\n", 2, 1, "A tab stands here", "two blanks"),
    ("a:\n  b: 1\n  \tc: 2\n", 3, 3, "A tab stands here", "two blanks"),
    ('title: "never closed\nb: c\n', 1, 8, "quotation mark that opens here", "Close it"),
    ("title: 'Twas the night\nb: c\n", 1, 8, "quotation mark that opens here", "double quotes"),
    ("links: [a, b\nb: c\n", 1, 8, "bracket that opens here", "Close it"),
    ("title:Foo\nb: c\n", 1, 6, "A blank is missing after “title:”", "Write “title: …”"),
    ("a: b\n  c: d\n", 2, 3, "indented by 2 blanks", "in one column"),
    ("a:\n   b: 1\n  c: 2\n", 3, 3, "indented by 2 blanks", "in one column"),
    ("- a\nb: c\n", 2, 1, "indented by 0 blanks", "in one column"),
    ('title: "\\z"\n', 1, None, "not valid YAML", ""),
]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(("text", "line", "column", "message", "advice"), TRAPS)
def test_one_finding_tells_cause_and_cure_when_yaml_is_broken(text, line, column, message, advice):
    tree = read_tree(text.encode(), file="issues/059/issue.yaml")

    (finding,) = tree.findings
    assert finding.severity is Severity.ERROR
    assert finding.check == "yaml"
    assert finding.place.file == "issues/059/issue.yaml"
    assert finding.place.line == line
    assert column is None or finding.place.column == column
    assert finding.excerpt == text.split("\n")[line - 1]
    assert message in finding.message
    assert advice in finding.advice


@pytest.mark.parametrize("text", [text for text, *_ in TRAPS if "{{" not in text])
def test_it_says_that_reading_stopped_when_yaml_is_broken(text):
    tree = read_tree(text.encode(), file="f")

    assert tree.root is None
    assert "The rest of the file is checked once this is mended." in tree.findings[0].advice


@pytest.mark.parametrize(
    ("text", "_line", "column", "_message", "advice"), [trap for trap in TRAPS if QUOTE in trap[4]]
)
def test_the_suggested_line_is_valid_when_it_replaces_the_broken_one(text, _line, column, _message, advice):
    line = next(line for line in text.split("\n") if len(line) >= column and (":" in line) and line != "a: 1")
    key_from = line.index("t: " if line.startswith("- ") else "title: ")
    mended = line[:key_from] + advice.removeprefix(QUOTE) + "\n"

    tree = read_tree(mended.encode(), file="f")

    assert tree.findings == ()
