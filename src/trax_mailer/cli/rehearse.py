"""`trax rehearse`."""

from __future__ import annotations

import datetime as dt
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from trax_mailer.cli.opening import workspace_of
from trax_mailer.errors import TraxError

if TYPE_CHECKING:
    from trax_mailer.workflows.rehearsal_result import Rehearsal

_SHOWN = 20


@click.command("rehearse", short_help="Send an issue to a pretend receiver on this machine, for proof.")
@click.argument("issue", required=False)
@click.option("--list", "list_name", required=True, help="The list whose readers it is rehearsed with.")
@click.option(
    "--segment", default=None, metavar="NAME", help="Only to those of the list in that saved segment."
)
@click.option("--faults", is_flag=True, help="Let the receiver refuse, delay, hang and hang up.")
@click.option(
    "--kills",
    type=click.IntRange(0, 1000),
    default=0,
    help="So often kill the sender (kill -9) on the way, and start it again.",
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Which faults and kills, of all there are."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def rehearse_command(
    ctx: click.Context,
    *,
    issue: str | None,
    list_name: str,
    segment: str | None,
    faults: bool,
    kills: int,
    seed: int,
    as_json: bool,
) -> None:
    """Send ISSUE to every reader of a list, into a pretend mail server or SendGrid on this machine.

    Nothing leaves the machine, and the ledger is only read: it works on a copy, which is removed at the end.
    It shows how long the send takes, how large it is, and the proof that every reader got one copy.

    With --segment it goes to those of the list whom subscribers/NAME.yaml means, as trax send does.
    """
    from trax_mailer.cli.output import print_json
    from trax_mailer.cli.progress import progress_bar
    from trax_mailer.workflows.rehearsal_trouble import RehearsalOptions
    from trax_mailer.workflows.rehearse import rehearse

    if segment is not None and not segment.strip():
        raise click.UsageError("--segment needs a name; leave it out to rehearse with the whole list.")
    options = RehearsalOptions(faults=faults, kills=kills, seed=seed, segment=segment or "")
    workspace = workspace_of(ctx)
    with _ending_cleanly(), progress_bar("Rehearsing", shown=not as_json) as advance:
        result = rehearse(workspace, issue, list_name=list_name, options=options, progress=advance)
    if as_json:
        print_json(rehearsal_to_data(result))
    else:
        _print(result, wanted=kills, seed=seed)
    if not result.holds:
        raise TraxError(
            "The proof does not hold: do not send before this is understood.",
            advice=f"Report it with the lines above; the same seed ({seed}) plays the same faults again.",
        )


@contextmanager
def _ending_cleanly() -> Iterator[None]:
    """SIGTERM ends it like Ctrl-C: by way of everything that removes readers' addresses again."""

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _print(result: Rehearsal, *, wanted: int, seed: int) -> None:
    from trax_mailer.cli.output import console

    for line in (
        *_about_speed(result),
        "",
        *_about_faults(result, wanted=wanted, seed=seed),
        *_proof(result),
    ):
        console.print(line, markup=False)


def _about_speed(result: Rehearsal) -> Iterator[str]:
    from trax_mailer.model.mailing import in_words

    traffic = result.traffic
    yield (
        f"No {result.issue.number}, {result.as_sent.audience:,} readers of "
        f"{in_words(result.list_name, result.segment)}, through {result.transport}, into a receiver on this "
        "machine. Nothing left it."
    )
    each = "message" if result.transport == "smtp" else "call"
    mean = traffic.bytes_in_all / traffic.calls if traffic.calls else 0
    yield (
        f"{_size(mean):>12}  a {each} ({_size(traffic.largest)} the largest), "
        f"{_size(traffic.bytes_in_all)} in {traffic.calls:,} {each}s"
    )
    yield f"{traffic.per_second:>12,.0f}  messages a second" + (
        f", the receiver taking {result.answer_seconds * 1000:.0f} ms for each answer"
        if result.answer_seconds
        else ""
    )
    yield f"{_duration(result.seconds_at_full_speed):>12}  predicted, where the other side is as fast as that"
    if result.seconds_at_rate is None:
        yield f"{'':>12}  (trax.yaml sets no rate for {result.transport})"
    else:
        at_rate = _duration(result.seconds_at_rate)
        yield f"{at_rate:>12}  predicted at {result.rate:,} readers a second, as trax.yaml says"


