"""Section types: what a section may hold, declared in YAML beside its two templates.

Takes the folder of a workspace's templates, returns the built-in section types with the
workspace's own put over them, by name. A type is a file `sections/<name>.yaml` with
`sections/<name>.mjml` and `sections/<name>.txt` beside it, built-in or not; there is no Python
class per type. Raises `BadFile` with every finding; never renders and never reads an issue.
"""

from trax_mailer.sections.loading import BUILTIN_TEMPLATES, load_section_types
from trax_mailer.sections.section_type import SectionType

__all__ = ["BUILTIN_TEMPLATES", "SectionType", "load_section_types"]
