"""Loading trax.yaml: every problem at once, each at its place."""

from __future__ import annotations

import os
from collections.abc import Mapping as MappingType
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from trax_mailer.errors import BadWorkspace
from trax_mailer.fields import Findings, read_fields
from trax_mailer.model.finding import has_errors
from trax_mailer.model.values import Group, Text, Url, Value
from trax_mailer.settings.bounces import bounces_settings
from trax_mailer.settings.database import database_settings
from trax_mailer.settings.declared import SETTINGS
from trax_mailer.settings.state import absolute, choose_state
from trax_mailer.settings.topics import check_topics, topics_of
from trax_mailer.settings.types import (
    Pictures,
    Secret,
    SendGridSettings,
    Settings,
    SmtpSettings,
    SubscribingSettings,
    TrackingSettings,
)
from trax_mailer.settings.wording import check_wording
from trax_mailer.yamltree import Mapping, read_tree_from

SETTINGS_FILE = "trax.yaml"
CHECK = "settings"

_DEFAULTS = Settings(root=Path(), state=Path())


def find_workspace(start: Path) -> Path:
    """The nearest folder at or above `start` that holds a trax.yaml. Raises `BadWorkspace`."""
    here = start.absolute()
    for folder in (here, *here.parents):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    raise BadWorkspace(
        f"{start} is in no workspace: neither it nor a folder above it holds a {SETTINGS_FILE}.",
        advice="Change into your newsletter's folder, or make one with “trax init FOLDER”.",
    )


def load_settings(
    root: Path, *, environ: MappingType[str, str] = os.environ, state: Path | None = None
) -> Settings:
    """The settings of the workspace at `root`.

    The state directory is `state`, or TRAX_STATE, or the one trax.yaml names, or one in the
    user's home, in this order. Secrets come from the environment alone: SENDGRID_API_KEY,
    TRAX_SMTP_PASSWORD and TRAX_IMAP_PASSWORD. Raises `BadWorkspace` with every finding.
    """
    file = root / SETTINGS_FILE
    if not file.is_file():
        raise BadWorkspace(
            f"{root} is no workspace: it holds no {SETTINGS_FILE}.",
            advice="Change into your newsletter's folder, or make one with “trax init FOLDER”.",
        )
    tree = read_tree_from(file, shown_as=SETTINGS_FILE)
    findings = Findings(check=CHECK)
    findings.extend(tree.findings)
    reading = read_fields(tree.root, SETTINGS, check=CHECK, whose=SETTINGS_FILE)
    findings.extend(reading.findings)
    if isinstance(tree.root, Mapping):
        check_wording(tree.root, findings)
        check_topics(tree.root, findings)
    if tree.root is None or has_errors(findings.all()):
        raise BadWorkspace(f"{SETTINGS_FILE} cannot be used as it stands.", findings=findings.all())
    return _settings(reading.group, root, environ, state)


def _settings(values: Group, root: Path, environ: MappingType[str, str], state: Path | None) -> Settings:
    organisation, newsletter, sender = (
        _group(values[name]) for name in ("organisation", "newsletter", "sender")
    )
    name, list_id = _words(newsletter, "name"), _words(newsletter, "list_id")
    chosen = choose_state(
        root,
        named=(state, environ.get("TRAX_STATE", ""), _words(values, "state")),
        newsletter=name,
        list_id=list_id,
    )
    outbox = _words(_group(values["folder"]), "path")
    return Settings(
        root=root,
        state=chosen,
        organisation=_words(organisation, "name"),
        postal_address=_words(organisation, "postal_address"),
        website=_words(organisation, "website"),
        newsletter=name,
        subject=_words(newsletter, "subject") or _DEFAULTS.subject,
        language=_words(newsletter, "language") or _DEFAULTS.language,
        timezone=ZoneInfo(_words(newsletter, "timezone") or "UTC"),
        list_id=list_id,
        from_email=_words(sender, "email"),
        from_name=_words(sender, "name") or name,
        reply_to=_words(sender, "reply_to"),
        public_url=_words(values, "public_url").rstrip("/"),
        pictures=Pictures(_words(newsletter, "pictures") or Pictures.HOSTED),
        topics=topics_of(newsletter),
        transport=_words(values, "transport"),
        outbox=absolute(Path(outbox), root) if outbox else chosen / "outbox",
        smtp=_smtp(_group(values["smtp"]), environ),
        sendgrid=_sendgrid(_group(values["sendgrid"]), environ),
        database=database_settings(_words(values, "database"), environ),
        bounces=bounces_settings(_group(values["bounces"]), environ),
        late_minutes=_number(_group(values["sending"]), "late_minutes") or _DEFAULTS.late_minutes,
        tracking=_tracking(_group(values["tracking"])),
        subscribing=_subscribing(_group(values["subscribing"])),
    )


def _tracking(group: Group) -> TrackingSettings:
    default = _DEFAULTS.tracking
    return TrackingSettings(days=_number(group, "days") or default.days, pixel=_words(group, "pixel") != "no")


def _smtp(group: Group, environ: MappingType[str, str]) -> SmtpSettings:
    default = _DEFAULTS.smtp
    security = _words(group, "security") or default.security
    return SmtpSettings(
        host=_words(group, "host"),
        port=_number(group, "port") or (465 if security == "tls" else default.port),
        security=security,
        username=_words(group, "username"),
        password=Secret(environ.get("TRAX_SMTP_PASSWORD", "")),
        timeout=_number(group, "timeout") or default.timeout,
        answer_timeout=_number(group, "answer_timeout") or default.answer_timeout,
        lanes=_number(group, "lanes") or default.lanes,
        connections=_number(group, "connections") or default.connections,
        rate=_number(group, "rate"),
    )


def _sendgrid(group: Group, environ: MappingType[str, str]) -> SendGridSettings:
    default = _DEFAULTS.sendgrid
    return SendGridSettings(
        region=_words(group, "region") or default.region,
        host=_words(group, "host").rstrip("/"),
        api_key=Secret(environ.get("SENDGRID_API_KEY", "").strip()),
        timeout=_number(group, "timeout") or default.timeout,
        batch_size=_number(group, "batch_size") or default.batch_size,
        lanes=_number(group, "lanes") or default.lanes,
        rate=_number(group, "rate"),
        webhook_key="".join(_words(group, "webhook_key").split()),
        groups=MappingProxyType(
            {_words(one, "list"): _number(one, "group") for one in _groups(group.values.get("groups"))}
        ),
        sync_suppressions=group.values.get("sync_suppressions") is True,
        event_days=_number(group, "event_days") or default.event_days,
    )


def _groups(value: Value) -> list[Group]:
    return [one for one in value if isinstance(one, Group)] if isinstance(value, tuple) else []


def _subscribing(group: Group) -> SubscribingSettings:
    default = _DEFAULTS.subscribing
    return SubscribingSettings(
        confirm_days=_number(group, "confirm_days") or default.confirm_days,
        link_minutes=_number(group, "link_minutes") or default.link_minutes,
        ask_why=group.values.get("ask_why") is not False,
    )


def _group(value: Value) -> Group:
    return value if isinstance(value, Group) else Group()


def _words(group: Group, name: str) -> str:
    match group.values.get(name):
        case Text(source=words) | Url(target=words) | str(words):
            return words
        case _:
            return ""


def _number(group: Group, name: str) -> int:
    value = group.values.get(name)
    return value if isinstance(value, int) else 0
