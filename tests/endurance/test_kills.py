"""Senders killed at random (kill -9), held against what the other side took.

`TRAX_KILLS` is how often in each of the six cases, `TRAX_KILL_SEED` which moments: see docs/rehearsing.md.
"""

import os
import random
import statistics
import time

import pytest

from endurance.house import growing, house
from trax_mailer.model.mailing import Handover, MailingState
from trax_mailer.rehearsal import Faults

KILLS = int(os.environ.get("TRAX_KILLS", "1"))
SEED = int(os.environ.get("TRAX_KILL_SEED", "58"))
READERS_A_KILL = 240
ANSWER_SECONDS = {"smtp": 0.006, "sendgrid": 0.12}

CASES = [
    pytest.param(kind, processes, database, id=f"{kind}-{database}-{processes}",
                 marks=[pytest.mark.postgres] if database == "postgresql" else [])
    for kind in ("smtp", "sendgrid")
    for database, processes in (("sqlite", 1), ("sqlite", 2), ("postgresql", 3))
]  # fmt: skip


@pytest.mark.parametrize(("kind", "processes", "on"), CASES)
def test_nobody_is_missed_or_doubled_when_senders_are_killed(request, tmp_path, kind, processes, on):
    chance = random.Random(f"{SEED} {kind} {processes} {on}")
    kills = max(KILLS, 2) if processes == 1 and kind == "smtp" else KILLS
    settings = request.getfixturevalue("database") if on == "postgresql" else None
    faults = Faults(seconds=ANSWER_SECONDS[kind])
    readers = READERS_A_KILL * (kills + 1)
    with house(tmp_path, kind, readers=readers, faults=faults, database=settings) as home:
        verdicts = _kill_and_continue(home, processes, kills, chance)
        home.wait(lambda: home.state() is MailingState.DONE, for_what="the end")
        for process in home.processes:
            process.terminate()
        _check(home, readers)
        found = home.compared()
        _settle(home, readers)
    print(  # noqa: T201 - the table of a soak
        f"\n{kind:>8} {on:>10} {processes} processes, seed {SEED}: {kills} kills, {found.uncertain} of "
        f"{readers} uncertain, of which the sink had {len(found.uncertain_taken)}; from kill to verdict "
        f"{statistics.median(verdicts):.2f} s median, {max(verdicts):.2f} s at most"
    )


def _kill_and_continue(home, processes, kills, chance):
    """Kill a random sender `kills` times, each time after a share of the readers; start another at once."""
    taken = growing(home)
    running = _start(home, processes)
    verdicts = []
    for turn in range(kills):
        after = READERS_A_KILL * turn + chance.randint(30, READERS_A_KILL - 30)
        home.wait(lambda after=after: taken() >= after or _over(home), for_what=f"{after} messages")
        time.sleep(chance.uniform(0, 0.05))
        victim = chance.choice(running)
        caught = home.kill(victim)
        killed_at = time.monotonic()
        running.remove(victim)
        running.append(home.send() if processes == 1 else home.worker())
        home.wait(lambda caught=caught: not caught & home.at(Handover.CALLING), for_what="a verdict")
        verdicts.append(time.monotonic() - killed_at)
    return verdicts


def _start(home, processes):
    """One `trax send`; or workers, all of them there before there is anything to do."""
    if processes == 1:
        running = [home.send()]
    else:
        running = [home.worker() for _ in range(processes)]
        home.wait(lambda: home.workers() == processes, for_what="the workers")
        home.make_mailing()
    home.wait(lambda: home.state() is MailingState.SENDING, for_what="the beginning")
    return running


def _over(home):
    return home.state() is MailingState.DONE


def _check(home, readers):
    """Before anybody says anything: who the ledger claims to know of, it knows of."""
    found, proof = home.compared(), home.proof()
    said = f"seed {SEED}\n{home.all_said()}"
    assert proof.holds, said
    assert (proof.audience, proof.skipped, proof.failed) == (readers, 0, 0), said
    assert (found.missed, found.doubled, found.denied, found.strangers) == ((), (), (), ()), said
    assert proof.accepted == found.taken - len(found.uncertain_taken), said
    assert {*found.uncertain_taken, *found.uncertain_not_taken} <= home.calling, said


def _settle(home, readers):
    """The other side's evidence settles whom it has; a person's word the rest; then all have exactly one."""
    found = home.compared()
    assert home.feed_evidence() == len(found.uncertain_taken)
    assert home.at(Handover.UNCERTAIN) == set(found.uncertain_not_taken)
    assert home.send_rest_again() == len(found.uncertain_not_taken)
    assert home.state() is MailingState.DONE
    taken = home.taken()
    assert len(taken) == len(set(taken)) == readers, f"seed {SEED}"
    assert home.proof().accepted == readers
