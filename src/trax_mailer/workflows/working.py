"""Working: taking the lanes of mailings, and starting scheduled ones, until told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import TracebackType
from typing import Self

from trax_mailer.errors import Refused, TraxError
from trax_mailer.settings import Settings
from trax_mailer.storage import open_ledger, open_ring
from trax_mailer.workflows.bounces_beside import BouncesBeside
from trax_mailer.workflows.daily_sync import sync_once, syncing_beside
from trax_mailer.workflows.engines import EmbeddedEngine, LaneWork
from trax_mailer.workflows.engines.telling import Teller, in_one_line
from trax_mailer.workflows.notice_rounds import NoticesBeside
from trax_mailer.workflows.public import PublicLedger
from trax_mailer.workflows.public_catalogues import load_catalogues
from trax_mailer.workflows.wiring import Workspace

LANES = 8
"""So many calls a sender has under way at once, unless told otherwise."""


def work(
    workspace: Workspace,
    *,
    lanes: int = LANES,
    name: str,
    once: bool = False,
    say: Callable[[str], None],
    stop: Event,
) -> None:
    """Send what is to be sent until `stop` is set, then wait for the calls under way. `say` prints a line.

    With `once`, do what is due now and end. `name` tells workers apart where several share a database.
    Raises BadState where the ledger cannot be used, Refused where this machine cannot send, or where `once`
    did not get everything done.
    """
    with _lane_work(workspace.settings, say) as at_hand:
        if once:
            with _notices(workspace.settings, at_hand, say) as notices:
                notices.send_waiting(stop)
            EmbeddedEngine(at_hand, lanes=lanes).run(stop, once=True)
            sync_once(workspace.settings, at_hand.ledger, at_hand.ring, teller=at_hand.teller, stop=stop)
            if at_hand.teller.failures:
                raise Refused("Not everything that was due could be done.", advice="The reasons stand above.")
            return
        run = _engine(workspace.settings, at_hand, lanes=lanes, name=name)
        can = " and ".join(at_hand.usable.transports) or "nothing yet"
        say(f"This worker takes up to {lanes} lanes at once, through {can} (end with Ctrl-C).")
        with (
            BouncesBeside(workspace.settings, at_hand.ledger, say=say) as bounces,
            _notices(workspace.settings, at_hand, say) as notices,
            syncing_beside(workspace.settings, at_hand.ledger, at_hand.ring, teller=at_hand.teller),
        ):
            bounces.start()
            notices.start()
            run(stop)
        say("This worker has stopped. Mailings that are not done go on when a worker runs again.")


class SenderBeside:
    """Sends in a thread of this process, from `start` to the end of the block, on a ledger that is open.

    Over PostgreSQL it sends nothing: `trax worker` does.
    """

    def __init__(self, public: PublicLedger, *, say: Callable[[str], None]) -> None:
        self._public = public
        self._say = say
        self._stop = Event()
        self._thread = threading.Thread(target=self._send, name="sender")

    def start(self) -> None:
        """Begin, and say so."""
        if self._public.ledger.kind == "sqlite":
            self._thread.start()
        else:
            self._say("Nothing is sent from here: run “trax worker”, on this host or on others, for that.")

    def stop(self) -> None:
        """Start no further call."""
        self._stop.set()

    def _send(self) -> None:
        public = self._public
        at_hand = LaneWork(public.settings, public.ledger, public.ring, teller=Teller(self._say))
        try:
            self._say("What is scheduled or under way is sent from here.")
            with syncing_beside(public.settings, public.ledger, public.ring, teller=at_hand.teller):
                EmbeddedEngine(at_hand, lanes=LANES).run(self._stop)
        except TraxError as error:
            self._say(f"Nothing is sent from here: {in_one_line(error)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()  # The calls under way are waited for.


@contextmanager
def _lane_work(settings: Settings, say: Callable[[str], None]) -> Iterator[LaneWork]:
    with open_ledger(settings.state, settings.database) as ledger:
        yield LaneWork(settings, ledger, open_ring(ledger), teller=Teller(say))


def _notices(settings: Settings, at_hand: LaneWork, say: Callable[[str], None]) -> NoticesBeside:
    catalogues, _notes = load_catalogues(settings.root)
    public = PublicLedger(settings=settings, ledger=at_hand.ledger, ring=at_hand.ring, catalogues=catalogues)
    return NoticesBeside(public, say=say)


def _engine(settings: Settings, at_hand: LaneWork, *, lanes: int, name: str) -> Callable[[Event], None]:
    if at_hand.ledger.kind == "sqlite":
        return EmbeddedEngine(at_hand, lanes=lanes).run
    try:
        from trax_mailer.workflows.engines.distributed import DistributedEngine
    except ImportError:
        raise Refused(
            "Workers over PostgreSQL need two more libraries, which are not installed.",
            advice="Install them with: pip install 'trax-mailer[postgres]'",
        ) from None
    return DistributedEngine(at_hand, database=settings.database, lanes=lanes, name=name).run
