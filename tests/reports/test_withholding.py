"""What is withheld cannot be worked out from what is shown."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trax_mailer.model.report import SMALLEST
from trax_mailer.reports.withholding import withhold_cells, withhold_rows

_NUMBERS = st.one_of(st.integers(0, 8), st.integers(0, 500))
_TABLES = st.lists(st.tuples(_NUMBERS, _NUMBERS, _NUMBERS), min_size=2, max_size=6)


def _can_be_worked_out(shown):
    """The withheld cells that the sums of rows and columns determine: by linear algebra."""
    cells = [(r, c) for r, row in enumerate(shown) for c, one in enumerate(row) if one is None]
    last = len(shown[0]) - 1
    equations = [
        [(-1 if c == last else 1) if r == number else 0 for r, c in cells] for number in range(len(shown))
    ]
    equations += [[1 if c == column else 0 for _, c in cells] for column in range(last + 1)]
    matrix = np.array(equations, dtype=float)
    rank = np.linalg.matrix_rank(matrix)
    units = np.eye(len(cells))
    return [
        cell
        for cell, unit in zip(cells, units, strict=True)
        if np.linalg.matrix_rank(np.vstack([matrix, unit])) == rank
    ]


@given(_TABLES)
@settings(max_examples=150, deadline=None)
def test_no_withheld_cell_follows_when_rows_and_columns_add_up(table):
    rows = [(*row, sum(row)) for row in table]
    shown = withhold_cells(rows)
    for row, told in zip(rows, shown, strict=True):
        assert all(b is None or b == a for a, b in zip(row, told, strict=True))
        assert all(one is None or one == 0 or one >= SMALLEST for one in told)
    if any(None in row for row in shown):
        assert _can_be_worked_out(shown) == []


@given(st.lists(st.integers(0, 30), min_size=2, max_size=8))
def test_withheld_rows_are_two_and_five_people_when_any_is(copies):
    rows = [(one, one) for one in copies]
    shown = withhold_rows(rows, people=(1,))
    hidden = [row[1] for row, told in zip(rows, shown, strict=True) if told[1] is None]
    assert all(told in (row, (None, None)) for row, told in zip(rows, shown, strict=True))
    assert all(row[1] == 0 or row[1] >= SMALLEST for row in shown if row[1] is not None)
    if hidden and len(hidden) < len(rows):
        assert len(hidden) >= 2
        assert sum(hidden) >= SMALLEST


def test_everything_shows_when_no_group_is_small():
    rows = [(50, 5, 0, 55), (7, 0, 9, 16)]
    assert withhold_cells(rows) == rows


def test_another_cell_is_withheld_when_one_alone_would_follow():
    shown = withhold_cells([(90, 3, 0, 93), (50, 6, 10, 66), (70, 20, 10, 100)])
    assert shown[0][1] is None
    assert sum(row[1] is None for row in shown) >= 2


def test_the_whole_shows_when_there_is_a_single_group():
    assert withhold_cells([(2, 0, 0, 2)]) == [(2, 0, 0, 2)]
