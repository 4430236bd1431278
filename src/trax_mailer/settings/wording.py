"""Checks of settings that need more than a field's kind."""

from __future__ import annotations

import re
import string

from trax_mailer.fields import Findings, did_you_mean
from trax_mailer.settings.declared import time_zones
from trax_mailer.yamltree import Entry, Mapping, Scalar, Sequence

SUBJECT_FIELDS = ("number", "title")

_LIST_ID = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_IN_A_HEADER = re.compile(r"[A-Za-z0-9:/._~%@\[\]-]{0,200}")
_SECRETS = {
    ("smtp", "password"): "TRAX_SMTP_PASSWORD",
    ("bounces", "password"): "TRAX_IMAP_PASSWORD",
    ("sendgrid", "api_key"): "SENDGRID_API_KEY",
    ("sendgrid", "key"): "SENDGRID_API_KEY",
}


def check_wording(root: Mapping, findings: Findings) -> None:
    """The form of the subject, the list id, the time zone, the public address, and stray secrets."""
    for (group, name), check in (
        (("newsletter", "subject"), _check_subject),
        (("newsletter", "list_id"), _check_list_id),
        (("newsletter", "timezone"), _check_timezone),
    ):
        entry = _entry(root, group, name)
        if entry is not None and isinstance(entry.value, Scalar) and not entry.value.is_null:
            check(entry.value, findings)
    for name, scheme in (
        ("public_url", root.entry("public_url")),
        ("host", _entry(root, "sendgrid", "host")),
    ):
        if scheme is not None and isinstance(scheme.value, Scalar):
            _check_web(scheme.value, name, findings)
    _check_server(root, findings)
    _check_groups(root, findings)
    for (group, name), variable in _SECRETS.items():
        entry = _entry(root, group, name)
        if entry is not None:
            findings.at(
                entry.key,
                f"“{group}.{name}” is a secret, and trax.yaml is shared.",
                advice=f"Remove it, change it where it was made, and set {variable} in the environment.",
            )


def _entry(root: Mapping, group: str, name: str) -> Entry | None:
    node = root.get(group)
    return node.entry(name) if isinstance(node, Mapping) else None


def _check_server(root: Mapping, findings: Findings) -> None:
    transport, host = root.get("transport"), _entry(root, "smtp", "host")
    if not isinstance(transport, Scalar) or transport.text.strip() != "smtp":
        return
    if host is None or (isinstance(host.value, Scalar) and not host.value.text.strip()):
        findings.at(
            transport,
            "“transport” is smtp, but “smtp.host” names no mail server.",
            advice="Add “smtp: {host: mail.example.org}”, with the name of yours.",
        )


def _check_groups(root: Mapping, findings: Findings) -> None:
    """A list has one unsubscribe group and a group one list: else who leaves one would leave another."""
    groups = _entry(root, "sendgrid", "groups")
    if groups is None or not isinstance(groups.value, Sequence):
        return
    for name in ("list", "group"):
        seen: set[str] = set()
        for item in groups.value.items:
            node = item.get(name) if isinstance(item, Mapping) else None
            if not isinstance(node, Scalar):
                continue
            if node.text.strip() in seen:
                findings.at(
                    node,
                    f"“sendgrid.groups” names the {name} “{node.text.strip()[:60]}” twice.",
                    advice="Give each list a group of its own, and each group one list.",
                )
            seen.add(node.text.strip())


def _check_subject(node: Scalar, findings: Findings) -> None:
    example = 'Write for instance "No {number}: {title}".'
    try:
        pieces = list(string.Formatter().parse(node.text))
    except ValueError:
        findings.at(node, "“newsletter.subject” has a brace without its partner.", advice=example)
        return
    names = [name for _words, name, _form, _conversion in pieces if name is not None]
    for name in names:
        if name not in SUBJECT_FIELDS:
            meant = did_you_mean(name, SUBJECT_FIELDS) or "It may hold {number} and {title}."
            findings.at(
                node, f"“newsletter.subject” names “{{{name[:40]}}}”, which is not known.", advice=meant
            )
    if any(form or conversion for _words, _name, form, conversion in pieces):
        findings.at(node, "“newsletter.subject” has more than a name between braces.", advice=example)
    if "title" not in names:
        findings.at(
            node, "“newsletter.subject” leaves out {title}: every issue would look the same.", advice=example
        )


def _check_list_id(node: Scalar, findings: Findings) -> None:
    if not _LIST_ID.fullmatch(node.text.strip()):
        findings.at(
            node,
            "“newsletter.list_id” is no list identifier (RFC 2919).",
            advice="Write words with dots between them, ending in a domain of yours: trax.example.org.",
        )


def _check_timezone(node: Scalar, findings: Findings) -> None:
    zones = time_zones()
    name = node.text.strip()
    if name not in zones:
        by_city = next((zone for zone in zones if zone.rpartition("/")[2].casefold() == name.casefold()), "")
        meant = f"Did you mean “{by_city}”?" if by_city else did_you_mean(name, zones)
        advice = meant or "Write an area and a city, such as Europe/Zurich."
        findings.at(node, f"“newsletter.timezone” names no time zone: “{name[:60]}”.", advice=advice)


def _check_web(node: Scalar, name: str, findings: Findings) -> None:
    address = node.text.strip()
    if ":" in address and not re.match(r"https?://[^?#]*$", address, re.IGNORECASE) and not node.is_null:
        findings.at(
            node,
            f"“{name}” is no plain web address.",
            advice="Write https:// and the name of the host, without “?” and “#”.",
        )
    elif name == "public_url" and not _IN_A_HEADER.fullmatch(address):
        findings.at(
            node,
            f"“{name}” cannot stand in the header by which readers leave (RFC 2369).",
            advice="Write it short, in plain letters, digits and hyphens: a host like bücher.org as xn--….",
        )
