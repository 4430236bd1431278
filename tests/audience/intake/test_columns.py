import pytest

from trax_mailer.audience.intake.columns import BadHeader, read_columns


def _read(header):
    columns = read_columns(header)
    return {role: header[index] for role, index in columns.roles.items()}, set(columns.fields.values())


EXPORTS = [
    "Email Address=email, First Name=first_name, Last Name=last_name, MEMBER_RATING=-",
    "E-MAIL=email, name=name, Language=language, Status=status",
    "Courriel=email, Prénom=first_name, Nom=last_name, Langue=language, Pays=country",
    "Adresse électronique=email, Nom=name, Statut=status, Société=organisation",
    "Correo electrónico=email, Nombre=first_name, Apellidos=last_name, Idioma=language",
    "correo=email, nombre=name, país=country, estado=-",
    "E-Mail-Adresse=email, Vorname=first_name, Name=last_name, Sprache=language, Land=country",
    "E-Mail=email, Vorname=first_name, Nachname=last_name, Name=name, Firma=organisation",
    "email=email, name=name, first_name=first_name, last_name=last_name",
    "E-mail 1 - Value=email, Full name=name, State=-",
]


@pytest.mark.parametrize("export", EXPORTS)
def test_column_is_known_by_its_name_when_written_in_four_languages(export):
    pairs = [pair.rsplit("=", 1) for pair in export.split(", ")]
    roles = {role: name for name, role in pairs if role != "-"}
    assert _read([name for name, _ in pairs]) == (roles, {name for name, role in pairs if role == "-"})


def test_every_column_keeps_a_name_of_its_own_when_names_repeat_or_miss():
    columns = read_columns(["email", "tag", "", "tag", " tag ", ""])
    assert columns.fields == {1: "tag", 2: "column 3", 3: "tag 2", 4: "tag 3", 5: "column 6"}


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (["name", "city"], "no column is called “email”"),
        (["email", "E-Mail"], "“email” and “E-Mail” both hold the email"),
        (["email", "Langue", "language"], "both hold the language"),
    ],
)
def test_header_is_refused_when_it_does_not_say_which_column_is_which(header, words):
    with pytest.raises(BadHeader, match=words):
        read_columns(header)


def test_column_of_people_who_left_is_noticed_when_mailchimp_wrote_it():
    assert read_columns(["Email Address", "UNSUB_TIME"]).left_behind == "UNSUB_TIME"
    assert read_columns(["Email Address", "CLEAN_CAMPAIGN_TITLE"]).left_behind == "CLEAN_CAMPAIGN_TITLE"
    assert read_columns(["Email Address", "OPTIN_TIME"]).left_behind == ""
