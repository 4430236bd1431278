"""One test mail to one address: what readers will get, with links that change nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from trax_mailer.audience import BadAddress, find_subscriber, parse_address
from trax_mailer.delivery import Letter, Verdict, open_transport, preflight, test_message
from trax_mailer.errors import ProviderError, Refused
from trax_mailer.model.finding import Finding
from trax_mailer.model.subscriber import Subscriber
from trax_mailer.storage import open_ledger
from trax_mailer.storage.suppressions import find_suppression
from trax_mailer.workflows.check import sendable
from trax_mailer.workflows.envelope import envelope_for, inert_recipient
from trax_mailer.workflows.wiring import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """The transport took the test mail. `findings` hold what would stop or trouble a real send."""

    transport: str
    findings: tuple[Finding, ...]
    __test__ = False


def send_test_mail(
    workspace: Workspace, reference: str | None, *, address: str, through: str = ""
) -> TestResult:
    """Send the issue once, to that address, as the subscriber of that address where there is one.

    `through` names another transport than the one of trax.yaml. Leaves no mailing in the
    ledger, and its links to leave do nothing. Raises BadFile when the issue has errors, Refused for an
    unusable or suppressed address or a missing sender, ProviderError with the other side's words when it
    was not accepted.
    """
    settings = workspace.settings
    issue, edition, findings = sendable(workspace, reference)
    try:
        wanted = parse_address(address)
    except BadAddress as wrong:
        raise Refused(f"{wrong}.", advice="Give one address alone, like ana@example.org.") from None
    with (
        open_transport(settings, through) as transport,
        open_ledger(settings.state, settings.database) as ledger,
    ):
        if not transport.simulated and not settings.from_email:
            raise Refused("No sender is set.", advice="Set sender.email in trax.yaml.")
        with ledger.read() as connection:
            suppression = find_suppression(connection, wanted.key)
        if suppression is not None and not transport.simulated:
            raise Refused(f"{address} is never to be mailed: it is suppressed ({suppression.reason}).")
        findings += preflight(ledger, settings=settings, edition=edition, transport=transport)
        reader = find_subscriber(ledger, address) or Subscriber(id=None, email=wanted.email)
        envelope = envelope_for(
            settings, list_name=f"test of No {issue.number}", simulated=True, sent_at=dt.datetime.now(dt.UTC)
        )
        recipient = inert_recipient(reader, envelope, name="test")
        answer = test_message(Letter(edition, envelope, edition.hash), recipient, transport)
    theirs = answer.of(recipient.delivery)
    if theirs.verdict is not Verdict.ACCEPTED:
        raise ProviderError(f"The test mail was not accepted: {theirs.reason or theirs.verdict}")
    return TestResult(transport=transport.name, findings=findings)
