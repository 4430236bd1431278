"""What a sync came to, list by list."""

from __future__ import annotations

from dataclasses import dataclass

from trax_mailer.model.provider_list import ProviderList


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOutcome:
    """What a list of the provider came to.

    `seen` counts its entries, `new` those not known before. `applied` are addresses of which something
    changed here; `back` are those of readers who came back by their own act since, and stay; `cleared` of
    readers who did were taken off the list there. `gone` left the list since the last sync, which changes
    nothing here. `unusable` entries hold no address. `pushed` were
    told to the provider, who refused `refused`. `trouble` says why something was left undone.
    """

    list: ProviderList
    seen: int = 0
    new: int = 0
    applied: int = 0
    back: int = 0
    cleared: int = 0
    gone: int = 0
    unusable: int = 0
    pushed: int = 0
    refused: int = 0
    trouble: str = ""

    @property
    def words(self) -> str:
        """The counts that are not zero, in words."""
        names = ("seen", "new", "applied", "back", "cleared", "gone", "unusable", "pushed", "refused")
        return ", ".join(f"{getattr(self, name):,} {name}" for name in names if getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a sync came to; with `dry_run`, what it would come to."""

    outcomes: tuple[ListOutcome, ...]
    dry_run: bool

    @property
    def troubles(self) -> tuple[str, ...]:
        """Why something was left undone, each reason once."""
        return tuple(dict.fromkeys(one.trouble for one in self.outcomes if one.trouble))
