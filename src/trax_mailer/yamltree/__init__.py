"""YAML files as trees of nodes that know where they stand.

Takes bytes or a path, returns a `Tree`: nodes with file:line:column, and every finding of the
reading itself. Follows the core rules of YAML 1.2 by leaving each scalar the words it was written
with: `057`, `10:30`, `NO` and `on` become something else only where a field asks for it. Never
raises for bad input, never builds objects, never follows tags, anchors or aliases, and knows
nothing of issues.
"""

from trax_mailer.yamltree.nodes import Entry, Mapping, Node, Scalar, Sequence, Source, Style
from trax_mailer.yamltree.quoting import quoted
from trax_mailer.yamltree.reading import MAX_BYTES, MAX_DEPTH, Tree, read_tree, read_tree_from

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "Entry",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "Source",
    "Style",
    "Tree",
    "quoted",
    "read_tree",
    "read_tree_from",
]
