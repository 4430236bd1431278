"""Issues: from `issue.yaml` to a typed `Issue`, its JSON Schema, and frames for new ones.

Takes a file, the section types and the settings; returns the issue and every finding, each with
file:line:column. Never raises for what an issue says, never renders, and writes only where a
person asked for a new workspace or a new issue.
"""

from trax_mailer.issues.finding_issues import find_issue
from trax_mailer.issues.loading import Loaded, load_issue
from trax_mailer.issues.schema import issue_schema

__all__ = ["Loaded", "find_issue", "issue_schema", "load_issue"]
