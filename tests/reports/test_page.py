"""A report as tables, files and a page."""

import csv
import datetime as dt
import io
import re

import pytest
from lxml import html
from openpyxl import load_workbook

from reports.made import START, Made
from trax_mailer.reports import count_report, report_csv, report_page, report_tables, report_workbook
from trax_mailer.reports.charts import chart_of
from trax_mailer.reports.tables import Table
from trax_mailer.storage import open_ledger
from trax_mailer.storage.mailings import load_mailing


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    with open_ledger(tmp_path_factory.mktemp("state")) as ledger:
        made = Made(ledger)
        ids = [made.mailing(), made.mailing(list_name='=HYPERLINK("x")', language="fr", readers=8)]
        with ledger.read() as connection:
            mailings = [load_mailing(connection, one) for one in ids]
            report = count_report(connection, mailings, names={0: "job <b>Geneva</b> 日本 $x$"})
    return report_tables(report, zone=dt.UTC)


@pytest.fixture(scope="module")
def page(tables):
    title = "No 58: <script>alert(1)</script>"
    return report_page(tables, title=title, subtitle="main", newsletter="Trax", made_at=START).decode()


def test_page_has_every_table_and_its_footnote_when_made(tables, page):
    found = html.fromstring(page)
    assert [one.get("id") for one in found.iter("h2")] == [table.key for table in tables]
    notes = [one.text_content() for one in found.find_class("note")]
    assert notes == [table.note for table in tables]
    ids = found.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_charts_are_named_and_have_their_numbers_when_shown(page):
    found = html.fromstring(page)
    charts = found.xpath("//*[local-name()='svg']")
    assert len(charts) >= 6
    for chart in charts:
        title, described = (found.get_element_by_id(one) for one in chart.get("aria-labelledby").split())
        assert title.text_content()
        assert described.text_content()
        assert chart.xpath("ancestor::section//details//table")
    assert "delivered" in charts[0].text_content()


def test_page_runs_and_fetches_nothing_when_words_are_hostile(page):
    assert "<script" not in page
    assert "<b>Geneva" not in page
    assert not re.search(r"""(?:src|href)=["'](?!#|data:)""", page)
    assert "url(http" not in page
    assert "@import" not in page


@pytest.mark.browser
def test_page_fits_and_asks_nobody_when_opened_in_a_browser(page, browser, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(page, encoding="utf-8")
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 375, "height": 800}, color_scheme=scheme)
        opened, asked, told = context.new_page(), [], []
        opened.on("request", lambda request, asked=asked: asked.append(request.url))
        opened.on("console", lambda message, told=told: told.append(message.text))
        opened.goto(file.as_uri())
        assert opened.evaluate("document.documentElement.scrollWidth") == 375
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert told == []
        bar = (
            "getComputedStyle(document.querySelector('#outcomes-patch_3 path, svg path[style*=accent]')).fill"
        )
        assert opened.evaluate(bar) == {"light": "rgb(31, 86, 115)", "dark": "rgb(143, 195, 222)"}[scheme]
        context.close()


FEW_ROWS = "document.querySelectorAll('tr:nth-child(n + 5)').forEach(row => row.remove())"
"""Rows of a table are alike, and axe looks at each cell."""


@pytest.mark.browser
def test_page_is_accessible_when_axe_looks_at_it(page, browser, tmp_path):
    from axe_playwright_python.sync_playwright import Axe

    file = tmp_path / "report.html"
    file.write_text(page.replace("<details>", "<details open>"), encoding="utf-8")
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, bypass_csp=True)
        opened = context.new_page()
        opened.goto(file.as_uri())
        opened.evaluate(FEW_ROWS)
        found = Axe().run(opened).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
        context.close()


def test_workbook_holds_no_formula_when_a_name_looks_like_one(tables):
    book = load_workbook(io.BytesIO(report_workbook(tables)))
    assert book.sheetnames == [table.title for table in tables]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert '\'=HYPERLINK("x")' in [cell.value for cell in cells]
    proof = book["Proof"]
    assert [cell.value for cell in proof[2]] == list(tables[0].rows[0])


def test_csv_holds_the_rows_when_read_again(tables):
    lines = list(csv.reader(io.StringIO(report_csv(tables).decode("utf-8-sig"))))
    assert lines[0] == ["Proof"]
    assert lines[2] == [str(cell) for cell in tables[0].rows[0]]
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line)


def test_chart_is_the_same_when_drawn_twice(tables):
    assert chart_of(tables[2]) == chart_of(tables[2])


def test_there_is_no_chart_when_nothing_was_counted():
    empty = Table(key="bounces", title="", columns=("a", "b", "n"), rows=(("a", "b", 0),), note="", bar="n")
    assert chart_of(empty) == ""
