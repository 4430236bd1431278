"""Times as people read them: in the workspace's zone, which is named."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo


def moment(time: dt.datetime, zone: ZoneInfo) -> str:
    """The time to the minute, such as `2026-03-03 10:30 CET`."""
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M %Z}"
