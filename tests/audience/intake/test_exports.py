"""Exports of every known system, as their files look, with invented people."""

import io
import shutil
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from trax_mailer.audience import find_subscriber
from trax_mailer.audience.intake.archives import is_archive, unpacked
from trax_mailer.audience.intake.opening import open_table
from trax_mailer.errors import BadFile, Refused
from trax_mailer.storage.tags import tags_of

EXPORTS = Path(__file__).parent / "exports"
ANA = "ana.popescu@example.org"


@pytest.fixture
def bring_export(bring):
    def bring_in(name, *, state=None, to=None):
        return bring((EXPORTS / name).read_bytes(), name=to or name, state=state)

    return bring_in


def _reader(ledger, email):
    found = find_subscriber(ledger, email)
    with ledger.read() as connection:
        return found.name, found.language, dict(found.fields), tags_of(connection, found.id)


@pytest.mark.parametrize(
    ("name", "provider", "standing"),
    [
        (
            "subscribed_members_export_7f3a.csv",
            "Mailchimp",
            {ANA: "subscribed", "stefan@example.net": "subscribed"},
        ),
        ("unsubscribed_members_export_7f3a.csv", "Mailchimp", {"lena@example.org": "unsubscribed"}),
        ("cleaned_members_export_7f3a.csv", "Mailchimp", {"gone@example.com": "bounced"}),
        ("sendgrid_contacts.csv", "SendGrid, contacts", {ANA: "subscribed"}),
        ("sendgrid_bounces.csv", "SendGrid, bounces", {"gone@example.com": "bounced"}),
        ("brevo.csv", "Brevo", {ANA: "subscribed", "lena@example.org": "unsubscribed"}),
        (
            "listmonk.csv",
            "listmonk",
            {ANA: "subscribed", "lena@example.org": "unsubscribed", "dan@example.org": "unsubscribed"},
        ),
        (
            "constant_contact.csv",
            "Constant Contact",
            {ANA: "subscribed", "lena@example.org": "unsubscribed", "kai@example.org": "unsubscribed"},
        ),
        ("google_contacts.csv", "Google Contacts", {ANA: "subscribed", "ben@example.com": "subscribed"}),
        ("outlook.csv", "Outlook", {ANA: "subscribed"}),
        (
            "contacts.vcf",
            "",
            {
                "stefan@example.org": "subscribed",
                "cleo@example.org": "subscribed",
                "dan@example.org": "subscribed",
            },
        ),
    ],
)
def test_everybody_stands_where_they_stood_when_an_export_is_imported(
    bring_export, states, name, provider, standing
):
    report = bring_export(name)
    assert report.facts.provider == provider
    assert states() == standing
    again = bring_export(name)
    assert (again.added, again.updated) == (0, 0)


@pytest.mark.parametrize(
    ("name", "email", "expected"),
    [
        (
            "subscribed_members_export_7f3a.csv",
            ANA,
            (
                "Ana Popescu",
                "",
                {
                    "first_name": "Ana",
                    "last_name": "Popescu",
                    "organisation": "Promo-LEX, Chișinău",
                    "OPTIN_TIME": "2013-05-02 09:11:01",
                    "CONFIRM_TIME": "2013-05-02 09:12:44",
                },
                ("Geneva, 2014", "Press"),
            ),
        ),
        (
            "sendgrid_contacts.csv",
            ANA,
            (
                "Ana Popescu",
                "",
                {
                    "first_name": "Ana",
                    "last_name": "Popescu",
                    "country": "Moldova",
                    "role": "NGO",
                    "CITY": "Chișinău",
                },
                (),
            ),
        ),
        (
            "listmonk.csv",
            ANA,
            (
                "Ana Popescu",
                "fr",
                {"city": "Chișinău", "country": "Moldova", "year": "2014"},
                ("Jobs", "UPR Trax"),
            ),
        ),
        (
            "google_contacts.csv",
            ANA,
            (
                "Ana Popescu",
                "",
                {
                    "first_name": "Ana",
                    "last_name": "Popescu",
                    "organisation": "Promo-LEX",
                    "country": "Moldova",
                },
                ("Press",),
            ),
        ),
        (
            "outlook.csv",
            ANA,
            (
                "Ana Popescu",
                "",
                {
                    "first_name": "Ana",
                    "last_name": "Popescu",
                    "organisation": "Promo-LEX",
                    "country": "Moldova",
                },
                ("Geneva", "Press"),
            ),
        ),
        (
            "contacts.vcf",
            "stefan@example.org",
            (
                "Ștefan Pop",
                "",
                {
                    "first_name": "Ștefan",
                    "last_name": "Pop",
                    "organisation": "UPR Info",
                    "country": "Switzerland",
                },
                (),
            ),
        ),
        (
            "contacts.vcf",
            "cleo@example.org",
            (
                "Cléo Moreau",
                "",
                {"first_name": "Cléo", "last_name": "Moreau", "organisation": "Droits, Justice"},
                ("Geneva", "Press"),
            ),
        ),
    ],
)
def test_what_readers_are_is_kept_and_nothing_observed_about_them_when_imported(
    bring_export, ledger, name, email, expected
):
    bring_export(name)
    assert _reader(ledger, email) == expected


def test_numbers_and_places_of_the_provider_are_not_kept_when_it_is_known(bring_export):
    report = bring_export("subscribed_members_export_7f3a.csv")
    dropped = {name for name, meaning in report.facts.meanings if meaning == "not kept"}
    assert {"OPTIN_IP", "CONFIRM_IP", "LATITUDE", "LONGITUDE", "CC", "EUID", "MEMBER_RATING"} <= dropped
    assert ("TAGS", "tags") in report.facts.meanings


