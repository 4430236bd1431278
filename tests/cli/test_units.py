import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = sorted((Path(__file__).parents[2] / "docs" / "systemd").glob("trax-*.service"))
PROGRAM = "/srv/newsletter/.venv/bin/trax"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_unit_runs_a_command_that_exists_and_waits_for_calls_when_stopped(unit):
    lines = unit.read_text(encoding="utf-8").splitlines()
    start = next(line for line in lines if line.startswith("ExecStart="))
    assert start.split()[:3] == [f"ExecStart={PROGRAM}", "--state", "/var/lib/trax"]
    assert start.split()[3] in {"serve", "worker"}
    assert "TimeoutStopSec=660" in lines  # longer than smtp.answer_timeout's 600


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this machine has no systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_unit_is_understood_when_systemd_reads_it(unit, tmp_path):
    here = tmp_path / unit.name
    here.write_text(unit.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true"), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", here],
        check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
