"""Readers who chose topics get exactly the sections of these topics, in well-formed mails."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html
from PIL import Image

from look.made import ROOT, TEMPLATES, Mail, filled, write_values
from trax_mailer.issues import load_issue
from trax_mailer.model.edition import Edition, edition_from_json, edition_to_json
from trax_mailer.model.filling import fill_part
from trax_mailer.model.topics import edition_for, is_empty_for, topics_in
from trax_mailer.render import Look, render_issue
from trax_mailer.sections import SectionType, load_section_types
from trax_mailer.settings import Settings, Topic

TYPES = load_section_types(TEMPLATES)
SECTIONS = {name: write_values(declared, full=True).values for name, declared in TYPES.items()}
TOPICS = (
    Topic(name="jobs", title="Jobs", sections=("job",)),
    Topic(name="africa", title="Africa"),
    Topic(name="meetings", title="Meetings", sections=("event", "seminar", "pre_sessions")),
)
NAMES = [topic.name for topic in TOPICS]
_OUTLOOK = re.compile(r"<!--\[if[^\]]*\]>(?:<!-->)?|(?:<!--)?<!\[endif\]-->")
_WIDTHS = re.compile(r"(?:\.moz-text-html )?\.mj-column-per-[\d-]+ \{[^}]*\} ?")
_VOID = frozenset({"br", "img", "meta", "link", "hr", "input", "col", "o:p"})
_TAG = re.compile(r"""<(/?)([a-zA-Z][\w:]*)(?:"[^"]*"|'[^']*'|[^'">])*?(/?)>""")

_chosen = st.sets(st.sampled_from(NAMES)).map(frozenset)
_section = st.tuples(st.sampled_from(sorted(TYPES)), st.sets(st.sampled_from(NAMES), max_size=2))
_sections = st.lists(_section, min_size=1, max_size=7)

Render = Callable[[list[dict[str, Any]]], Edition]


@pytest.fixture(scope="module")
def render(
    settings: Settings,
    types: Mapping[str, SectionType],
    look: Look,
    tmp_path_factory: pytest.TempPathFactory,
) -> Render:
    """Loads and renders an issue of these sections, in a workspace with these topics."""
    folder = tmp_path_factory.mktemp("topics")
    Image.new("RGB", (90, 60), "#0f4c5c").save(folder / "picture.png")
    with_topics = dataclasses.replace(settings, topics=TOPICS)

    def make(sections: list[dict[str, Any]]) -> Edition:
        file = folder / "issue.yaml"
        head = {"number": 7, "title": "Every topic", "date": "2026-01-15"}
        file.write_text(json.dumps({**head, "sections": sections}), "utf-8")
        loaded = load_issue(file, types=types, settings=with_topics)
        assert loaded.issue is not None, loaded.findings
        rendered = render_issue(loaded.issue, look=look, settings=with_topics)
        assert rendered.edition is not None, rendered.findings
        assert [one for one in rendered.findings if one.check == "topics"] == []
        return rendered.edition

    return make


def written(section: tuple[str, set[str]], index: int) -> dict[str, Any]:
    """A section whose every title can be told from all others."""
    name, topics = section
    values = json.loads(json.dumps(SECTIONS[name]).replace("Word", f"Word{index}x"))
    return values if name == "band" or not topics else {**values, "topics": sorted(topics)}


def topics_of(section: tuple[str, set[str]]) -> set[str]:
    name, own = section
    return own | {topic.name for topic in TOPICS if name in topic.sections}


def shown_by_the_rule(sections: list[tuple[str, set[str]]], chosen: frozenset[str]) -> list[bool]:
    """Written down once more, the slow way: the rule as docs/topics.md tells it."""
    shown = [not chosen or not topics_of(one) or bool(topics_of(one) & chosen) for one in sections]
    for index, (name, _) in enumerate(sections):
        if name == "band":
            below = []
            for later in range(index + 1, len(sections)):
                if sections[later][0] == "band":
                    break
                below.append(shown[later])
            shown[index] = any(below) or not below
    return shown


def words(part: Any, edition: Edition) -> str:
    """The part as a reader gets it, with an address of the browser view that is always the same.

    Without the widths of columns, which the head keeps for sections that are left out, too.
    """
    return _WIDTHS.sub("", re.sub(r"/v/[0-9a-f]{64}", "/v/x", getattr(filled(edition, ()), part)))


def assert_balanced(html: str) -> None:
    """Every tag is closed in order, as Outlook reads it, which sees into the conditional comments."""
    open_tags: list[str] = []
    for closes, tag, alone in _TAG.findall(re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)):
        if alone or tag in _VOID:
            continue
        if not closes:
            open_tags.append(tag)
        else:
            assert open_tags.pop() == tag
    assert open_tags == []


@example(sections=[("article", set()), ("job", set())], chosen=frozenset({"africa"}))
@example(sections=[("job", set()), ("article", set())], chosen=frozenset({"africa"}))
@example(
    sections=[("band", set()), ("job", set()), ("band", set()), ("job", {"africa"}), ("links", set())],
    chosen=frozenset({"meetings"}),
)
@given(sections=_sections, chosen=_chosen)
@examples(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_reader_gets_what_an_issue_of_the_chosen_sections_alone_would_give_when_topics_were_chosen(
    render: Render, sections: list[tuple[str, set[str]]], chosen: frozenset[str]
) -> None:
    values = [written(one, index) for index, one in enumerate(sections)]
    shown = shown_by_the_rule(sections, chosen)
    whole = render(values)
    theirs = edition_for(whole, chosen)
    for index, (name, _) in enumerate(sections):
        if name not in {"image", "social"}:
            for part in ("html", "text"):
                assert (f"Word{index}x" in words(part, theirs)) is shown[index], (part, name)
    if any(shown):
        # Over an issue without a lead stands its title, which a lead that is left out does not bring.
        no_lead = any(one[0] == "lead" for one, is_shown in zip(sections, shown, strict=True) if not is_shown)
        alone = render([value for value, is_shown in zip(values, shown, strict=True) if is_shown])
        if not no_lead:
            assert words("html", theirs) == words("html", alone)
            assert words("text", theirs) == words("text", alone)
            trees = [lxml_html.fromstring(words("html", one)) for one in (theirs, alone)]
            assert etree.tostring(trees[0]) == etree.tostring(trees[1])
    html = words("html", theirs)
    assert_balanced(_OUTLOOK.sub("", html))
    assert_balanced(re.sub(r"<!--\[if.*?<!\[endif\]-->", "", html, flags=re.DOTALL))
    known = {topic for one in sections if one[0] != "band" for topic in topics_of(one)}
    assert topics_in(whole) == tuple(sorted(known))
    assert is_empty_for(whole, chosen) is (bool(chosen) and bool(known) and not chosen & known)


@given(sections=_sections)
@examples(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_reader_gets_the_same_bytes_as_without_topics_when_they_chose_nothing(
    render: Render, sections: list[tuple[str, set[str]]]
) -> None:
    values = [written(one, index) for index, one in enumerate(sections)]
    whole = render(values)
    assert edition_from_json(edition_to_json(whole), pictures=_pictures(whole)) == whole
    without_edges = edition_for(whole, frozenset())
    for part in ("html", "text"):
        assert words(part, whole) == words(part, without_edges)
    assert (without_edges.links, without_edges.assets) == (whole.links, whole.assets)


def test_links_keep_their_numbers_when_sections_are_left_out(render: Render) -> None:
    whole = render([written(("job", set()), 0), written(("event", set()), 1), written(("links", set()), 2)])
    theirs = edition_for(whole, frozenset({"meetings"}))
    kept = {link.number for link in theirs.links}
    assert {link.section for link in theirs.links} == {1, 2, None}
    assert [link for link in whole.links if link.number in kept] == list(theirs.links)
    assert fill_part(theirs.html, lambda slot: slot.key)


def test_issue_58_is_the_same_when_its_sections_belong_to_topics(
    settings: Settings, types: Mapping[str, SectionType], look: Look
) -> None:
    def mail(topics: tuple[Topic, ...]) -> Mail:
        changed = dataclasses.replace(settings, topics=topics)
        loaded = load_issue(ROOT / "issues" / "058" / "issue.yaml", types=types, settings=changed)
        assert loaded.issue is not None
        edition = render_issue(loaded.issue, look=look, settings=changed).edition
        assert edition is not None
        return filled(edition, ())

    one = Topic(name="all", title="All", sections=tuple(sorted(set(types) - {"band"})))
    plain, edged = mail(()), mail((one,))
    assert topics_in(edged.edition) == ("all",)
    assert topics_in(plain.edition) == ()
    for part in ("html", "text"):
        assert words(part, plain.edition) == words(part, edged.edition)
    assert "edge" not in {segment[0] for segment in json.loads(edition_to_json(plain.edition))["html"]}


def _pictures(edition: Edition) -> dict[str, bytes]:
    return {asset.sha256: asset.data for asset in edition.assets}


def test_edition_of_before_is_read_when_it_was_stored_without_edges(issue_058: Mail) -> None:
    plain = edition_for(issue_058.edition, frozenset())
    stored = edition_to_json(plain)
    assert '"edge"' not in stored
    assert edition_from_json(stored, pictures=_pictures(plain)) == plain
