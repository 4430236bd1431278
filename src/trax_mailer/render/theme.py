"""The theme: colours, fonts and pictures of the look, read from theme.yaml.

The packaged theme.yaml comes first, the workspace's replaces what it names, key by key. Colours
and networks may be called whatever the packaged file calls them; a workspace may add networks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from pathlib import Path

from trax_mailer.fields import Field, Kind, read_fields
from trax_mailer.model.finding import Finding, Place
from trax_mailer.model.values import Group, Text
from trax_mailer.render.views import GroupView, View, Views
from trax_mailer.yamltree import Mapping, Node, Source, Tree, read_tree_from

FILE = "theme.yaml"
_NETWORK = re.compile(r"[a-z][a-z0-9_]*")
_FONTS = re.compile(r"[\w ,.-]+")
_FONT_FIELDS = ("heading", "text")
_MODES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class ThemeLayer:
    """The values of one theme.yaml, where they stand, and the folder its pictures are relative to."""

    values: Group
    folder: Path
    places: MappingType[str, Place]
    source: Source


def read_theme(folders: tuple[tuple[Path, str], ...]) -> tuple[tuple[ThemeLayer, ...], list[Finding]]:
    """The layers of the theme, the packaged one first, and every finding.

    `folders` are as in `Templates.folders`: the workspace's first.
    """
    trees = [
        (folder, read_tree_from(folder / FILE, shown_as=f"{shown_as}/{FILE}"))
        for folder, shown_as in reversed(folders)
        if (folder / FILE).is_file()
    ]
    if not trees:
        return (), []
    fields = _theme_fields([tree.root for _, tree in trees])
    layers: list[ThemeLayer] = []
    findings: list[Finding] = []
    for folder, tree in trees:
        findings.extend(tree.findings)
        reading = read_fields(tree.root, fields, check_picture=folder, check="theme", whose="the theme")
        findings.extend(reading.findings)
        findings.extend(_font_findings(tree, reading.group))
        layers.append(ThemeLayer(reading.group, folder, reading.places, tree.source))
    return tuple(layers), findings


def theme_view(layers: tuple[ThemeLayer, ...], views: Views) -> GroupView:
    """The theme as templates see it."""
    view = GroupView({})
    for layer in layers:
        view = _merged(view, views.of_group(layer.values, folder=layer.folder, section=None))
    return view


def _merged(below: GroupView, above: GroupView) -> GroupView:
    values: dict[str, View] = {name: below[name] for name in below}
    for name in above:
        value, under = above[name], values.get(name)
        if isinstance(value, GroupView) and isinstance(under, GroupView):
            values[name] = _merged(under, value)
        elif value is not None or name not in values:
            values[name] = value
    return GroupView(values)


def _theme_fields(roots: list[Node | None]) -> tuple[Field, ...]:
    colours = _names(roots[0], "light")
    networks = sorted({name for root in roots for name in _names(root, "icons") if _NETWORK.fullmatch(name)})
    shades = tuple(Field(name=name, kind=Kind.COLOUR) for name in colours)
    return (
        Field(name="wordmark", kind=Kind.PICTURE, help="The newsletter's name as a picture."),
        Field(name="wordmark_dark", kind=Kind.PICTURE, help="The same, for dark backgrounds."),
        Field(name="wordmark_width", kind=Kind.NUMBER, least=20, most=600, help="In pixels, as shown."),
        Field(name="tagline", kind=Kind.TEXT, help="A few words under the name."),
        Field(
            name="fonts",
            kind=Kind.GROUP,
            fields=tuple(Field(name=name, kind=Kind.TEXT, merge=False) for name in _FONT_FIELDS),
        ),
        *(Field(name=mode, kind=Kind.GROUP, fields=shades) for mode in _MODES),
        Field(
            name="icons",
            kind=Kind.GROUP,
            fields=tuple(Field(name=name, kind=Kind.PICTURE) for name in networks),
        ),
    )


def _names(root: Node | None, name: str) -> tuple[str, ...]:
    node = root.get(name) if isinstance(root, Mapping) else None
    return node.names() if isinstance(node, Mapping) else ()


def _font_findings(tree: Tree, theme: Group) -> list[Finding]:
    fonts = theme["fonts"]
    node = tree.root.get("fonts") if isinstance(tree.root, Mapping) else None
    if not isinstance(fonts, Group) or not isinstance(node, Mapping):
        return []
    return [
        tree.source.finding(
            entry.value.place,
            f"“{entry.key.text}” takes names of fonts with commas between them, without quotation marks.",
            check="theme",
            advice="Write: Georgia, Times New Roman, serif",
        )
        for entry in node.entries
        if entry.key.text in fonts
        and isinstance(value := fonts[entry.key.text], Text)
        and not _FONTS.fullmatch(value.source)
    ]
