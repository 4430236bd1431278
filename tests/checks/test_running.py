from __future__ import annotations

import datetime as dt


def test_findings_come_in_the_order_of_the_file(check):
    found = check(
        title="COME ALL TO THE HARBOUR", preheader="Short", deadline=dt.date(2015, 1, 1), html=("x",)
    )
    assert [finding.place.line if finding.place else None for finding in found] == [2, 4, 10, None]


def test_nothing_breaks_when_the_file_cannot_be_read(check, tmp_path, monkeypatch):
    found = check(file="\n", deadline=dt.date(2015, 1, 1))
    assert [(finding.place.line, finding.excerpt) for finding in found] == [(10, "")]
