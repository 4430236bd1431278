"""Withholding: small numbers of people are not shown, nor what would give them away."""

from __future__ import annotations

from collections.abc import Sequence

from trax_mailer.model.report import SMALLEST, Shown

Cell = tuple[int, int]


def withhold_cells(rows: Sequence[Sequence[int]]) -> list[tuple[Shown, ...]]:
    """The rows of a split, withheld cell by cell. The last number of each row is the sum of the others.

    The sums of the columns are known to whoever reads the report. So in each row and column nothing is
    withheld alone, nor numbers that make fewer than five together: they could be worked out. A single row
    is no split; it is the whole, which is shown elsewhere.
    """
    if len(rows) < 2:
        return [tuple(row) for row in rows]
    width = len(rows[0])
    hidden = {
        (number, column)
        for number, row in enumerate(rows)
        for column in range(width)
        if _small(row[column]) or _small(row[-1])
    }
    while (found := _another(rows, hidden)) is not None:
        hidden.add(found)
    return [
        tuple(None if (number, column) in hidden else one for column, one in enumerate(row))
        for number, row in enumerate(rows)
    ]


def withhold_rows(rows: Sequence[Sequence[int]], *, people: Sequence[int]) -> list[tuple[Shown, ...]]:
    """The rows of a split, each shown whole or not at all; `people` are the columns that count people.

    As above, and by the last column: the rows withheld are at least two, and five people together.
    """
    if len(rows) < 2:
        return [tuple(row) for row in rows]
    hidden = {number for number, row in enumerate(rows) if any(_small(row[column]) for column in people)}
    by_size = sorted(range(len(rows)), key=lambda number: rows[number][-1])
    while hidden and (len(hidden) < 2 or sum(rows[one][-1] for one in hidden) < SMALLEST):
        another = next((number for number in by_size if number not in hidden), None)
        if another is None:
            break
        hidden.add(another)
    return [tuple(None if number in hidden else one for one in row) for number, row in enumerate(rows)]


def _small(number: int) -> bool:
    return 0 < number < SMALLEST


def _another(rows: Sequence[Sequence[int]], hidden: set[Cell]) -> Cell | None:
    """One more cell to be withheld, so that no other can be worked out; None where none can."""
    last = len(rows[0]) - 1
    for line in _lines(len(rows), last + 1):
        inside = [cell for cell in line if cell in hidden]
        outside = [cell for cell in line if cell not in hidden]
        if not inside or not outside:
            continue
        hides_its_sum = line[0][0] == line[-1][0] and line[-1] in hidden
        together = sum(rows[number][column] for number, column in inside)
        too_few = together < SMALLEST and not hides_its_sum
        if too_few or any(_follows(cell, hidden) for cell in inside):
            return min(outside, key=lambda cell: (cell[1] == last, rows[cell[0]][cell[1]]))
    return None


def _lines(height: int, width: int) -> list[list[Cell]]:
    across = [[(number, column) for column in range(width)] for number in range(height)]
    return across + [[(number, column) for number in range(height)] for column in range(width)]


def _follows(cell: Cell, hidden: set[Cell]) -> bool:
    """Whether the cell follows from what is shown: no round of withheld cells leads back to it.

    Rows and columns are the places, withheld cells the ways between them. A number can differ only where
    others can make up for it in its row and in its column, in theirs, and so on around.
    """
    ways = hidden - {cell}
    rows, columns = {cell[0]}, set[int]()
    while True:
        reached = {column for number, column in ways if number in rows}
        back = rows | {number for number, column in ways if column in reached}
        if cell[1] in reached:
            return False
        if back == rows and reached == columns:
            return True
        rows, columns = back, reached
