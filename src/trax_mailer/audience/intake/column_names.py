"""What columns are called, in English, French, Spanish and German, and what the program calls them."""

from __future__ import annotations

from collections.abc import Mapping

from trax_mailer.audience.wording import plain

_NAMES: Mapping[str, str] = {
    "email": (
        "email, e-mail, mail, email address, e-mail address, primary email, email 1, e-mail 1 - value,"
        "courriel, adresse courriel, adresse électronique, adresse e-mail, adresse mail, mél,"
        "correo, correo electrónico, dirección de correo, dirección de correo electrónico,"
        "dirección de email, e-mail-adresse, mailadresse"
    ),
    "further_email": (
        "further addresses, other email, other emails, alternate emails, email 2, e-mail 2, e-mail 2 - value,"
        "e-mail 3 - value, secondary email, autre courriel, otro correo"
    ),
    "name": (
        "name, full name, display name, nom, nom complet, nom et prénom, prénom et nom, nombre,"
        "nombre completo, nombre y apellidos, nombre y apellido, vollständiger name, vor- und nachname"
    ),
    "first_name": "first name, given name, forename, fname, prénom, nombre de pila, vorname",
    "last_name": (
        "last name, family name, surname, lname, nom de famille, apellido, apellidos, nachname, familienname"
    ),
    "language": "language, lang, locale, preferred language, langue, idioma, lengua, sprache",
    "status": (
        "status, subscription status, email marketing status, member status, statut, estatus,abostatus"
    ),
    "organisation": (
        "organisation, organization, company, institution, organisme, société, entreprise, organización,"
        "empresa, institución, firma, unternehmen"
    ),
    "country": "country, country or region, country/region, pays, país, land",
    "role": (
        "role, rôle, rol, rolle, stakeholder, stakeholder type, constituency, reader type,"
        "type of organisation, type of organization, type d'organisation, tipo de organización"
    ),
    "tags": "tags, labels, categories, étiquettes, etiquetas, schlagwörter",
    "left_at": "opted out at, opt-out date, unsubscribed at, unsubscribe date, unsub date",
    "blocked": "unsubscribed?, is unsubscribed, opted out?, blocklisted, blacklisted, email blacklisted",
    "attributes": "",
    "untracked": "",
}
ROLE_OF_NAME = {
    plain(name): role for role, names in _NAMES.items() for name in names.split(",") if plain(name)
}

LAST_NAMES = {name for name, role in ROLE_OF_NAME.items() if role == "last_name"}

SEVERAL = frozenset({"tags", "further_email"})
"""What several columns may hold together."""

KEPT_AS_FIELDS = ("first_name", "last_name", "organisation", "country", "role")
"""Roles that are kept among a reader's fields, by these names."""

WORDS_OF_ROLE = {
    "email": "address",
    "further_email": "further addresses",
    "name": "name",
    "first_name": "first name",
    "last_name": "last name",
    "language": "language",
    "status": "where the reader stands",
    "organisation": "organisation",
    "country": "country",
    "role": "role",
    "tags": "tags",
    "left_at": "left the list, where it holds a date",
    "blocked": "left the list, where it says yes",
    "attributes": "further fields, as JSON",
    "untracked": "not to be tracked, where it says yes",
}

LEFT_BEHIND = {
    "unsubtime": "unsubscribed",
    "unsubcampaigntitle": "unsubscribed",
    "unsubreason": "unsubscribed",
} | {
    "cleantime": "bounced",
    "cleancampaigntitle": "bounced",
}
"""Columns that only Mailchimp's exports of people who left or bounced have, and what they say."""

REASON_COLUMN, LINE_COLUMN = "refused because", "refused in line"
OURS = frozenset({plain(REASON_COLUMN), plain(LINE_COLUMN)})
"""The columns that the program adds to the rows that it refused."""
