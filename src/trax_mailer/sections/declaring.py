"""Reading the declarations of fields: `deadline: {type: date, required: true}`."""

from __future__ import annotations

import re

from trax_mailer.fields import Field, Findings, Kind, read_fields
from trax_mailer.model.values import Group, Text
from trax_mailer.yamltree import Entry, Mapping, Node, Scalar, Sequence

CHECK = "sections"
RESERVED = ("type", "id", "topics")
ROLES = ("deadline", "event")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NESTED = ("of", "fields", "choices")
_ROLE_KINDS = {
    "deadline": (Kind.DATE, Kind.DATETIME),
    "event": (Kind.DATE, Kind.DATETIME, Kind.DATE_RANGE),
}
_DECLARATION = (
    Field(
        name="type",
        kind=Kind.CHOICE,
        choices=tuple(Kind),
        required=True,
        help=f"Its type is one of {', '.join(Kind)}.",
    ),
    Field(name="label", kind=Kind.TEXT, merge=False),
    Field(name="help", kind=Kind.TEXT, merge=False),
    Field(name="required", kind=Kind.BOOLEAN),
    Field(name="role", kind=Kind.CHOICE, choices=ROLES),
)


def is_name(words: str) -> bool:
    """Whether a section type or a field may be called that: small letters, digits, underscores."""
    return _NAME.fullmatch(words) is not None


def declare_fields(
    node: Node | None, findings: Findings, *, owner: Node, reserved: tuple[str, ...]
) -> tuple[Field, ...]:
    """The fields declared under a `fields` key; what is wrong goes to the findings."""
    if not isinstance(node, Mapping) or not node.entries:
        findings.at(
            node or owner,
            "“fields” declares no field.",
            advice="Write each field on a line below it: “title: {type: text, required: true}”.",
        )
        return ()
    declared = (_declare_entry(entry, findings, reserved=reserved) for entry in node.entries)
    return tuple(field for field in declared if field is not None)


def _declare_entry(entry: Entry, findings: Findings, *, reserved: tuple[str, ...]) -> Field | None:
    name = entry.key.text
    if not is_name(name):
        findings.at(
            entry.key,
            f"“{name[:60]}” is no name for a field.",
            advice="Use small letters, digits and underscores, starting with a letter.",
        )
        return None
    if name in reserved:
        findings.at(
            entry.key, f"“{name}” cannot be declared: every section has it.", advice="Choose another name."
        )
        return None
    return _declare(entry.value, name, findings)


def _declare(node: Node, name: str, findings: Findings) -> Field | None:
    reading = read_fields(node, _DECLARATION, check=CHECK, whose=f"the field “{name}”", skip=_NESTED)
    findings.extend(reading.findings)
    values = reading.group
    if not isinstance(node, Mapping) or not isinstance(values["type"], str):
        return None
    kind = Kind(values["type"])
    _refuse_strangers(node, kind, findings)
    role = str(values["role"] or "")
    if role and kind not in _ROLE_KINDS[role]:
        kinds = " or ".join(_ROLE_KINDS[role])
        findings.at(node.get("role") or node, f"The role “{role}” belongs to a {kinds}, not to a {kind}.")
    of = _declare_items(node, name, findings) if kind is Kind.LIST else None
    if kind is Kind.LIST and of is None:
        return None
    return Field(
        name=name,
        kind=kind,
        label=_text(values, "label") or name.replace("_", " ").capitalize(),
        help=_text(values, "help"),
        required=values["required"] is True,
        of=of,
        fields=declare_fields(node.get("fields"), findings, owner=node, reserved=())
        if kind is Kind.GROUP
        else (),
        choices=_declare_choices(node, findings) if kind is Kind.CHOICE else (),
        role=role,
    )


def _declare_items(node: Mapping, name: str, findings: Findings) -> Field | None:
    items = node.get("of")
    if items is None:
        findings.at(
            node,
            f"The list “{name}” does not say what it lists.",
            advice="Add “of: {type: link}” or another type.",
        )
        return None
    return _declare(items, name, findings)


def _declare_choices(node: Mapping, findings: Findings) -> tuple[str, ...]:
    choices = node.get("choices")
    items = choices.items if isinstance(choices, Sequence) else ()
    words = tuple(item.text for item in items if isinstance(item, Scalar) and item.text.strip())
    if not words or len(set(words)) != len(items):
        findings.at(
            choices or node,
            "“choices” is not a list of different words.",
            advice="Write it as “choices: [small, large]”.",
        )
    return words


def _refuse_strangers(node: Mapping, kind: Kind, findings: Findings) -> None:
    """`of`, `fields` and `choices` each belong to one kind."""
    for name, owner in (("of", Kind.LIST), ("fields", Kind.GROUP), ("choices", Kind.CHOICE)):
        entry = node.entry(name)
        if entry is not None and kind is not owner:
            findings.at(
                entry.key,
                f"“{name}” belongs to the type “{owner}”, not to “{kind}”.",
                advice=f"Remove it, or write “type: {owner}”.",
            )


def _text(values: Group, name: str) -> str:
    value = values[name]
    return value.source if isinstance(value, Text) else ""
