"""The settings of a workspace: trax.yaml and the environment, as frozen types.

Takes the folder of a workspace and the environment, returns `Settings`. It is the only reader of
the environment. Raises `BadWorkspace` with every finding; never writes, never opens a
connection, and keeps secrets out of words and repr.
"""

from trax_mailer.settings.declared import settings_schema
from trax_mailer.settings.loading import SETTINGS_FILE, find_workspace, load_settings
from trax_mailer.settings.types import (
    DatabaseSettings,
    Pictures,
    Secret,
    SendGridSettings,
    Settings,
    SmtpSettings,
    SubscribingSettings,
)

__all__ = [
    "SETTINGS_FILE",
    "DatabaseSettings",
    "Pictures",
    "Secret",
    "SendGridSettings",
    "Settings",
    "SmtpSettings",
    "SubscribingSettings",
    "find_workspace",
    "load_settings",
    "settings_schema",
]