def _about_faults(result: Rehearsal, *, wanted: int, seed: int) -> Iterator[str]:
    if wanted:
        kills = "kill" if result.kills == 1 else "kills"
        yield f"{result.kills:>12,}  {kills} of the sender (seed {seed})" + (
            f"; {wanted - result.kills:,} more fell into the same moments or came too late"
            if result.kills < wanted
            else ""
        )
    for reason in dict.fromkeys(result.pauses):
        yield f"{result.pauses.count(reason):>12,}  times paused, and resumed: {reason}"


def _proof(result: Rehearsal) -> Iterator[str]:
    from trax_mailer.cli.account import proof_in_words

    found = result.found
    yield f"{len(found.missed):>12,}  missed{_named(found.missed)}"
    yield f"{len(found.doubled):>12,}  doubled{_named(found.doubled)}"
    for words, those in (
        ("taken though the account says they were not sent", (*found.denied, *result.settled.denied)),
        ("taken that are in no account", (*found.strangers, *result.settled.strangers)),
        ("uncertain without a call in flight", result.unexplained),
        ("missed in the end", result.settled.missed),
        ("doubled in the end", result.settled.doubled),
    ):
        if those:
            yield f"{len(those):>12,}  {words}{_named(those)}"
    yield proof_in_words(result.as_sent)
    if found.uncertain:
        yield (
            f"Of the {found.uncertain:,} uncertain, the receiver's record shows {result.by_evidence:,}; the "
            f"other {result.by_word:,} were sent again, as a person may do with: trax resolve"
        )
        yield proof_in_words(result.proof)
    yield "The proof holds." if result.holds else "The proof does NOT hold."


def _named(those: Sequence[str]) -> str:
    if not those:
        return ""
    more = f" and {len(those) - _SHOWN:,} more" if len(those) > _SHOWN else ""
    return f": {', '.join(those[:_SHOWN])}{more}"


def _size(count: float) -> str:
    """Bytes in units of 1000, as mail servers and providers count."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:,.0f} {unit}" if unit == "B" else f"{count:,.1f} {unit}"
        count /= 1000
    raise AssertionError


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return str(dt.timedelta(seconds=round(seconds)))


def rehearsal_to_data(result: Rehearsal) -> dict[str, Any]:
    """The result as plain data, for `--json`."""
    return {
        "issue": result.issue.number,
        "list": result.list_name,
        "segment": result.segment or None,
        "transport": result.transport,
        "holds": result.holds,
        "audience": result.as_sent.audience,
        "messages": result.traffic.messages,
        "calls": result.traffic.calls,
        "bytes": result.traffic.bytes_in_all,
        "largest": result.traffic.largest,
        "seconds": round(result.traffic.seconds, 3),
        "per_second": round(result.traffic.per_second, 1),
        "answer_seconds": result.answer_seconds,
        "seconds_at_full_speed": round(result.seconds_at_full_speed, 1),
        "rate": result.rate,
        "seconds_at_rate": None if result.seconds_at_rate is None else round(result.seconds_at_rate, 1),
        "kills": result.kills,
        "pauses": list(result.pauses),
        "proof": asdict(result.as_sent),
        "found": asdict(result.found),
        "unexplained": list(result.unexplained),
        "settled_by_evidence": result.by_evidence,
        "sent_again": result.by_word,
        "proof_in_the_end": asdict(result.proof),
        "found_in_the_end": asdict(result.settled),
    }
