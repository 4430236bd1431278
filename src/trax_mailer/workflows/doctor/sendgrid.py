"""Examining a SendGrid account: key, event webhook, tracking, the sender's domain, settings of mails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from trax_mailer.delivery.addresses import domain_of
from trax_mailer.errors import Forbidden, ProviderError
from trax_mailer.providers.sendgrid.account_settings import AccountSettings
from trax_mailer.settings import Settings
from trax_mailer.storage import open_ledger
from trax_mailer.storage.posted import count_refused, last_received
from trax_mailer.workflows.doctor.lines import Line, good, note, to_do, unknown
from trax_mailer.workflows.wiring import Workspace

PATH = "/events/sendgrid"
"""Below public_url: where “trax serve” takes events in."""

_EVENTS = {
    "processed": "Processed",
    "deferred": "Deferred",
    "delivered": "Delivered",
    "bounce": "Bounced",
    "dropped": "Dropped",
    "spam_report": "Spam Reports",
    "unsubscribe": "Unsubscribes",
    "group_unsubscribe": "Group Unsubscribes",
    "account_status_change": "Account Status Change",
}
"""What has to be posted, by its name in the API and in SendGrid's settings."""

_TRACKING = {
    "click": "Click Tracking",
    "open": "Open Tracking",
    "subscription": "Subscription Tracking",
    "google_analytics": "Google Analytics",
}
_CHANGING = {
    "footer": "Footer: it adds words of its own to every mail",
    "template": "Legacy Email Template: it changes the HTML of every mail",
    "plain_content": "Plain Content: it makes HTML of plain text",
    "spam_check": "Spam Checker: it may drop mails without a word to readers",
}
_WHERE = "In SendGrid: Settings, Mail Settings, Event Webhooks"


def examine(workspace: Workspace) -> list[Line]:
    """Everything that was looked at. Raises ProviderError without a key that SendGrid knows."""
    settings = workspace.settings
    account = AccountSettings(settings.sendgrid)
    lines = [_key(account, settings)]
    for about, look in (
        ("event webhook", _webhook),
        ("tracking", _tracking),
        ("sender", _sender),
        ("settings of mails", _mail_settings),
    ):
        lines += _looked(about, look, account, settings)
    return [*lines, *_events_here(settings)]


def _looked(
    about: str,
    look: Callable[[AccountSettings, Settings], Iterator[Line]],
    account: AccountSettings,
    settings: Settings,
) -> Iterator[Line]:
    """What is found, as far as it can be read."""
    try:
        yield from look(account, settings)
    except Forbidden as error:
        yield to_do(about, error.message, error.advice)
    except ProviderError as error:
        yield unknown(about, error.message, error.advice)


def _key(account: AccountSettings, settings: Settings) -> Line:
    scopes = account.scopes()
    wanted = ["mail.send"]
    if settings.sendgrid.sync_suppressions:
        wanted += ["suppression.read", "suppression.create"]
    missing = [one for one in wanted if one not in scopes]
    if missing:
        words = f"the key lacks {', '.join(missing)}"
        return to_do("key", words, "Give the key these scopes in SendGrid: Settings, API Keys.")
    return good("key", "it may send mail")


def _webhook(account: AccountSettings, settings: Settings) -> Iterator[Line]:
    about = "event webhook"
    if not settings.public_url:
        yield to_do(about, "trax.yaml names no public_url", "Name the address at which “trax serve” answers.")
        return
    address = f"{settings.public_url}{PATH}"
    webhooks = account.webhooks()
    ours = [one for one in webhooks if _same(str(one.get("url", "")), address)]
    if not ours:
        others = sum(1 for one in webhooks if one.get("url"))
        words = f"none of the {others} webhooks posts to {address}" if others else "there is none"
        yield to_do(about, words, f"{_WHERE}, create one with the Post URL {address}.")
        return
    ours.sort(key=lambda one: one.get("enabled") is not True)
    hook = ours[0]
    if hook.get("enabled") is not True:
        yield to_do(about, "it is switched off", f"{_WHERE}, switch it on.")
    else:
        yield good(about, f"it posts to {address}")
    missing = [words for name, words in _EVENTS.items() if hook.get(name) is False or _unsaid(hook, name)]
    if missing:
        yield to_do("events", f"not posted: {', '.join(missing)}", f"{_WHERE}, choose these events as well.")
    else:
        yield good("events", "all that are needed are posted")
    key = str(hook.get("public_key") or "") or account.public_key(str(hook.get("id") or ""))
    yield _signature(key, settings.sendgrid.webhook_key)


def _unsaid(hook: dict[str, object], name: str) -> bool:
    """Whether an event is not posted since the account does not even name it; only some know of the last."""
    return name not in hook and name != "account_status_change"


