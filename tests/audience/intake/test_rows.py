import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.audience.intake.encodings import examine
from trax_mailer.audience.intake.opening import Reading, open_table
from trax_mailer.audience.intake.rows import TextRows
from trax_mailer.errors import BadFile, BadOption


@pytest.fixture
def rows_of(tmp_path):
    def read(content):
        file = tmp_path / "readers.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        with open_table(file) as table:
            return table.columns, list(table.rows)

    return read


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_cells_are_the_same_when_written_any_usual_way(rows_of, delimiter, end, mark):
    lines = [["email", "name"], ["ana@example.org", '"Ștefan & ""Ana"" <b>"'], ["ben@example.org", "Ben"]]
    content = mark + end.join(delimiter.join(line) for line in lines) + end
    columns, rows = rows_of(content)
    assert columns.roles == {"email": 0, "name": 1}
    assert [row.cells for row in rows] == [
        ("ana@example.org", 'Ștefan & "Ana" <b>'),
        ("ben@example.org", "Ben"),
    ]
    assert [row.line for row in rows] == [2, 3]


def test_line_is_where_the_row_begins_when_cells_hold_line_breaks(rows_of):
    _, rows = rows_of('email,note\n\na@example.org,"one\ntwo\n\nfour"\n,,\nb@example.org,x')
    assert [(row.line, row.cells[0]) for row in rows] == [(3, "a@example.org"), (8, "b@example.org")]
    assert rows[0].cells[1] == "one\ntwo\n\nfour"


def test_separator_is_taken_from_the_header_when_cells_hold_others(rows_of):
    columns, rows = rows_of('email;"name, title; office"\na@example.org;"Pop, Dr; Geneva, x, y"\n')
    assert columns.fields == {1: "name, title; office"}
    assert rows[0].cells == ("a@example.org", "Pop, Dr; Geneva, x, y")


def test_first_line_is_passed_over_when_excel_names_the_separator(rows_of):
    columns, rows = rows_of("sep=;\r\nemail;name\r\na@example.org;A\r\n")
    assert columns.roles == {"email": 0, "name": 1}
    assert rows[0].line == 3


def test_header_is_found_when_blank_lines_stand_before_it(rows_of):
    columns, rows = rows_of("\n , \nemail,name\na@example.org,A\n")
    assert columns.roles == {"email": 0, "name": 1}
    assert len(rows) == 1


def test_last_row_is_read_when_the_line_has_no_end(rows_of):
    _, rows = rows_of("email\na@example.org\nb@example.org")
    assert [row.cells for row in rows] == [("a@example.org",), ("b@example.org",)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("\ufeff\n\n  \n", "empty"),
        ("\n" * 9000, "empty"),
        ("name,city\nAna,Bern\n", "no column is called “email”"),
        ("ana@example.org,Ana\nben@example.org,Ben\n", "is a reader already"),
        ("email,e-mail\n", "both hold the email"),
        ('"email,name\nana@example.org,Ana\n', "first row opens a quote that is never closed"),
        ('email,"name"x\n', "first row goes on after a closing quote"),
    ],
)
def test_file_is_refused_when_its_first_row_cannot_be_used(rows_of, content, words):
    with pytest.raises(BadFile, match=words) as caught:
        rows_of(content)
    assert caught.value.findings[0].place.file.endswith("readers.csv")
    assert caught.value.advice


ROWS = "email,name\nana@example.org,René Müller\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"email,name\nana@example.org,Ana\n", "ASCII"),
        (ROWS.encode(), "UTF-8"),
        (ROWS.encode("utf-8-sig"), "UTF-8 with a byte order mark"),
        (ROWS.encode("utf-16"), "UTF-16 LE with a byte order mark"),
        (b"\xfe\xff" + ROWS.encode("utf-16-be"), "UTF-16 BE with a byte order mark"),
        (ROWS.encode("utf-16-le"), "UTF-16 LE"),
        (ROWS.encode("utf-16-be"), "UTF-16 BE"),
        (ROWS.encode("latin-1"), "Latin-1"),
    ],
)
def test_names_come_out_right_when_written_in_any_usual_encoding(tmp_path, content, encoding):
    file = tmp_path / "readers.csv"
    file.write_bytes(content)
    with open_table(file) as table:
        assert table.encoding == encoding
        [row] = table.rows
    assert row.cells[1] in {"René Müller", "Ana"}


def test_windows_1252_is_told_from_latin_1_when_its_own_signs_are_there(tmp_path):
    file = tmp_path / "readers.csv"
    file.write_bytes("email,name\nana@example.org,“Šárka’s” €\n".encode("cp1252", "replace"))
    with open_table(file) as table:
        assert table.encoding == "Windows-1252"
        assert next(table.rows).cells[1] == "“Šárka’s” €"