def test_only_the_name_or_the_columns_tell_when_people_left(bring_export, bring, states):
    renamed = bring_export("unsubscribed_members_export_7f3a.csv", to="export.csv")
    assert renamed.facts.state == "unsubscribed"
    assert "UNSUB_TIME" in renamed.facts.state_because
    bring("Email Address\nmia@example.org\n", name="unsubscribed_members_export_x.csv", state=None)
    assert states() == {"lena@example.org": "unsubscribed", "mia@example.org": "unsubscribed"}
    for name in ("unsubscribed_members_export_7f3a.csv", "sendgrid_bounces.csv"):
        with pytest.raises(Refused, match="must not be mailed"):
            bring_export(name, state="subscribed")
    with pytest.raises(Refused, match="never subscribed"):
        bring("Email Address\nmia@example.org\n", name="nonsubscribed_members_export_x.csv", state=None)


@pytest.mark.parametrize("name", ["google_contacts.csv", "contacts.vcf"])
def test_people_without_a_usable_address_are_refused_when_in_an_address_book(bring_export, name):
    assert bring_export(name).refused_by["no address"] == 1


def test_cards_are_refused_where_they_begin_when_they_are_broken(bring_export):
    refused = {row.line: row.reason for row in bring_export("contacts.vcf").refused}
    assert refused == {31: "has no e-mail address", 36: "is a card that cannot be read"}


def test_each_address_is_a_reader_when_a_cell_holds_several(bring_export, ledger, states):
    report = bring_export("several.csv")
    names = [
        f"{one}@example.org" for one in ("ana", "ben", "cleo", "dan", "emil", "fay", "gus", "hal", "ida")
    ]
    assert list(states()) == names
    assert [_reader(ledger, name)[0] for name in names[:4]] == ["Ana", "", "Cleo Doe", "Dan"]
    assert _reader(ledger, "ben@example.org")[2] == {"organisation": "Permanent Mission"}
    assert _reader(ledger, "dan@example.org")[3] == ("a", "b")
    [refused] = report.refused
    assert (refused.line, refused.email) == (4, "not-an-address@")


def test_workbook_is_read_when_its_sheet_has_addresses(bring, ledger, states):
    book = Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet("Readers")
    sheet.append(["Readers of UPR Trax"])
    sheet.append([])
    sheet.append(["E-mail", "Nom", "Année", "Depuis"])
    sheet.append(["ana@example.org", "Ana", 2014, None])
    sheet.append(["nobody", "Ben", 1.5, None])
    written = io.BytesIO()
    book.save(written)
    report = bring(written.getvalue(), name="readers.xlsx", state=None)
    assert report.facts.kind == "Excel workbook, sheet “Readers”"
    assert states() == {"ana@example.org": "subscribed"}
    assert _reader(ledger, "ana@example.org")[2] == {"Année": "2014"}
    assert [(row.line, row.fault) for row in report.refused] == [(5, "no valid address")]


def test_file_is_refused_in_words_when_it_is_a_workbook_without_addresses(tmp_path):
    book = Workbook()
    book.active.append(["name", "city"])
    file = tmp_path / "readers.xlsx"
    book.save(file)
    with pytest.raises(BadFile, match="no sheet has a column"), open_table(file):
        pass
    with zipfile.ZipFile(tmp_path / "readers.ods", "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with (
        pytest.raises(BadFile, match="LibreOffice spreadsheet") as caught,
        open_table(tmp_path / "readers.ods"),
    ):
        pass
    assert "Save it as CSV" in caught.value.advice


def test_archive_is_unpacked_with_leavers_first_when_mailchimp_packed_it(tmp_path):
    archive, state = tmp_path / "audience.zip", tmp_path / "state"
    state.mkdir()
    with zipfile.ZipFile(archive, "w") as packed:
        for name in ("subscribed", "unsubscribed", "cleaned"):
            file = f"{name}_members_export_7f3a.csv"
            packed.write(EXPORTS / file, f"audience/{file}")
        packed.writestr("audience/nonsubscribed_members_export_7f3a.csv", "Email Address\nx@example.org\n")
        packed.writestr("__MACOSX/._subscribed_members_export_7f3a.csv", "x")
    assert is_archive(archive)
    with unpacked(archive, state) as members:
        assert [one.source.split("_")[0] for one in members] == ["cleaned", "unsubscribed", "subscribed"]
        assert members[2].file.read_bytes() == (EXPORTS / members[2].source).read_bytes()
    assert list(state.iterdir()) == []


def test_archive_is_refused_when_nothing_in_it_holds_readers(tmp_path):
    archive = tmp_path / "pictures.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("../../a.png", "x")
    with pytest.raises(BadFile, match="no file with readers"), unpacked(archive, tmp_path):
        pass
    shutil.copy(archive, tmp_path / "broken.zip")
    (tmp_path / "broken.zip").write_bytes(archive.read_bytes()[:40])
    with pytest.raises(BadFile, match="damaged"), unpacked(tmp_path / "broken.zip", tmp_path):
        pass


def test_own_export_comes_back_as_it_was_when_imported_elsewhere(bring, ledger, states):
    report = bring(
        "email,name,language,status,list,since,topics,tags,organisation,Phone\n"
        "ana@example.org,'=Ana,fr,subscribed,UPR Trax,2015-12-18T09:30:00+00:00,,a; b,Promo-LEX,'+41 22\n"
        "lena@example.org,Lena,,suppressed,UPR Trax,2015-12-18T09:30:00+00:00,,,,\n",
        state=None,
    )
    assert report.facts.provider == "trax"
    assert _reader(ledger, "ana@example.org") == (
        "=Ana",
        "fr",
        {"organisation": "Promo-LEX", "Phone": "+41 22"},
        ("a", "b"),
    )
    assert states()["lena@example.org"] == "unsubscribed"
