"""What goes wrong in a rehearsal: the faults that the sink plays, and when the sender is killed."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

from trax_mailer.audience import audience_of, some_readers
from trax_mailer.delivery import proof
from trax_mailer.model.mailing import Mailing
from trax_mailer.rehearsal import Faults
from trax_mailer.storage import Ledger
from trax_mailer.workflows.rehearsal_run import Kill

_SLOW_ANSWER = 0.05
"""Seconds that an answer takes where the sender of a short list is to be killed: it would be done before."""
_SHORT_LIST = 5_000
_SAMPLE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalOptions:
    """What is to be played: whether things go wrong, how often the sender is killed, and by which seed.

    `segment` is the name of a saved segment, empty for the whole list.
    """

    faults: bool = False
    kills: int = 0
    seed: int = 0
    segment: str = ""


def faults_for(ledger: Ledger, list_name: str, *, kind: str, options: RehearsalOptions) -> Faults:
    """A bad day: shares of readers by SMTP; of calls, which are few, by SendGrid, except refusals."""
    short = audience_of(ledger, list_name).to_mail < _SHORT_LIST
    seconds = _SLOW_ANSWER if options.kills and short else 0.0
    if not options.faults:
        return Faults(seed=options.seed, seconds=seconds)
    domains = Counter(
        one.email.rpartition("@")[2].lower() for one in some_readers(ledger, list_name, _SAMPLE)
    )
    ((most_common, readers),) = domains.most_common(1)
    many = kind == "sendgrid"
    return Faults(
        seed=options.seed,
        seconds=seconds,
        refused=0.002 if many else 0.01,
        put_off=0.1 if many else 0.02,
        hang_before=0.02 if many else 0.0005,
        hang_after=0.02 if many else 0.0005,
        drop_before=0.03 if many else 0.002,
        drop_after=0.03 if many else 0.002,
        broken_after=0.03 if many else 0.001,
        throttled_domain=most_common,
        throttled_tries=min(20, readers),
    )


def kills_for(ledger: Ledger, mailing: Mailing, options: RehearsalOptions) -> list[Kill]:
    """When the sender is killed: spread over the mailing, by the seed."""
    chance = random.Random(options.seed)  # noqa: S311 - no secret
    waiting = proof(ledger, mailing.id).waiting
    kills = range(options.kills)
    return sorted(Kill(chance.randrange(max(1, waiting)), chance.uniform(0, _SLOW_ANSWER)) for _ in kills)
