"""One process opens the same SQLite ledger twice, while others come and go.

See sqlite.org/howtocorrupt.html §2.2.
"""

import datetime as dt
import subprocess
import sys

from trax_mailer.storage import open_ledger
from trax_mailer.storage.lists import list_ids, make_list

NOW = dt.datetime(2026, 3, 3, tzinfo=dt.UTC)

_ANOTHER = """
import datetime as dt, sys
from pathlib import Path
from trax_mailer.storage import open_ledger
from trax_mailer.storage.lists import make_list
with open_ledger(Path(sys.argv[1])) as ledger, ledger.write() as connection:
    make_list(connection, sys.argv[2], now=dt.datetime.now(dt.UTC))
"""


def test_log_stays_under_an_open_ledger_when_it_is_opened_again_and_another_process_ends(tmp_path):
    state = tmp_path / "state"
    with open_ledger(state) as ledger:
        with ledger.write() as connection:
            make_list(connection, "first", now=NOW)
        with open_ledger(state):
            pass  # whatever closes the file in this process must leave the ledger's locks alone
        subprocess.run([sys.executable, "-c", _ANOTHER, state, "second"], check=True, timeout=120)
        # The other one would have taken the log away, had it believed itself alone.
        assert (state / "ledger.db-wal").exists()
        with ledger.write() as connection:
            make_list(connection, "third", now=NOW)
    with open_ledger(state) as ledger, ledger.read() as connection:
        assert set(list_ids(connection)) == {"first", "second", "third"}
