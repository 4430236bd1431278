"""Reading nodes by declared fields: values, places, and every problem at once."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from trax_mailer.fields.collecting import Findings
from trax_mailer.fields.field import Field
from trax_mailer.fields.reader import Reader
from trax_mailer.model.finding import Finding, Place
from trax_mailer.model.values import Group
from trax_mailer.yamltree import Node

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: a value for every field (None where it is missing or wrong), and where it stands."""

    group: Group
    places: MappingType[str, Place]
    findings: tuple[Finding, ...]


def read_fields(  # noqa: PLR0913 - each says one thing of where the fields stand
    node: Node | None,
    fields: tuple[Field, ...],
    *,
    check_picture: Path | None = None,
    timezone: ZoneInfo = _UTC,
    check: str = "fields",
    whose: str = "",
    skip: tuple[str, ...] = (),
) -> Reading:
    """Read a mapping by its fields.

    `check_picture` is the folder that pictures must lie in; without it they are not looked at.
    `timezone` is meant where a moment is written without an offset. `check` names the findings,
    `whose` says in messages what the fields belong to (“a job section”), and `skip` are further
    names that somebody else reads. A node that is None reads as nothing, without a finding.
    """
    findings = Findings(check=check)
    reader = Reader(findings, folder=check_picture, timezone=timezone)
    group = reader.group(node, fields, whose=whose, skip=skip) if node is not None else None
    empty = Group(MappingProxyType(dict.fromkeys(field.name for field in fields)))
    return Reading(group or empty, MappingProxyType(reader.places), findings.all())
