"""What does not go in: why, and how it comes back mended."""

import csv

import pytest

from trax_mailer.audience.erasing import erase_reader
from trax_mailer.audience.intake import Options, Reading
from trax_mailer.audience.intake.doubts import is_office, likely_domain
from trax_mailer.audience.intake.refusals import free_name
from trax_mailer.audience.intake.splitting import split_addresses
from trax_mailer.errors import BadFile, Conflict
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.spreadsheet import as_meant, harmless
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import open_ring
from trax_mailer.storage.acts import latest_acts

CONTENT = """\
Courriel;Nom;Téléphone
ana@example.org;Ana;+41 22 000
ben@gmial.com;=HYPERLINK("http://x");+41 22 001
nobody;"two
lines";@x
ANA@example.org;Ana;
"""


def _rows(file):
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.reader(opened, delimiter=";"))


def test_refused_rows_are_written_with_reason_and_line_when_there_are_some(bring, tmp_path):
    target = tmp_path / "readers.refused.csv"
    report = bring(CONTENT, options=Options(refused_file=target))
    assert report.refused_file == target
    assert target.stat().st_mode & 0o777 == 0o600
    header, *rows = _rows(target)
    assert header == ["Courriel", "Nom", "Téléphone", "refused because", "refused in line"]
    assert [(row[0], row[1], row[2], row[4]) for row in rows] == [
        ("ben@gmial.com", '\'=HYPERLINK("http://x")', "'+41 22 001", "3"),
        ("nobody", "two\nlines", "'@x", "4"),
        ("ANA@example.org", "Ana", "", "6"),
    ]
    assert "looks like a typo of …@gmail.com" in rows[0][3]
    assert rows[2][3] == "repeats the address of line 2"


def test_mended_rows_go_in_as_they_were_meant_when_imported_again(bring, tmp_path, states, ledger):
    first, second = tmp_path / "readers.refused.csv", tmp_path / "readers.refused-2.csv"
    bring(CONTENT, options=Options(refused_file=first))
    mended = first.read_bytes().replace(b"gmial", b"gmail").replace(b"nobody", b"cleo@example.org")
    report = bring(mended, name=first.name, options=Options(refused_file=second))
    assert (report.added, report.unchanged, report.refused_count) == (2, 1, 0)
    assert set(states()) == {"ana@example.org", "ben@gmail.com", "cleo@example.org"}
    assert report.refused_file is None
    assert not second.exists()
    with ledger.read() as connection:
        fields = connection.exec_driver_sql(
            "SELECT name, fields FROM subscriber WHERE address = 'ben@gmail.com'"
        ).one()
    assert fields[0] == '=HYPERLINK("http://x")'
    assert "+41 22 001" in str(fields[1])
    assert "refused" not in str(fields[1])


def test_rows_that_are_refused_again_look_the_same_when_written_again(bring, tmp_path):
    first, second = tmp_path / "readers.refused.csv", tmp_path / "readers.refused-2.csv"
    bring(CONTENT, options=Options(refused_file=first))
    bring(first.read_bytes(), name=first.name, options=Options(refused_file=second))
    assert [row[:3] for row in _rows(second)] == [row[:3] for row in _rows(first)[:3]]


def test_file_is_never_replaced_unasked_when_it_exists(bring, tmp_path):
    target = tmp_path / "mine.csv"
    target.write_text("mine")
    with pytest.raises(Conflict):
        bring(CONTENT, options=Options(refused_file=target))
    assert target.read_text() == "mine"
    bring(CONTENT, options=Options(refused_file=target, force=True))
    assert len(_rows(target)) == 4


def test_next_free_name_is_taken_when_others_are_there(tmp_path):
    file = tmp_path / "readers.csv"
    for expected in ("readers.refused.csv", "readers.refused-2.csv", "readers.refused-3.csv"):
        assert free_name(file).name == expected
        free_name(file).touch()
    assert free_name(tmp_path / "readers.refused-2.csv").name == "readers.refused-4.csv"


def test_likely_typos_go_in_when_a_person_says_so(bring, states):
    assert bring(CONTENT).refused_by == {"likely typo": 1, "no valid address": 1, "repeated address": 1}
    assert bring(CONTENT, options=Options(keep_typos=True)).added == 1
    assert "ben@gmial.com" in states()


def test_typos_are_noted_as_gone_when_they_left(bring, states):
    bring("email\nben@gmial.com\n", state="unsubscribed")
    assert states() == {"ben@gmial.com": "unsubscribed"}


@pytest.mark.parametrize(
    ("domain", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotmal.com", "hotmail.com"),
        ("yaho.com", "yahoo.com"),
        ("outlok.com", "outlook.com"),
        ("example.ogr", "example.org"),
        ("protonmail.cmo", "protonmail.com"),
        ("gmail.com", ""),
        ("mail.com", ""),
        ("ymail.com", ""),
        ("hotmail.co.uk", ""),
        ("yahoo.es", ""),
        ("example.org", ""),
        ("upr-info.org", ""),
        ("un.org", ""),
    ],
)
def test_domain_is_doubted_when_it_is_one_slip_from_a_large_one(domain, meant):
    assert likely_domain(domain) == meant


def test_offices_are_counted_when_their_addresses_go_in(bring):
    assert bring("email\ninfo@example.org\nana@example.org\nsecretariat@example.org\n").offices == 2
    assert not is_office("infobert@example.org")


