"""YAML as editors read it that follow the core rules of YAML 1.2."""

import re

from trax_mailer.yamltree import Mapping, Scalar, Style


def as_editor(node):
    """The value an editor sees that reads YAML by the core rules of 1.2 (§10.3.2)."""
    if isinstance(node, Mapping):
        return {entry.key.text: as_editor(entry.value) for entry in node.entries}
    if not isinstance(node, Scalar):
        return [as_editor(item) for item in node.items]
    return by_core_rules(node.text) if node.style is Style.PLAIN else node.text


def by_core_rules(words):
    for pattern, make in (
        (r"|~|null|Null|NULL", lambda _: None),
        (r"true|True|TRUE|false|False|FALSE", lambda word: word.lower() == "true"),
        (r"[-+]?[0-9]+", int),
        (r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", float),
    ):
        if re.fullmatch(pattern, words):
            return make(words)
    return words
