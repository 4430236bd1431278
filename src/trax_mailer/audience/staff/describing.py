"""What is said about a reader: name, language, fields and tags."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from sqlalchemy import Connection

from trax_mailer.audience.staff.finding import reader_in
from trax_mailer.errors import BadOption
from trax_mailer.model.act import Act
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.subscribers import SubscriberRow, stored_reader, update_subscribers
from trax_mailer.storage.tags import change_tags

_TAG = re.compile(r"[^\W_][\w.:-]{0,79}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_LONGEST, _LONGEST_LANGUAGE, _LONGEST_FIELD = 10_000, 35, 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What is to be said of a reader; None leaves it as it is. A field with an empty value is taken away."""

    name: str | None = None
    language: str | None = None
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def change_reader(ledger: Ledger, words: str, said: Description, *, act: Act) -> bool:
    """Say that about the reader of that address. False where it was said already, and then nothing changes.

    Raises Refused where there is no such reader, BadOption for words that cannot be kept. The act names
    what was changed, not to what.
    """
    said = replace(said, fields=cleaned(said.fields))
    with ledger.write() as connection:
        reader_id = reader_in(connection, words).reader.id or 0
        changed = change_in(connection, reader_id, said)
        if changed:
            details = {**act.details, "changed": sorted(changed)}
            add_act(connection, replace(act, subscriber_id=reader_id, details=details))
    return bool(changed)


def change_in(connection: Connection, reader_id: int, said: Description) -> set[str]:
    """Like `change_reader`, within a transaction. Returns the names of what changed."""
    stored = stored_reader(connection, reader_id)
    if stored is None:
        return set()
    _check(said)
    reader = stored.reader
    name = reader.name if said.name is None else " ".join(said.name.split())
    language = reader.language if said.language is None else said.language
    fields = {key: value for key, value in {**reader.fields, **said.fields}.items() if value}
    changed = {key for key in {*fields, *reader.fields} if fields.get(key) != reader.fields.get(key)}
    changed |= {"name"} if name != reader.name else set()
    changed |= {"language"} if language != reader.language else set()
    if changed:
        row = SubscriberRow(
            address=stored.address, email=reader.email, name=name, language=language, fields=fields
        )
        update_subscribers(connection, {reader_id: row})
    return changed


def tag_reader(
    ledger: Ledger, words: str, *, add: Collection[str], remove: Collection[str], act: Act
) -> bool:
    """Put tags on the reader of that address and take others off. False where that changes nothing.

    Raises Refused where there is no such reader, BadOption for what cannot be a tag.
    """
    for tag in (*add, *remove):
        if _TAG.fullmatch(tag) is None:
            raise BadOption(
                f"“{tag}” cannot be a tag.",
                advice="A tag is one word of letters, digits, “-”, “.”, “:” or “_”, at most 80 of them.",
            )
    with ledger.write() as connection:
        reader_id = reader_in(connection, words).reader.id or 0
        changed = change_tags(connection, reader_id, add=add, remove=remove)
        if changed:
            names = [*(f"+{tag}" for tag in sorted(add)), *(f"-{tag}" for tag in sorted(remove))]
            details = {**act.details, "tags": names}
            add_act(connection, replace(act, subscriber_id=reader_id, details=details))
    return changed


def cleaned(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields as they are kept: no blanks around, no empty names."""
    return {" ".join(key.split()): value.strip() for key, value in fields.items()}


def _check(said: Description) -> None:
    if said.language and (
        len(said.language) > _LONGEST_LANGUAGE or _LANGUAGE.fullmatch(said.language) is None
    ):
        raise BadOption(
            f"“{said.language[:40]}” is no language.", advice="Give its tag, such as en, fr or pt-BR."
        )
    for key, value in {"name": said.name or "", **said.fields}.items():
        if not key or len(key) > _LONGEST_FIELD or not key.isprintable():
            raise BadOption(
                f"“{key[:40]}” cannot be the name of a field.",
                advice=f"It has at most {_LONGEST_FIELD} characters, none of them invisible.",
            )
        if len(value) > _LONGEST or "\x00" in value:
            raise BadOption(f"What “{key}” is set to cannot be kept.", advice="Set it to fewer, plain words.")
