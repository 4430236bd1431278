"""What a field is: a name, a kind of value, and words for the person who fills it in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of value a field can hold, with the type that reading gives."""

    TEXT = "text"
    """One line of words: `Text`."""
    MARKDOWN = "markdown"
    """Body text without raw HTML: `Markdown`."""
    URL = "url"
    """http, https, mailto or tel: `Url`."""
    EMAIL = "email"
    """An e-mail address: `str`."""
    LINK = "link"
    """`{label, url}`: `Link`."""
    PICTURE = "picture"
    """`{file, alt or decorative, caption, credit, link}`: `Picture`."""
    DATE = "date"
    """2015-12-31: `date`."""
    DATETIME = "datetime"
    """2015-12-31 10:30 in the newsletter's time zone, or with an offset: aware `datetime` in UTC."""
    TIME = "time"
    """10:30: `time` without a zone."""
    DATE_RANGE = "date_range"
    """A date, `{from, to}` or "2015-12-15 to 2015-12-17": `DateRange`."""
    NUMBER = "number"
    """A whole number: `int`."""
    BOOLEAN = "boolean"
    """true or false: `bool`."""
    CHOICE = "choice"
    """One of `choices`: `str`."""
    LANGUAGE = "language"
    """A language tag such as `en` or `pt-BR`: `str`."""
    COLOUR = "colour"
    """#rrggbb, lower case: `str`."""
    GROUP = "group"
    """Named values of their own (`fields`): `Group`."""
    LIST = "list"
    """Several values of one kind (`of`): `tuple`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A declared field.

    `of` declares the items of a list, `fields` those of a group, `choices` the words of a choice. A group
    with `of` and no `fields` holds such values by language tag.
    `least` and `most` bound a number. `role` tells checks what the value means (`deadline`,
    `event`). `merge` is False where merge fields make no sense.
    """

    name: str
    kind: Kind
    label: str = ""
    help: str = ""
    required: bool = False
    of: Field | None = None
    fields: tuple[Field, ...] = ()
    choices: tuple[str, ...] = ()
    role: str = ""
    least: int | None = None
    most: int | None = None
    merge: bool = True


LINK_FIELDS = (
    Field(name="label", kind=Kind.TEXT, required=True, merge=False, help="The words to click."),
    Field(
        name="url", kind=Kind.URL, required=True, help="Where the link leads: https://…, mailto:… or tel:…"
    ),
)

PICTURE_FIELDS = (
    Field(
        name="file",
        kind=Kind.TEXT,
        required=True,
        merge=False,
        help="The picture's file (PNG, JPEG, GIF or WebP), relative to the folder of this file.",
    ),
    Field(
        name="alt",
        kind=Kind.TEXT,
        merge=False,
        help="What the picture shows, for readers who do not see it. Needed unless it is decorative.",
    ),
    Field(
        name="decorative", kind=Kind.BOOLEAN, help="true for a picture that says nothing; it has no alt then."
    ),
    Field(name="caption", kind=Kind.TEXT, merge=False, help="A line under the picture."),
    Field(name="credit", kind=Kind.TEXT, merge=False, help="Who made the picture."),
    Field(name="link", kind=Kind.URL, help="Where a click on the picture leads."),
)

RANGE_FIELDS = (
    Field(name="from", kind=Kind.DATE, required=True, help="The first day, as 2015-12-15."),
    Field(name="to", kind=Kind.DATE, required=True, help="The last day, as 2015-12-17."),
)
