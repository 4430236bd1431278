"""Mailings and their accounts as plain data, for `--json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trax_mailer.model.mailing import Mailing, Proof
    from trax_mailer.workflows.status import Account, Look

_COUNTS = ("accepted", "skipped", "failed", "uncertain", "waiting")


def mailing_to_data(mailing: Mailing, proof: Proof) -> dict[str, Any]:
    """A mailing and its proof as plain data, for `--json`."""
    moments = {
        name: moment.isoformat() if (moment := getattr(mailing, name)) else None
        for name in ("created_at", "not_before", "started_at", "finished_at")
    }
    counts = {name: getattr(proof, name) for name in ("audience", *_COUNTS)}
    return {
        "mailing": mailing.id,
        "issue": mailing.issue_number,
        "title": mailing.issue_title,
        "list": mailing.list_name,
        "segment": mailing.segment or None,
        "segment_rule": mailing.segment_rule or None,
        "kind": mailing.audience.value,
        "transport": mailing.transport,
        "state": mailing.state.value,
        "reason": mailing.reason,
        "simulated": mailing.simulated,
        "edition": mailing.edition_hash,
        **moments,
        **counts,
        "holds": proof.holds,
    }


def pace_to_data(look: Look) -> dict[str, Any]:
    """How fast it goes, as plain data."""
    pace = look.pace
    return {
        "working": pace.working,
        "per_second": round(pace.per_second, 2),
        "seconds_left": None if pace.seconds_left is None else round(pace.seconds_left, 1),
    }


def look_to_data(look: Look) -> dict[str, Any]:
    """A mailing at one moment, as plain data."""
    return mailing_to_data(look.mailing, look.pace.proof) | pace_to_data(look)


def account_to_data(account: Account) -> dict[str, Any]:
    """The account as plain data, for `--json`. `unreached` names at most 100 of each class."""
    return mailing_to_data(account.mailing, account.proof) | {
        "unreached": [
            {
                "delivery": one.delivery,
                "email": one.email,
                "handover": one.handover.value,
                "reason": one.reason,
            }
            for one in account.unreached
        ],
        "journal": [
            {"at": entry.at.isoformat(), "act": entry.act, "words": entry.words} for entry in account.journal
        ],
    }
