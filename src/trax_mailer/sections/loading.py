"""Loading section types: built-in ones, then the workspace's own over them."""

from __future__ import annotations

from pathlib import Path

from trax_mailer.errors import BadFile
from trax_mailer.fields import Field, Findings, Kind, read_fields
from trax_mailer.model.finding import Finding, has_errors
from trax_mailer.model.values import Text
from trax_mailer.sections.declaring import CHECK, RESERVED, declare_fields, is_name
from trax_mailer.sections.section_type import SectionType
from trax_mailer.yamltree import Mapping, read_tree_from

BUILTIN_TEMPLATES = Path(__file__).parent.parent / "starter" / "templates" / "email"
"""The packaged templates: the built-in section types and the neutral look."""

_DECLARATION = (
    Field(
        name="label", kind=Kind.TEXT, required=True, merge=False, help="Say what people call such a section."
    ),
    Field(name="help", kind=Kind.TEXT, merge=False),
)


def load_section_types(templates: Path | None) -> dict[str, SectionType]:
    """Every section type by name. `templates` is a workspace's `templates/email`, None for none.

    Raises `BadFile` with the findings of all declarations, not only of the first bad one.
    """
    folders = [BUILTIN_TEMPLATES] if templates is None else [BUILTIN_TEMPLATES, templates]
    types: dict[str, SectionType] = {}
    findings: list[Finding] = []
    for folder in folders:
        for file in sorted((folder / "sections").glob("*.yaml")):
            declared, found = _load(file, folder, folders)
            findings += found
            if declared is not None:
                types[declared.name] = declared
    if has_errors(findings):
        raise BadFile("The section types cannot be used as they are declared.", findings=findings)
    return types


def _load(file: Path, folder: Path, folders: list[Path]) -> tuple[SectionType | None, tuple[Finding, ...]]:
    shown_as = "/".join([*folder.parts[-2:], "sections", file.name])
    tree = read_tree_from(file, shown_as=shown_as)
    findings = Findings(check=CHECK)
    findings.extend(tree.findings)
    if tree.root is None:
        return None, findings.all()
    reading = read_fields(tree.root, _DECLARATION, check=CHECK, whose="a section type", skip=("fields",))
    findings.extend(reading.findings)
    if not isinstance(tree.root, Mapping):
        return None, findings.all()
    name = file.stem
    if not is_name(name):
        findings.at(
            tree.root,
            f"“{name}” is no name for a section type.",
            advice="Name the file in small letters, digits and underscores, starting with a letter.",
        )
    fields = declare_fields(tree.root.get("fields"), findings, owner=tree.root, reserved=RESERVED)
    for ending, what in (("mjml", "HTML"), ("txt", "plain text")):
        if not any((parent / "sections" / f"{name}.{ending}").is_file() for parent in folders):
            findings.at(
                tree.root,
                f"The section type “{name}” has no template for {what}.",
                advice=f"Put “{name}.{ending}” beside “{file.name}”.",
            )
    label, help_ = reading.group["label"], reading.group["help"]
    declared = SectionType(
        name=name,
        label=label.source if isinstance(label, Text) else name,
        help=help_.source if isinstance(help_, Text) else "",
        fields=fields,
        mjml=f"sections/{name}.mjml",
        text=f"sections/{name}.txt",
        file=shown_as,
    )
    return declared, findings.all()
