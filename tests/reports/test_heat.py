"""The heat map: boxes on the links of the issue, at every width, and nothing that runs or leads away."""

import dataclasses
import re
from pathlib import Path

import pytest
from lxml import html

from delivery.letters import asset, edition
from reports.made import START
from trax_mailer.model.edition import Edge, NumberedLink, Slot, SlotContext, SlotKind
from trax_mailer.model.report import LinkLine, Tally
from trax_mailer.model.topics import edition_for
from trax_mailer.reports import SentIssue, Table, heat_map, report_page
from trax_mailer.workflows.check import sendable
from trax_mailer.workflows.wiring import open_workspace

STYLE = """
body { margin: 0; background: #fff } .sheet a { color: #0b6172 !important }
@media (max-width: 519px) { .half { width: 100% !important } }
@media (prefers-color-scheme: dark) { .sheet { background: #122025 } .sheet a { color: #86cdd6 !important } }
"""
BUTTON = "display:inline-block;background:#0f4c5c;color:#ffffff;padding:12px 22px"
OUTLOOK = (
    '<!--[if mso]><v:roundrect href="https://evil.example/vml"><center>Go</center></v:roundrect><![endif]-->'
)
LABELS = ("wrapped", "button", "picture", "icon", "nested", "never", "secret", "left out")
LINKS = tuple(
    NumberedLink(number=n, target=f"https://example.org/?a=1&b={n}", label=label, section=n % 2)
    for n, label in enumerate(LABELS, 1)
)
TALLIES = {
    1: Tally(human=50, machine=50, people=40, copies=60),
    2: Tally(human=9, unsure=1, people=9, copies=10),
    3: Tally(human=1200, people=1000, copies=1000),
    4: Tally(human=3, machine=1, people=3, copies=4),
    5: Tally(human=400, people=400, copies=400),
    6: Tally(machine=7, copies=7),
    7: None,
    8: Tally(human=1, people=1, copies=1),
}
LINES = tuple(
    LinkLine(
        number=one.number,
        label=one.label,
        target=one.target,
        place=one.section or 0,
        section="a section",
        tally=TALLIES[one.number],
    )
    for one in reversed(LINKS)
)


def address(number):
    return Slot(SlotKind.LINK, SlotContext.ATTRIBUTE, str(number))


PICTURE = Slot(SlotKind.ASSET, SlotContext.ATTRIBUTE, asset().sha256)
HTML = (
    f'<!DOCTYPE html><html lang="en"><head><title>x</title><style>{STYLE}</style>',
    '<script src="https://evil.example/1.js"></script><link rel="stylesheet" href="https://evil.example/2.css">',
    '<style media="print">p { background: url(https://evil.example/3.png) }</style></head>',
    '<body style="background-color:#f3eee4" onload="alert(1)">',
    '<table role="presentation" width="100%" class="sheet" style="max-width:600px"><tr><td><p>Dear ',
    Slot(SlotKind.READER, SlotContext.HTML, "name", "colleague"),
    ', here is what happened: <a href="',
    address(1),
    f'" style="text-decoration:underline">a link with {"so " * 40}many words that they wrap</a>.</p>',
    f'{OUTLOOK}<table role="presentation"><tr><td style="background:#0f4c5c"><a href="',
    address(2),
    f'" target="_blank" style="{BUTTON}">Check the job offer</a></td></tr></table>',
    '<div class="half" style="display:inline-block;width:50%"><a href="',
    address(3),
    '"><img alt="A cover" src="',
    PICTURE,
    '" width="160" height="200" style="display:block;width:100%;height:200px"></a></div><p><a href="',
    address(4),
    '"><img alt="Website" src="',
    PICTURE,
    '" width="36" height="36" style="display:inline-block"></a> <a href="',
    address(5),
    '"><strong>Read <em>more</em></strong> <span aria-hidden="true">→</span></a></p><p><a href="',
    address(6),
    '">pressed by nobody</a> <a href="',
    address(7),
    '">withheld</a> <a href="mailto:jobs@example.org">jobs@example.org</a> <a href="#top">up</a></p>',
    Edge(3, ("jobs",)),
    '<p><a href="',
    address(8),
    '">only for some</a></p>',
    Edge(3),
    '<img src="https://evil.example/pixel.gif" alt="gone"><form action="https://evil.example/"></form>',
    '<p><a href="',
    Slot(SlotKind.UNSUBSCRIBE, SlotContext.ATTRIBUTE),
    '">Unsubscribe</a></p></td></tr></table></body></html>',
)
SENT = SentIssue(
    edition=edition_for(dataclasses.replace(edition(), html=HTML, links=LINKS), frozenset({"other"})),
    words="The issue as it was sent.",
)
BOXES = 7


def page_of(sent, lines, clicked):
    rows = tuple((one.number, one.label, one.tally.people if one.tally else None) for one in lines)
    table = Table(key="links", title="Links", columns=("link", "words", "people"), rows=rows, note="A note.")
    heat = heat_map(sent, lines, clicked=clicked)
    made = report_page((table,), title="No 58", subtitle="main", newsletter="Trax", made_at=START, heat=heat)
    return made.decode()