def _signature(theirs: str, ours: str) -> Line:
    about = "signature"
    if not theirs:
        advice = f"{_WHERE}, under Security features: switch on Signed Event Webhook."
        return to_do(about, "the posts are not signed, and so none is believed", advice)
    if "".join(theirs.split()) != ours:
        said = "is not that of this webhook" if ours else "is not set"
        # It is the public half of the key: it may be shown.
        return to_do(about, f"sendgrid.webhook_key {said}", f"Put into trax.yaml: webhook_key: {theirs}")
    return good(about, "the posts are signed with the key in trax.yaml")


def _tracking(account: AccountSettings, settings: Settings) -> Iterator[Line]:
    on = []
    for name, words in _TRACKING.items():
        found = account.tracking(name)
        if found.get("enabled") is not False or found.get("enable_text") is True:
            on.append((name, words))
    for _name, words in on:
        yield to_do(
            "tracking",
            f"{words} is on for the account",
            f"In SendGrid: Settings, Tracking: switch {words} off. Each call of trax asks for none.",
        )
    if not on:
        yield good("tracking", "everything of SendGrid's own is off")
    if any(name == "click" for name, _ in on):
        yield _link_branding(account, settings)


def _link_branding(account: AccountSettings, settings: Settings) -> Line:
    """Only looked at where links are rewritten: otherwise none leads over SendGrid."""
    about, domain = "rewritten links", domain_of(settings.from_email)
    if any(one.get("valid") is True and _covers(one, domain) for one in account.links()):
        return good(about, f"they lead over {domain}")
    advice = "Switch Click Tracking off; or, in SendGrid: Settings, Sender Authentication, Link Branding."
    return to_do(about, f"links are rewritten and do not lead over {domain}", advice)


def _sender(account: AccountSettings, settings: Settings) -> Iterator[Line]:
    about, sender = "sender", settings.from_email
    if not sender:
        yield to_do(about, "trax.yaml names no sender", "Name one there: sender: email.")
        return
    domain = domain_of(sender)
    known = [one for one in account.domains(domain) if _covers(one, domain)]
    if any(one.get("valid") is True for one in known):
        yield good(about, f"{domain} is authenticated")
        return
    if known:
        words = f"{domain} is not verified yet; not found in its DNS: {_missing_records(known[0])}"
        advice = "Add these records, then press Verify in SendGrid: Settings, Sender Authentication."
        yield to_do(about, words, advice)
        return
    advice = f"In SendGrid: Settings, Sender Authentication: authenticate {domain}."
    yield to_do(about, f"{domain} is not authenticated: large providers refuse such mail", advice)


def _covers(entry: dict[str, object], domain: str) -> bool:
    return str(entry.get("domain", "")).lower() == domain


def _missing_records(entry: dict[str, object]) -> str:
    dns = entry.get("dns")
    records = [one for one in dns.values() if isinstance(one, dict)] if isinstance(dns, dict) else []
    missing = [
        f"{str(one.get('type', '')).upper()} {one.get('host')} → {one.get('data')}"
        for one in records
        if one.get("valid") is not True
    ]
    return "; ".join(missing) or "the records that SendGrid shows"


def _mail_settings(account: AccountSettings, _settings: Settings) -> Iterator[Line]:
    about, enabled = "settings of mails", account.mail_settings()
    on = [words for name, words in _CHANGING.items() if enabled.get(name)]
    for words in on:
        name = words.partition(":")[0]
        yield to_do(about, f"{words}", f"In SendGrid: Settings, Mail Settings: switch {name} off.")
    if not on:
        yield good(about, "nothing of them changes a mail")


def _events_here(settings: Settings) -> Iterator[Line]:
    """What arrived in the ledger."""
    with open_ledger(settings.state, settings.database) as ledger, ledger.read() as connection:
        latest, refused = last_received(connection, "sendgrid"), count_refused(connection, "sendgrid")
    if latest is None:
        yield note("arrived here", "no event so far; they come with the first mailing")
    else:
        moment = latest.astimezone(settings.timezone)
        yield good("arrived here", f"the last event came on {moment:%Y-%m-%d at %H:%M}")
    for reason, count in sorted(refused.items()):
        yield note("kept aside", f"{count:,} events from which nothing followed: {reason}")


def _same(one: str, other: str) -> bool:
    """Whether two addresses are the same, however their host is spelt."""
    mine, theirs = urlsplit(one.strip()), urlsplit(other)
    return (mine.scheme.lower(), mine.netloc.lower(), mine.path) == (
        theirs.scheme.lower(),
        theirs.netloc.lower(),
        theirs.path,
    )
