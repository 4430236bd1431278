"""Working: taking the lanes of mailings, and starting scheduled ones, until told to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

from trax_mailer.errors import Refused
from trax_mailer.settings import Settings
from trax_mailer.storage import open_ledger, open_ring
from trax_mailer.workflows.beside import Beside, Round
from trax_mailer.workflows.bounces_beside import bounces_beside
from trax_mailer.workflows.daily_sync import sync_once, syncing_beside
from trax_mailer.workflows.engines import EmbeddedEngine, LaneWork
from trax_mailer.workflows.engines.telling import Teller
from trax_mailer.workflows.notice_rounds import NoticeRounds, notices_beside
from trax_mailer.workflows.public import PublicLedger
from trax_mailer.workflows.public_catalogues import load_catalogues
from trax_mailer.workflows.wiring import Workspace

LANES = 8
"""So many calls a sender has under way at once, unless told otherwise."""

_AGAIN_SECONDS = 60.0


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
            NoticeRounds(_public(workspace.settings, at_hand), teller=at_hand.teller).send_waiting(stop)
            EmbeddedEngine(at_hand, lanes=lanes).run(stop, once=True)
            sync_once(workspace.settings, at_hand.ledger, at_hand.ring, teller=at_hand.teller, stop=stop)
            if at_hand.teller.failures:
                raise Refused("Not everything that was due could be done.", advice="The reasons stand above.")
            return
        run = _engine(workspace.settings, at_hand, lanes=lanes, name=name)
        can = " and ".join(at_hand.usable.transports) or "nothing yet"
        say(f"This worker takes up to {lanes} lanes at once, through {can} (end with Ctrl-C).")
        with (
            bounces_beside(workspace.settings, at_hand.ledger, say=say) as bounces,
            notices_beside(_public(workspace.settings, at_hand), say=say) as notices,
            syncing_beside(
                workspace.settings, at_hand.ledger, at_hand.ring, teller=at_hand.teller
            ) as syncing,
        ):
            for each in (bounces, notices, syncing):
                each.start()
            run(stop)
        say("This worker has stopped. Mailings that are not done go on when a worker runs again.")


def sender_beside(public: PublicLedger, *, say: Callable[[str], None]) -> Beside:
    """Sends in a thread, on a ledger that is open, and syncs the suppressions once a day.

    Over PostgreSQL it sends nothing: `trax worker` does.
    """
    teller = Teller(say)

    def sends_here() -> bool:
        if public.ledger.kind == "sqlite":
            teller.say("What is scheduled or under way is sent from here.")
            return True
        teller.say("Nothing is sent from here: run “trax worker”, on this host or on others, for that.")
        return False

    def send(stop: Event) -> None:
        at_hand = LaneWork(public.settings, public.ledger, public.ring, teller=teller)
        with syncing_beside(public.settings, public.ledger, public.ring, teller=teller) as syncing:
            syncing.start()
            EmbeddedEngine(at_hand, lanes=LANES).run(stop)

    sending = Round(about="sender", step=send, every=_AGAIN_SECONDS, trouble="Nothing is sent from here: ")
    return Beside([sending], teller=teller, before=sends_here)


@contextmanager
def _lane_work(settings: Settings, say: Callable[[str], None]) -> Iterator[LaneWork]:
    with open_ledger(settings.state, settings.database) as ledger:
        yield LaneWork(settings, ledger, open_ring(ledger), teller=Teller(say))


def _public(settings: Settings, at_hand: LaneWork) -> PublicLedger:
    catalogues, _notes = load_catalogues(settings.root)
    return PublicLedger(settings=settings, ledger=at_hand.ledger, ring=at_hand.ring, catalogues=catalogues)


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
