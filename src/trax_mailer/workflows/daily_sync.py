"""Syncing the suppressions once a day, beside a sender."""

from __future__ import annotations

import datetime as dt
import logging
from threading import Event

from trax_mailer.audience.looking_up import PROVIDER
from trax_mailer.audience.syncing import Wanted
from trax_mailer.errors import Conflict, Refused, TraxError
from trax_mailer.providers.sendgrid.asking import Patience
from trax_mailer.providers.sendgrid.suppressions import SuppressionApi
from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger
from trax_mailer.storage.provider_lists import last_whole
from trax_mailer.tokens import KeyRing
from trax_mailer.workflows.beside import Beside, Round
from trax_mailer.workflows.engines.telling import Teller, in_one_line
from trax_mailer.workflows.ledger_time import ledger_now
from trax_mailer.workflows.syncing import sync_open

EVERY = dt.timedelta(days=1)
_AGAIN_AFTER = dt.timedelta(hours=1)
_LOOK_SECONDS = 60.0
_PATIENCE = Patience()
_log = logging.getLogger(__name__)


def syncing_beside(settings: Settings, ledger: Ledger, ring: KeyRing, *, teller: Teller) -> Beside:
    """Sync once a day in a thread, where trax.yaml asks for it."""
    daily = DailySync(settings, ledger, ring, teller=teller)

    def wanted() -> bool:
        if settings.sendgrid.sync_suppressions and not daily.wanted:
            teller.say("The suppressions are not synced from here: SENDGRID_API_KEY is not set.")
        return daily.wanted

    looking = Round(about="suppressions", step=daily.sync_if_due, every=_LOOK_SECONDS)
    return Beside([looking], teller=teller, before=wanted)


def sync_once(settings: Settings, ledger: Ledger, ring: KeyRing, *, teller: Teller, stop: Event) -> None:
    """Sync where trax.yaml asks for it and it is time; trouble is told and counted."""
    DailySync(settings, ledger, ring, teller=teller).sync_if_due(stop)


class DailySync:
    """Syncs when the last whole sync is a day old, and tries again an hour after one that failed.

    For one thread. Several processes may have one each: only one syncs at a time.
    """

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        ring: KeyRing,
        *,
        teller: Teller,
        patience: Patience = _PATIENCE,
    ) -> None:
        self._settings = settings.sendgrid
        self._ledger = ledger
        self._ring = ring
        self._teller = teller
        self._patience = patience
        self._not_before: dt.datetime | None = None

    @property
    def wanted(self) -> bool:
        """Whether trax.yaml asks for it, and this process has the key."""
        return self._settings.sync_suppressions and bool(self._settings.api_key)

    def sync_if_due(self, stop: Event) -> bool:
        """Sync where it is time; trouble is told, and ends nothing. Whether it was tried."""
        about = "suppressions"
        try:
            now = ledger_now(self._ledger)
            if not self.wanted or not self._is_due(now):
                return False
            self._not_before = now + _AGAIN_AFTER
            api = SuppressionApi(self._settings, stop=stop, say=self._teller.say, patience=self._patience)
            wanted = Wanted(groups=self._settings.groups, by="")
            report = sync_open(self._ledger, self._ring, api, wanted, progress=lambda _words, _count: None)
        except Conflict:
            return False
        except TraxError as error:
            if not (stop.is_set() and isinstance(error, Refused)):
                self._teller.failure(about, f"The suppressions were not synced: {in_one_line(error)}")
            return True
        except Exception:  # noqa: BLE001 - logged whole; the sender must go on
            self._teller.count_failure()
            _log.exception("Syncing the suppressions ended with an error nobody foresaw")
            return True
        words = "; ".join(f"{one.list.words}: {one.words}" for one in report.outcomes if one.words)
        self._teller.say(f"The suppressions are synced with SendGrid. {words}".strip())
        for trouble in report.troubles:
            self._teller.failure(about, trouble)
        return True

    def _is_due(self, now: dt.datetime) -> bool:
        if self._not_before is not None and now < self._not_before:
            return False
        with self._ledger.read() as connection:
            return last_whole(connection, PROVIDER) <= now - EVERY
