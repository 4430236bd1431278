"""What each of the provider's lists means for the readers on it."""

from __future__ import annotations

from dataclasses import dataclass

from trax_mailer.model.provider_list import ProviderList
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The state that subscriptions are brought to, and the reason to suppress the address; None for none."""

    state: SubscriptionState
    suppression: SuppressionReason | None = None


RULES = {
    ProviderList.BOUNCES: Rule(state=SubscriptionState.BOUNCED),
    ProviderList.INVALID: Rule(state=SubscriptionState.BOUNCED),
    ProviderList.SPAM_REPORTS: Rule(
        state=SubscriptionState.COMPLAINED, suppression=SuppressionReason.COMPLAINED
    ),
    ProviderList.GLOBAL: Rule(
        state=SubscriptionState.UNSUBSCRIBED, suppression=SuppressionReason.UNSUBSCRIBED
    ),
    ProviderList.GROUPS: Rule(state=SubscriptionState.UNSUBSCRIBED),
}
"""A list that is missing is noted alone: a block says nothing against the address."""

TOLD = (SuppressionReason.STAFF, SuppressionReason.UNSUBSCRIBED, SuppressionReason.COMPLAINED)
"""The suppressions that the provider is told of. It knows of bounces itself."""