def test_nothing_is_written_when_it_is_a_dry_run(bring, stored, tmp_path, ledger):
    bring("email,name\nana@example.org,Ana\nlea@example.org,Lea\n")
    bring("email\nlea@example.org\n", state="unsubscribed")
    before = stored()
    target = tmp_path / "refused.csv"
    dry = bring(
        CONTENT.replace("Nom", "Ville") + "lea@example.org;;\n",
        options=Options(dry_run=True, refused_file=target),
    )
    assert (dry.added, dry.updated, dry.kept_out_by) == (0, 1, {"left the list": 1})
    assert stored() == before
    assert not target.exists()
    again = bring(CONTENT.replace("Nom", "Ville") + "lea@example.org;;\n")
    assert (again.added, again.updated, again.kept_out_by) == (dry.added, dry.updated, dry.kept_out_by)
    assert again.refused == dry.refused


def test_dry_run_counts_when_the_list_does_not_exist(bring, stored):
    report = bring("email\nana@example.org\nben@example.org\n", options=Options(dry_run=True))
    assert report.added == 2
    assert stored()["list"] == []


def test_erased_people_stay_away_when_any_file_names_them(bring, ledger, states, now):
    bring("email\nana@example.org\nben@example.org\n")
    erase_reader(ledger, open_ring(ledger), 1, act=Act(kind=ActKind.STAFF, at=now))
    report = bring("email\nana@example.org\ncleo@example.org\n")
    assert (report.added, report.kept_out_by) == (1, {"erased": 1})
    assert bring("email\nana@example.org\n", state="unsubscribed").kept_out_by == {"erased": 1}
    assert "ana@example.org" not in states()


def test_consent_is_kept_with_the_import_when_it_is_said(bring, ledger):
    bring("email\nana@example.org\n", options=Options(consent="asked on paper at HRC 28"))
    with ledger.read() as connection:
        [act] = latest_acts(connection, limit=1)
    assert act.words == "asked on paper at HRC 28"
    assert dict(act.details) == {"provider": "", "encoding": "ASCII"}


def test_columns_mean_what_a_person_says_when_they_are_mapped(bring, ledger):
    content = "Adr,Name,Kind,Phone\nana@example.org,Ana,NHRI,+41\n"
    meant = {"Adr": "email", "kind": "role", "Phone": "nothing"}
    report = bring(content, options=Options(reading=Reading(meant=meant)))
    assert report.facts.meanings == (
        ("Adr", "address"),
        ("Name", "name"),
        ("Kind", "role"),
        ("Phone", "not kept"),
    )
    with pytest.raises(BadFile, match="no column is called “Nope”"):
        bring(content, options=Options(reading=Reading(meant={"Adr": "email", "Nope": "role"})))


def test_repeats_fill_what_the_first_row_leaves_empty_when_merged(bring, ledger, states):
    report = bring(
        "email,name,city,tags\nana@example.org,,Bern,a\nANA@example.org,Ana,Geneva,b\n", state="subscribed"
    )
    assert [row.reason for row in report.refused] == [
        "repeats the address of line 2; what it adds was taken over"
    ]
    with ledger.read() as connection:
        name, fields = connection.exec_driver_sql("SELECT name, fields FROM subscriber").one()
        tags = list(connection.exec_driver_sql("SELECT name FROM tag ORDER BY name").scalars())
    assert (name, tags) == ("Ana", ["a", "b"])
    assert "Bern" in str(fields)


def test_tags_are_added_and_never_taken_off_when_known_readers_come_again(bring, ledger):
    bring("email,tags\nana@example.org,press\n")
    assert bring("email,tags\nana@example.org,geneva; press\n").updated == 1
    assert bring("email\nana@example.org\n").unchanged == 1
    with ledger.read() as connection:
        assert list(connection.exec_driver_sql("SELECT name FROM tag ORDER BY name").scalars()) == [
            "geneva",
            "press",
        ]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("ana@example.org", [("", "ana@example.org")]),
        (" <ana@example.org>, ", [("", "ana@example.org")]),
        ("mailto:ana@example.org", [("", "ana@example.org")]),
        ("Ana Pop <ana@example.org>", [("Ana Pop", "ana@example.org")]),
        ('"Pop, Ana" <ana@example.org>', [("Pop, Ana", "ana@example.org")]),
        ("a@example.org;b@example.org", [("", "a@example.org"), ("", "b@example.org")]),
        ("a@example.org b@example.org", [("", "a@example.org"), ("", "b@example.org")]),
        ("a@example.org and b@example.org", [("", "a@example.org"), ("", "b@example.org")]),
        ("ana@@example.org", [("", "ana@@example.org")]),
        ("ana pop@example.org", [("", "ana pop@example.org")]),
        ("no address", [("", "no address")]),
        ("", [("", "")]),
    ],
)
def test_cell_is_split_when_it_holds_several_addresses(cell, found):
    assert split_addresses(cell) == found


@pytest.mark.parametrize("cell", ["=1+1", "+41", "-1", "@x", "\tx", "\rx"])
def test_formula_is_harmless_and_comes_back_when_written_for_a_spreadsheet(cell):
    assert harmless(cell) == f"'{cell}"
    assert as_meant(harmless(cell)) == cell
    assert as_meant("'t Hooft") == "'t Hooft" == harmless("'t Hooft")


def test_state_of_the_file_is_said_when_nobody_says_it(bring):
    report = bring("email\nana@example.org\n", state=None)
    assert report.facts.state is SubscriptionState.SUBSCRIBED
    assert report.facts.state_because == "nothing says otherwise"
