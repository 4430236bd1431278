from __future__ import annotations

import pytest

from trax_mailer.render.style_sheet import BadStyle, read_style


def test_rules_are_cut_in_two_when_some_cannot_be_inlined():
    sheet = read_style(
        """/* a } comment { */
        p { margin: 0; }
        a:hover { color: red; }
        @media (max-width: 9px) { p { margin: 1px !important; } .x { color: blue } }
        .x::before { content: "}"; }
        * { margin: 0 }
        [dir="rtl"] ul, .b > c { padding: 0 }"""
    )
    assert sheet.inlined == 'p { margin: 0; }\n[dir="rtl"] ul, .b > c { padding: 0 }'
    assert [line.split("{")[0].strip() for line in sheet.head.split("\n")] == [
        "a:hover",
        "@media (max-width: 9px)",
        ".x::before",
        "*",
    ]


@pytest.mark.parametrize(
    ("css", "line", "words"),
    [
        ("p { margin: 0 }\n@import url(x.css);", 2, "@import"),
        ("@font-face { src: url(x) }", 1, "@font-face"),
        ("\n\np { background: url( 'https://e.org/x.png') }", 3, "fetch"),
        ("/* one\ntwo */ p { color: red !important }", 2, "!important"),
        ("p { color: red", 1, "not closed"),
        ("p { }\n} q { }", 2, "closes nothing"),
        ("p { }\n</style><script>", 2, "end the style sheet"),
    ],
)
def test_the_line_is_told_when_a_rule_cannot_be_used(css, line, words):
    with pytest.raises(BadStyle, match=words) as caught:
        read_style(css)
    assert caught.value.line == line


def test_nothing_comes_out_when_nothing_goes_in():
    assert read_style(" /* nothing */ ").inlined == ""