@pytest.mark.parametrize(
    ("content", "words", "line"),
    [
        (
            "email,nom\na@example.org,Émile Zoë\nb@b.org,".encode() + b"Ren\xe9\n",
            "line 3 is not UTF-8",
            3,
        ),
        ("é,email\nè,a@example.org\n".encode() * 100_000 + b"\xff,\n", "line 200001 is not UTF-8", 200_001),
        ("email,name\na@example.org,Иван Петров\n".encode("cp1251"), "encoding is unknown: line 2", 2),
        ("email,name\na@example.org,Αθηνά Παπαδοπούλου\n".encode("cp1253"), "encoding is unknown", 2),
        (b"PK\x03\x04rest of a workbook", "damaged archive or workbook", 1),
        (b"\xd0\xcf\x11\xe0rest of a workbook", "old Excel workbook", 1),
        (b"%PDF-1.7 and so on", "a PDF", 1),
    ],
)
def test_file_is_refused_with_what_to_do_when_its_letters_cannot_be_told(tmp_path, content, words, line):
    file = tmp_path / "readers.csv"
    file.write_bytes(content)
    with pytest.raises(BadFile, match=words) as caught, open_table(file):
        pass
    assert "UTF-8" in caught.value.advice
    assert caught.value.findings[0].place.line == line


def test_encoding_is_obeyed_when_a_person_names_it(tmp_path):
    file = tmp_path / "readers.csv"
    file.write_bytes("email,name\na@example.org,Иван\n".encode("cp1251"))
    with open_table(file, Reading(encoding="windows-1251")) as table:
        assert next(table.rows).cells[1] == "Иван"
    with (
        pytest.raises(BadOption, match="no encoding “klingon”"),
        open_table(file, Reading(encoding="klingon")),
    ):
        pass
    file.write_bytes("email,name\na@example.org,Иван\n".encode())
    with pytest.raises(BadFile, match="is not ascii"), open_table(file, Reading(encoding="ascii")):
        pass


def test_file_is_refused_when_a_line_never_ends(rows_of):
    with pytest.raises(BadFile, match="line 2 is longer than eight million"):
        rows_of(b"email\n" + b"x" * (10 << 20))


def test_words_say_why_when_there_is_nothing_to_read(tmp_path):
    for file in (tmp_path, tmp_path / "missing.csv"):
        with pytest.raises(BadFile):
            examine(file)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ('b@example.org,"two" words', "after a closing quote"),
        ("b@example.org," + "x" * 140_000, "over 131,072 characters"),
    ],
)
def test_one_row_is_lost_when_it_cannot_be_taken_apart(rows_of, broken, words):
    _, rows = rows_of(f"email,note\na@example.org,\n{broken}\nc@example.org,\n")
    assert [row.cells[:1] for row in rows] == [("a@example.org",), (), ("c@example.org",)]
    assert words in rows[1].fault
    assert rows[1].line == 3


def test_lost_lines_are_named_when_a_quote_is_never_closed(rows_of):
    _, rows = rows_of('email,note\na@example.org,"oops\nb@example.org,\nc@example.org,\n')
    assert [row.fault for row in rows] == ["opens a quote that is never closed; lines 2 to 4 were not read"]


CELLS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)


@given(table=st.lists(st.tuples(CELLS, CELLS), max_size=8), delimiter=st.sampled_from(",;\t"))
def test_cells_come_back_when_any_writer_of_csv_wrote_them(tmp_path_factory, table, delimiter):
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([("email", "name"), *table])
    file = tmp_path_factory.mktemp("rows") / "readers.csv"
    file.write_bytes(written.getvalue().encode())
    lines = examine(file).lines
    with open_table(file) as opened:
        found = list(opened.rows)
    assert [row.cells for row in found] == [row for row in table if any(cell.strip() for cell in row)]
    assert all(1 < row.line <= lines for row in found)


@given(
    text=st.lists(
        st.sampled_from(["a", ",", '"', "\n", "\r", "\r\n", ' "', '"b\nc"', "d,e\n", '"f\r\n\n"\n', '"g"h\n'])
    ).map("".join),
    size=st.integers(2, 5),
)
def test_rows_and_lines_are_the_same_when_read_in_lots_of_any_size(text, size):
    def read(at_once):
        lots = TextRows(io.StringIO(text, newline=""), delimiter=",").lots(at_once)
        return [row for lot in lots for row in lot.rows()]

    assert read(size) == read(1)
