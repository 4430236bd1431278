"""The settings of a workspace: trax.yaml and the environment, as frozen types.

Takes the folder of a workspace and the environment, returns `Settings`. It is the only reader of
the environment. Raises `BadWorkspace` with every finding; never writes, never opens a
connection, and keeps secrets out of words and repr.
"""

from trax_mailer.settings.declared import settings_schema
from trax_mailer.settings.loading import SETTINGS_FILE, find_workspace, load_settings
from trax_mailer.settings.topics import stray_sections
from trax_mailer.settings.types import (
    BounceRule,
    BouncesSettings,
    DatabaseSettings,
    Pictures,
    Secret,
    SendGridSettings,
    Settings,
    SmtpSettings,
    SubscribingSettings,
    Topic,
    TrackingSettings,
)

__all__ = [
    "SETTINGS_FILE",
    "BounceRule",
    "BouncesSettings",
    "DatabaseSettings",
    "Pictures",
    "Secret",
    "SendGridSettings",
    "Settings",
    "SmtpSettings",
    "SubscribingSettings",
    "Topic",
    "TrackingSettings",
    "find_workspace",
    "load_settings",
    "settings_schema",
    "stray_sections",
]
