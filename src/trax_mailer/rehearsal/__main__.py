"""A sink as a process: `python -m trax_mailer.rehearsal KIND FILE FAULTS`.

Says its port on standard output, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

from trax_mailer.rehearsal.faults import Faults
from trax_mailer.rehearsal.serving import serve_sink


async def _serve(kind: str, file: Path, faults: Faults) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)

    def wait_for_the_end() -> None:
        """Whoever started the sink holds its standard input; that ends with them, however they end."""
        os.read(0, 1)
        loop.call_soon_threadsafe(over.set)

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    await serve_sink(kind, file, faults, say=lambda port: print(port, flush=True), over=over)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], Path(sys.argv[2]), Faults.from_json(sys.argv[3])))
