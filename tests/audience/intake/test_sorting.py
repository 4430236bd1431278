import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.audience.intake import sorting
from trax_mailer.audience.intake.repeats import merge_repeats
from trax_mailer.audience.intake.sorting import Sorter
from trax_mailer.errors import BadState

KEYS = st.sampled_from(["a@x.org", "b@x.org", "b@x.org\U0001f600", "b@x.orgé", "c@x.org"])


def _arrival(line, key, name="", state="subscribed"):
    return (line, key, key, name, "", "{}", state, "")


def _sorted(folder, arrivals, *, size):
    with Sorter(folder) as sorter:
        for start in range(0, len(arrivals), size):
            sorter.add(arrivals[start : start + size])
        return [list(page) for page in sorter.in_order()]


@pytest.fixture(scope="module")
def small_runs(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "_RUN_ROWS", 5)
        patch.setattr(sorting, "_BLOCK_ROWS", 2)
        yield tmp_path_factory.mktemp("state")


@given(keys=st.lists(KEYS, max_size=60), size=st.integers(1, 9))
def test_order_is_that_of_key_and_line_when_runs_are_laid_down(small_runs, keys, size):
    arrivals = [_arrival(line, key) for line, key in enumerate(keys)]
    pages = _sorted(small_runs, arrivals, size=size)
    found = [arrival for page in pages for arrival in page]
    assert found == sorted(arrivals, key=lambda one: (one[1], one[0]))
    # As SQLite compares: by the bytes of UTF-8.
    assert found == sorted(found, key=lambda one: (one[1].encode(), one[0]))


def test_repeats_are_one_when_they_stand_in_runs_and_pages_apart(small_runs):
    lines = [_arrival(n, f"{n % 4}@x.org", name="Ana" if n == 9 else "") for n in range(1, 40)]
    lines.append(_arrival(40, "1@x.org", state="unsubscribed"))
    refused = []
    pages = merge_repeats(_sorted(small_runs, lines, size=3), refused.append)
    kept = [arrival for page in pages for arrival in page]
    assert [(one[0], one[1]) for one in kept] == [
        (4, "0@x.org"),
        (40, "1@x.org"),
        (2, "2@x.org"),
        (3, "3@x.org"),
    ]
    assert kept[1][3] == "Ana"
    reasons = {row.line: row.reason for row in refused}
    assert len(reasons) == len(refused) == 36
    assert reasons[9] == "repeats the address of line 1; what it adds was taken over"
    assert reasons[40] == "repeats the address of line 1; that it is unsubscribed was taken over"
    assert reasons[13] == "repeats the address of line 1"


def test_nothing_is_seen_in_the_state_directory_when_runs_are_laid_down(small_runs, tmp_path, monkeypatch):
    made = []
    make = sorting.tempfile.TemporaryFile

    def remembered(**where):
        made.append(make(**where))
        return made[0]

    monkeypatch.setattr(sorting.tempfile, "TemporaryFile", remembered)
    with Sorter(tmp_path) as sorter:
        sorter.add([_arrival(n, f"{n}@x.org") for n in range(20)])
        assert len(made) == 1
        assert os.fstat(made[0].fileno()).st_size > 0
        assert list(tmp_path.iterdir()) == []
    assert made[0].closed


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_disk_is_named_when_it_has_no_room(small_runs, tmp_path, monkeypatch):
    full = Path("/dev/full").open("wb")  # noqa: SIM115 - the sorter closes it
    monkeypatch.setattr(sorting.tempfile, "TemporaryFile", lambda **_where: full)
    with Sorter(tmp_path) as sorter, pytest.raises(BadState, match="No space left") as caught:
        sorter.add([_arrival(n, f"{n}@x.org") for n in range(20)])
    assert "Make room" in caught.value.advice
