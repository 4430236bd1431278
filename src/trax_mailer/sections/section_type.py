"""What a section type is."""

from __future__ import annotations

from dataclasses import dataclass

from trax_mailer.fields import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionType:
    """A declared type of section.

    `mjml` and `text` name its templates (`sections/job.mjml`, `sections/job.txt`); `file` is the
    declaration's, as shown to a person. `type`, `id` and `topics`, which every section takes, are not
    among `fields`.
    """

    name: str
    label: str
    help: str
    fields: tuple[Field, ...]
    mjml: str
    text: str
    file: str
