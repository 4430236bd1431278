"""Taking readers in from files that other systems wrote.

Takes a ledger and a file (CSV, a workbook, vCards, an archive of several); returns reports with numbers, and
the rows that were refused, each with its line and reason. Never brings anybody back who left, bounced,
complained, is suppressed or was erased, and never guesses a letter: a file in an unknown encoding is refused.
"""

from trax_mailer.audience.intake.importing import Options, import_subscribers
from trax_mailer.audience.intake.opening import Reading, open_table
from trax_mailer.audience.intake.reports import ImportReport, RefusedRow

__all__ = ["ImportReport", "Options", "Reading", "RefusedRow", "import_subscribers", "open_table"]
