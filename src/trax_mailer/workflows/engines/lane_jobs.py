"""Lanes as jobs in the workers' queue: made, and cleaned up after workers that died."""

from __future__ import annotations

import contextlib

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

from trax_mailer.workflows.engines.lane_work import wait_after
from trax_mailer.workflows.engines.rounds import LaneJob

TASK = "trax.lane"
DEAD_AFTER_SECONDS = 20.0
"""A worker whose heartbeat is older counts as dead. Its lanes are free long before, as their locks are."""


async def defer_lane(app: App, job: LaneJob, *, tries: int = 0) -> None:
    """Have the lane driven by any worker that has its transport, after a wait where it has failed before."""
    deferrer = app.configure_task(
        TASK,
        queue=queue_of(job.transport),
        queueing_lock=lock_of(job),
        schedule_in={"seconds": wait_after(tries)} if tries else None,
    )
    with contextlib.suppress(AlreadyEnqueued):
        await deferrer.defer_async(
            mailing_id=job.mailing_id, lane=job.lane, transport=job.transport, tries=tries
        )


async def clean_up(app: App) -> None:
    """Delete the jobs of workers that died; their lanes are long with others."""
    manager = app.job_manager
    await manager.prune_stalled_workers(DEAD_AFTER_SECONDS)
    for job in await manager.get_stalled_jobs(task_name=TASK, seconds_since_heartbeat=DEAD_AFTER_SECONDS):
        # Another worker may be deleting the same.
        with contextlib.suppress(ConnectorException):
            await manager.finish_job(job, Status.FAILED, delete_job=True)


def queue_of(transport: str) -> str:
    """A queue for each transport: a worker without its secrets takes none of its lanes."""
    return f"trax-{transport}"


def lock_of(job: LaneJob) -> str:
    """What keeps a lane from waiting in two jobs."""
    return f"lane:{job.mailing_id}:{job.lane}"
