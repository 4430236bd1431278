"""The distributed engine: lanes as Procrastinate jobs, taken by workers on as many hosts as wanted.

A job only says where a lane is driven. Whether it may be is decided by the lane's lock, and what it hands
over by the ledger: a job too many ends at once, and a job lost is made again by the next sweep.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from procrastinate.worker import Worker

from trax_mailer.errors import Away, Refused
from trax_mailer.settings import DatabaseSettings
from trax_mailer.storage.backends.postgres.connecting import Address
from trax_mailer.workflows.engines import lane_jobs
from trax_mailer.workflows.engines.beside import beside, repeat, rest
from trax_mailer.workflows.engines.job_tables import JobConnector, bring_jobs_up_to_date
from trax_mailer.workflows.engines.lane_jobs import TASK, clean_up, defer_lane, lock_of, queue_of
from trax_mailer.workflows.engines.lane_work import LaneWork, wait_after
from trax_mailer.workflows.engines.presence import Presence
from trax_mailer.workflows.engines.quiet import pass_over_the_database, quiet_logs
from trax_mailer.workflows.engines.rounds import LaneJob
from trax_mailer.workflows.engines.telling import in_one_line

SWEEP_SECONDS = 1.0
_POLL_SECONDS = 0.5
_HEARTBEAT_SECONDS = 5.0
_LONGEST_REST = 10.0
_DATABASE = "database"


class DistributedEngine:
    """One worker: takes up to `lanes` lanes at once from what the sweeps of all workers find.

    It uses at most `lanes` + 16 connections: one for each lane's lock and one for its place among the
    senders, ten for transactions, three for its jobs, and two for a moment while locks are taken.
    """

    def __init__(self, work: LaneWork, *, database: DatabaseSettings, lanes: int, name: str) -> None:
        self._work = work
        self._address = Address(database)
        self._lanes = lanes
        self._name = name

    def run(self, stop: Event) -> None:
        """Until `stop` is set; the calls under way are waited for. A database that goes away is, too.

        Raises Refused where this host can use no transport, BadState where the database is none of ours.
        """
        if not self._work.usable.transports:
            raise Refused(
                "This host can hand over nothing, so a worker would be of no use here.",
                advice="Set up smtp or sendgrid in trax.yaml, with the password or key in the environment.",
            )
        with quiet_logs(), ThreadPoolExecutor(self._lanes, thread_name_prefix="lane") as threads:
            asyncio.run(self._run(threads, stop))

    async def _run(self, threads: ThreadPoolExecutor, stop: Event) -> None:
        asyncio.get_running_loop().set_exception_handler(pass_over_the_database)
        failures = 0
        with Presence(self._work.ledger) as presence:
            while not stop.is_set():
                began = time.monotonic()
                words = "The database went away."
                try:
                    with contextlib.suppress(ConnectorException, psycopg.OperationalError):
                        await self._session(threads, presence, stop)
                except Away as error:
                    words = in_one_line(error)
                if not stop.is_set():
                    self._work.teller.trouble(_DATABASE, f"{words} This worker waits for it.")
                    lasted = time.monotonic() - began > lane_jobs.DEAD_AFTER_SECONDS
                    failures = 1 if lasted else failures + 1
                    await rest(min(wait_after(failures), _LONGEST_REST), unless=stop)

    async def _session(self, threads: ThreadPoolExecutor, presence: Presence, stop: Event) -> None:
        """Work until `stop` is set, or until the database is in trouble: its locks are gone then, too."""
        ending, in_trouble = Event(), asyncio.Event()
        connector = JobConnector(self._address, name=self._name, on_trouble=in_trouble.set)
        await asyncio.to_thread(self._prepare, presence)
        app = self._make_app(connector, threads, ending)
        worker = Worker(
            app,
            queues=[queue_of(name) for name in self._work.usable.transports],
            name=self._name,
            concurrency=self._lanes,
            fetch_job_polling_interval=_POLL_SECONDS,
            listen_notify=False,  # a listener that lost its connection would not come back by itself
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=_HEARTBEAT_SECONDS,
            stalled_worker_timeout=lane_jobs.DEAD_AFTER_SECONDS,
        )

        async def watch() -> None:
            while not stop.is_set() and not in_trouble.is_set():  # noqa: ASYNC110 - signals set a thread's
                await asyncio.sleep(0.1)
            ending.set()  # Procrastinate would tell a lane nothing, and wait for its very end.
            worker.stop()  # type: ignore[no-untyped-call]

        again = functools.partial(repeat, broken=in_trouble, teller=self._work.teller)
        async with app.open_async():
            self._work.teller.over(_DATABASE, "The database is back.")
            async with beside(
                watch(),
                again(lambda: self._start_due(presence), every=SWEEP_SECONDS),
                again(lambda: self._defer_lanes(app), every=SWEEP_SECONDS),
                again(lambda: clean_up(app), every=lane_jobs.DEAD_AFTER_SECONDS),
            ):
                await worker.run()  # type: ignore[no-untyped-call]

    def _prepare(self, presence: Presence) -> None:
        bring_jobs_up_to_date(self._address)
        presence.keep()

    def _make_app(self, connector: JobConnector, threads: ThreadPoolExecutor, ending: Event) -> App:
        app = App(connector=connector)

        @app.task(name=TASK)
        async def drive(mailing_id: int, lane: int, transport: str, tries: int = 0) -> None:
            loop = asyncio.get_running_loop()
            well = await loop.run_in_executor(
                threads, lambda: self._work.drive(mailing_id, lane, stop=ending)
            )
            if not well and not ending.is_set():
                job = LaneJob(mailing_id=mailing_id, lane=lane, transport=transport)
                await defer_lane(app, job, tries=tries + 1)

        return app

    async def _start_due(self, presence: Presence) -> None:
        await asyncio.to_thread(presence.keep)
        await asyncio.to_thread(self._work.rounds.start_due)
        await asyncio.to_thread(self._work.rounds.end_finished)

    async def _defer_lanes(self, app: App) -> None:
        """Make a job of every lane with work that nobody holds, unless one waits already."""
        found = await asyncio.to_thread(self._work.rounds.find_lanes)
        if not found:
            return
        jobs = await app.job_manager.list_jobs_async(task=TASK, status=Status.TODO.value)
        waiting = {job.queueing_lock for job in jobs}
        for job in found:
            self._work.can_drive(job)  # Others may; but a person should know that this worker cannot.
            if lock_of(job) not in waiting:
                await defer_lane(app, job)
