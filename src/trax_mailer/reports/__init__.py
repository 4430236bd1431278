"""Reports: what became of an issue, as numbers that agree with each other, and as pages, files and charts.

Takes mailings of the ledger; returns a frozen `Report`, tables of it with a footnote each, and bytes of
files. Never changes the ledger, never shows who did what, and never fetches anything from elsewhere.
"""

from trax_mailer.reports.counting import count_report, count_trend
from trax_mailer.reports.heat import HeatMap, SentIssue, heat_map
from trax_mailer.reports.page import report_page
from trax_mailer.reports.saving import report_csv, report_workbook
from trax_mailer.reports.tables import Table, report_tables, trend_tables
from trax_mailer.reports.using import Section

__all__ = [
    "HeatMap",
    "Section",
    "SentIssue",
    "Table",
    "count_report",
    "count_trend",
    "heat_map",
    "report_csv",
    "report_page",
    "report_tables",
    "report_workbook",
    "trend_tables",
]
