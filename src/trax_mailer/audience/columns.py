"""The columns of an import file: what each is for, by its name in English, French, Spanish or German."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trax_mailer.audience.wording import plain

_NAMES: Mapping[str, str] = {
    "email": (
        "email, e-mail, mail, email address, e-mail address, primary email, email 1, e-mail 1 - value,"
        "courriel, adresse courriel, adresse électronique, adresse e-mail, adresse mail, mél,"
        "correo, correo electrónico, dirección de correo, dirección de correo electrónico,"
        "dirección de email, e-mail-adresse, mailadresse"
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
    "country": "country, pays, país, land",
}
_ROLES = {plain(name): role for role, names in _NAMES.items() for name in names.split(",")}
_LEFT_BEHIND = {"unsubtime", "unsubcampaigntitle", "unsubreason", "cleantime", "cleancampaigntitle"}
"""Columns that only Mailchimp's exports of people who left or bounced have."""


class BadHeader(ValueError):
    """The first row does not say which column is which; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where each thing stands in a row, by index. `fields` names the further columns."""

    roles: Mapping[str, int]
    fields: Mapping[int, str]
    count: int
    left_behind: str
    """The name of a column that only lists of people who left have, or nothing."""

    def cell(self, row: Sequence[str], role: str) -> str:
        """The row's cell for that role, without blanks around it; empty where there is none."""
        index = self.roles.get(role)
        return row[index].strip() if index is not None and index < len(row) else ""


def has_email_column(header: Sequence[str]) -> bool:
    """Whether one of the names means an e-mail address."""
    return any(_ROLES.get(plain(name)) == "email" for name in header)


def read_columns(header: Sequence[str]) -> Columns:
    """What each column is for. Raises BadHeader where no column, or two, hold the addresses."""
    roles: dict[str, int] = {}
    fields: dict[int, str] = {}
    for index, name in enumerate(header):
        role = _role(plain(name), header)
        if role is None:
            fields[index] = _free_name(name.strip() or f"column {index + 1}", [*fields.values(), *_NAMES])
        elif role in roles:
            raise BadHeader(
                f"the columns “{header[roles[role]].strip()}” and “{name.strip()}” both hold the "
                f"{role.replace('_', ' ')}"
            )
        else:
            roles[role] = index
    if "email" not in roles:
        raise BadHeader("no column is called “email”")
    left_behind = next((name.strip() for name in header if plain(name) in _LEFT_BEHIND), "")
    return Columns(roles=roles, fields=fields, count=len(header), left_behind=left_behind)


def _role(name: str, header: Sequence[str]) -> str | None:
    """The role of a column. Beside “Vorname”, “Name” is the last; beside “apellidos”, “nombre” the first."""
    others = {plain(other) for other in header}
    if name in {"nom", "name"} and others & {"prenom", "vorname"} and not others & _LAST_NAMES:
        return "last_name"
    if name == "nombre" and others & {"apellido", "apellidos"}:
        return "first_name"
    return _ROLES.get(name)


_LAST_NAMES = {name for name, role in _ROLES.items() if role == "last_name"}


def _free_name(name: str, taken: Sequence[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name} {number}" for number in range(2, len(taken) + 3) if f"{name} {number}" not in taken)
