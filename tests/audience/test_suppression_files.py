import io

import pytest
from sqlalchemy import select

from trax_mailer.audience.erasing import erased_among, remember_erased
from trax_mailer.audience.suppression_files import export_suppressions, import_suppressions
from trax_mailer.errors import BadFile, Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SuppressionReason
from trax_mailer.storage import open_ring, schema


@pytest.fixture
def take(ledger, tmp_path, now):
    ring = open_ring(ledger)

    def run(content, *, name="people.csv", reason="staff"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_suppressions(
            ledger,
            file,
            reason=SuppressionReason(reason),
            act=Act(kind=ActKind.IMPORT, at=now, by="ben", source=name),
            erased=lambda connection, keys: erased_among(connection, ring, keys),
            progress=lambda _done, _total: None,
        )

    return run


@pytest.fixture
def suppressed(ledger):
    def rows():
        with ledger.read() as connection:
            return {
                row.address: (row.reason.value, row.source)
                for row in connection.execute(select(schema.suppression))
            }

    return rows


@pytest.mark.parametrize(
    "content",
    [
        "ana@example.org\nBen@Example.org\n",
        "\n\nana@example.org\r\nben@example.org",
        "email\nana@example.org\nben@example.org\n",
        "email,created\nana@example.org,1443651141\nben@example.org,1443651154\n",
        'status,reason,email,created\n5.1.1,"550 no,\nsuch",ana@example.org,1\n5.1.1,x,ben@example.org,2\n',
        "ip,email,created\n10.63.202.100,ana@example.org,1\n10.63.202.100,ben@example.org,2\n",
        "reason;E-Mail\nunknown;ana@example.org\nunknown;ben@example.org\n",
        "Ana\tana@example.org\nBén\tben@example.org\n".encode("cp1252"),
        "email\nana@example.org\nben@example.org\n".encode("utf-16"),
        b"\xef\xbb\xbfemail\nana@example.org\nben@example.org\n",
        "email\nana@example.org\nana@example.org\nBEN@example.org\n",
    ],
)
def test_addresses_are_suppressed_when_they_stand_in_a_file(take, suppressed, content):
    report = take(content)
    assert suppressed() == dict.fromkeys(["ana@example.org", "ben@example.org"], ("staff", "ben: people.csv"))
    assert report.refused_rows == 0


def test_rows_without_an_address_are_named_when_the_others_go_in(take, suppressed):
    report = take("email\nana@example.org\nnobody\n\nben@example\n")
    assert set(suppressed()) == {"ana@example.org"}
    assert [(row.line, row.email) for row in report.refused] == [(3, "nobody"), (5, "ben@example")]
    assert (report.suppressed, report.refused_rows) == (1, 2)


def test_first_reason_stays_when_a_file_names_them_again(take, suppressed):
    take("ana@example.org\n", reason="complained")
    take("ana@example.org\nben@example.org\n", name="more.txt")
    assert {key: value[0] for key, value in suppressed().items()} == {
        "ana@example.org": "complained",
        "ben@example.org": "staff",
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04....", "no text"),
        (b"name,city\nAna,Geneva\n", "does not say which column"),
    ],
)
def test_file_is_refused_in_words_when_it_holds_no_addresses(take, ledger, content, words):
    with pytest.raises(BadFile, match=words):
        take(content)
    with ledger.read() as connection:
        assert connection.execute(select(schema.act)).all() == []


def test_blocks_are_refused_when_the_file_is_named_after_them(take):
    with pytest.raises(Refused, match="blocks"):
        take("email\nana@example.org\n", name="suppression_blocks.csv")
    assert take("email\nana@example.org\n", name="blocklist.csv").suppressed == 1


def test_erased_address_is_not_stored_and_not_told_apart_when_a_file_names_it(take, ledger, now, suppressed):
    with ledger.write() as connection:
        remember_erased(connection, open_ring(ledger), "ana@example.org", act=Act(kind=ActKind.STAFF, at=now))
    report = take("ana@example.org\nben@example.org\n")
    assert (report.suppressed, report.refused_rows) == (2, 0)
    assert set(suppressed()) == {"ben@example.org"}


def test_what_is_written_out_can_be_taken_in_when_addresses_look_like_formulas(take, suppressed, ledger):
    names = ["=ana@example.org", "+ben@example.org", "-cleo@example.org", "dora@example.org"]
    take("\n".join(names))
    out = io.StringIO()
    assert export_suppressions(ledger, out) == 4
    before = suppressed()
    lines = out.getvalue().splitlines()
    assert lines[0] == "email,reason,since,source"
    assert not any(line.startswith(("=", "+", "-", "@")) for line in lines)
    assert take(out.getvalue(), name="again.csv").suppressed == 4
    assert suppressed() == before


def test_every_suppression_is_written_when_there_are_many(take, ledger):
    take("\n".join(f"reader{number}@example.org" for number in range(2500)))
    out = io.StringIO()
    assert export_suppressions(ledger, out) == 2500
    assert len(out.getvalue().splitlines()) == 2501
