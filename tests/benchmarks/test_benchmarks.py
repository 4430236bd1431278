"""The benchmarks run: with tiny numbers, as somebody would run them, and what they write can be read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from postgres import find_binaries, require

ROOT = Path(__file__).parents[2]


def run(folder, module, *arguments):
    """Run it in a folder of its own; returns what it printed, and the rows that it wrote."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    written = [
        json.loads(file.read_text(encoding="utf-8")) for file in (folder / "build/bench").glob("*.json")
    ]
    return done.stdout, {row["name"]: row for one in written for row in one["rows"]}


def test_sendgrid_is_compared_with_bare_posting_when_run_quickly(tmp_path):
    shown, rows = run(tmp_path, "benchmarks.sendgrid_calls", "--quick")
    assert rows["bare HTTP posting of the same bytes"]["ratio"] is None
    assert rows["SendGrid transport"]["ratio"] > 0
    assert "cores" in shown
    assert "yardstick" in shown


def test_lanes_are_compared_with_a_bare_loop_when_run_quickly(tmp_path):
    _, rows = run(tmp_path, "benchmarks.lanes", "--quick", "--database", "sqlite", "--workers", "1")
    assert rows["sqlite, 1 worker: lanes, transport looks at every reader"]["ratio"] > 0


@pytest.mark.postgres
def test_lanes_are_compared_with_a_bare_loop_when_on_postgresql(tmp_path):
    require("postgresql", find_binaries)
    _, rows = run(tmp_path, "benchmarks.lanes", "--quick", "--database", "postgresql", "--workers", "2")
    assert rows["postgresql, 2 workers: lanes, transport looks at every reader"]["ratio"] > 0


@pytest.mark.postgres
def test_snapshot_says_seconds_memory_and_size_when_on_both_databases(tmp_path):
    require("postgresql", find_binaries)
    _, rows = run(tmp_path, "benchmarks.snapshot", "--quick")
    for kind in ("sqlite", "postgresql"):
        found = rows[f"{kind}, 5,000 readers: our snapshot"]
        assert found["unit"] == "s"
        assert "MiB" in found["extra"]["peak memory"]
        assert "bytes a row" in found["extra"]["disk"]


@pytest.mark.postgres
def test_import_is_compared_with_the_databases_own_when_run_quickly(tmp_path):
    require("postgresql", find_binaries)
    _, rows = run(tmp_path, "benchmarks.importing", "--quick")
    for kind in ("sqlite", "postgresql"):
        assert rows[f"{kind}: import into an empty ledger"]["ratio"] > 0
        assert "MiB" in rows[f"{kind}: the same file again"]["extra"]["peak memory"]


def test_verdict_is_timed_when_a_sender_is_killed(tmp_path):
    _, rows = run(tmp_path, "benchmarks.kill", "--quick", "--database", "sqlite")
    verdict = rows["sqlite, 1 worker: verdict"]
    assert verdict["value"] > 0
    # A kill leaves at least one call of 20 readers open, and marks nobody else.
    assert int(verdict["extra"]["readers uncertain"]) == 20 * int(verdict["extra"]["calls hit"])


def test_whole_send_is_compared_with_its_messages_when_run_quickly(tmp_path):
    _, rows = run(tmp_path, "benchmarks.whole", "--quick")
    assert rows["500 made and let go: whole send"]["ratio"] > 0
    assert rows["100 into files: whole send"]["ratio"] > 0


def test_status_is_compared_with_a_bare_count_when_run_quickly(tmp_path):
    _, rows = run(tmp_path, "benchmarks.status", "--quick", "--database", "sqlite")
    assert rows["sqlite: trax status 1"]["ratio"] > 0


def test_report_is_compared_with_bare_counts_when_run_quickly(tmp_path):
    _, rows = run(tmp_path, "benchmarks.report", "--quick", "--database", "sqlite")
    assert rows["sqlite: trax report 58"]["ratio"] > 0
    assert "MiB" in rows["sqlite: trax report 58"]["extra"]["peak memory"]


def test_tracked_links_are_compared_with_nginx_when_run_quickly(tmp_path):
    _, rows = run(tmp_path, "benchmarks.visits", "--quick", "--database", "sqlite")
    assert rows["sqlite: nginx, empty_gif"]["ratio"] is None
    for name in ("clicks", "pixels"):
        assert rows[f"sqlite: {name}"]["ratio"] > 0
        assert rows[f"sqlite: {name}"]["extra"]["kept"].startswith("all")


def test_webhook_is_compared_with_a_bare_answer_when_run_quickly(tmp_path):
    _, rows = run(tmp_path, "benchmarks.webhook", "--quick", "--database", "sqlite")
    assert rows["sqlite: bare ASGI answer"]["ratio"] is None
    assert rows["sqlite: trax serve"]["ratio"] > 0


def test_people_and_machines_are_told_apart_when_a_made_up_crowd_comes(tmp_path):
    _, rows = run(tmp_path, "benchmarks.verdicts", "--quick", "--copies", "600")
    floors = {
        "clicks, human": (80, 95),
        "clicks, machine": (98, 90),
        "opens, human": (98, 98),
        "opens, machine": (99, 98),
    }
    for name, (precision, recall) in floors.items():
        assert rows[f"{name}: precision"]["value"] >= precision
        assert rows[f"{name}: recall"]["value"] >= recall
    later = rows["a gateway, some links minutes later: clicks told right"]
    assert later["extra"]["human"] != "0"  # the crowd holds what nobody can tell apart
    # The seed is the default one, and plays the same on every machine.
    people = rows["a person: clicks told right"]["extra"]
    assert people == {"human": "340", "machine": "8", "unsure": "0"}


def test_unknown_benchmark_is_refused_with_the_known_names_when_asked_for():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "speed"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "sendgrid_calls" in done.stderr