@pytest.fixture(scope="module")
def page():
    return page_of(SENT, LINES, 1500)


@pytest.fixture(scope="module")
def real():
    """No 58 itself, every link pressed."""
    _issue, sent, _findings = sendable(open_workspace(Path(__file__).parents[2]), "58")
    lines = [
        LinkLine(
            number=one.number,
            label=one.label,
            target=one.target,
            place=-1 if one.section is None else one.section,
            section="",
            tally=Tally(human=one.number, people=one.number, copies=one.number),
        )
        for one in sent.links
    ]
    return page_of(SentIssue(edition=sent, words="The issue."), lines, 100), len(sent.links)


def test_each_link_shows_its_people_and_leads_to_its_row_when_drawn(page):
    found = html.fromstring(page)
    anchors = {
        one.xpath("string(.//*[@class='trax-told'])").split(":")[0].strip(" ()"): one
        for one in found.xpath("//template//a[@href]")
    }
    shown = {name: one.xpath("string(.//*[@class='trax-shown'])") for name, one in anchors.items()}
    assert shown == {
        "link 1": "40 · 3%",
        "link 2": "9 · <1%",
        "link 3": "1,000 · 67%",
        "link 4": "3 · <1%",
        "link 5": "400 · 27%",
        "link 6": "0",
        "link 7, withheld": "withheld",
    }
    kinds = {name: re.findall(r"trax-(\d|under)\b", one.get("class"))[0] for name, one in anchors.items()}
    assert list(kinds.values()) == ["1", "1", "5", "1", "2", "0", "under"]
    assert "--trax-part:50%" in anchors["link 1"].get("style")
    for name, one in anchors.items():
        row = found.get_element_by_id(one.get("href").removeprefix("#"))
        assert row.xpath("string(td[1])") == re.findall(r"\d", name)[0]


def test_nothing_runs_or_leads_away_when_the_issue_is_hostile(page):
    assert "evil.example" not in page
    assert not re.search(r"<script|onload|mailto:|<form action", page)
    assert "only for some" not in page
    assert "Dear colleague" in page
    assert 'alt="gone"' in page


COVERED = """
() => [...document.querySelector('.issue').shadowRoot.querySelectorAll('a[href]')].map(anchor => {
  const boxes = [anchor, ...anchor.children].filter(one => one.classList.contains('trax-box'));
  const inside = rect => boxes.some(box => [...box.getClientRects()].some(one =>
    rect.left >= one.left - 1 && rect.right <= one.right + 1
    && rect.top >= one.top - 2 && rect.bottom <= one.bottom + 2));
  const rects = [];
  const walk = document.createTreeWalker(anchor, NodeFilter.SHOW_ALL);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (node.parentElement.closest('.trax-number') || node.classList?.contains('trax-number')) continue;
    const range = document.createRange();
    range.selectNode(node);
    const shows = node.nodeName === 'IMG' || node.nodeType === 3 && node.data.trim();
    if (shows) rects.push(...range.getClientRects());
  }
  const number = anchor.querySelector('.trax-shown').getBoundingClientRect();
  return {
    href: anchor.getAttribute('href'),
    rects: rects.length,
    lines: new Set(rects.map(one => Math.round(one.top))).size,
    covered: rects.every(inside),
    outlined: boxes.length > 0 && boxes.every(box => parseFloat(getComputedStyle(box).outlineWidth) > 0),
    numbered: number.width > 0 && number.left >= 0 && number.right <= innerWidth,
    within: boxes.flatMap(box => [...box.getClientRects()])
      .every(one => one.left >= 0 && one.right <= innerWidth),
  };
})
"""


@pytest.mark.browser
def test_boxes_lie_over_their_links_when_opened_at_any_width(page, real, browser, tmp_path):
    for name, (written, count) in {"made": (page, BOXES), "real": real}.items():
        file = tmp_path / f"{name}.html"
        file.write_text(written, encoding="utf-8")
        for width in (375, 600, 1440):
            context = browser.new_context(viewport={"width": width, "height": 900})
            opened, asked = context.new_page(), []
            opened.on("request", lambda request, asked=asked: asked.append(request.url))
            opened.goto(file.as_uri())
            found = [one for one in opened.evaluate(COVERED) if one["rects"]]
            assert len({one["href"] for one in found}) == count
            for one in found:
                assert one["covered"], (name, width, one)
                assert one["outlined"]
                assert one["numbered"], (name, width, one)
                assert one["within"]
            if name == "made":
                assert found[0]["lines"] > 1
            assert opened.evaluate("document.documentElement.scrollWidth") == width
            assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
            context.close()


@pytest.mark.browser
def test_heat_map_is_accessible_when_axe_looks_at_it(real, browser, tmp_path):
    from axe_playwright_python.sync_playwright import Axe

    file = tmp_path / "report.html"
    file.write_text(real[0], encoding="utf-8")
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, bypass_csp=True)
        opened = context.new_page()
        opened.goto(file.as_uri())
        found = Axe().run(opened).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
        context.close()
