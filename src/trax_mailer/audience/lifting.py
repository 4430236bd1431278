"""Lifting a suppression: the one rule of what staff may take back. Never what a reader said themselves.

Who left or complained is brought back by their own confirmation alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from trax_mailer.audience.looking_up import BY_READERS, PROVIDER, AddressLook, key_of, look_in, look_up
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act
from trax_mailer.model.provider_list import ProviderList, group_of, list_of, shown_name
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.providers.sendgrid.suppressions import SuppressionApi
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.provider_lists import forget_entry
from trax_mailer.storage.suppressions import remove_suppression

_ABOUT_THE_ADDRESS = (ProviderList.BOUNCES, ProviderList.BLOCKS, ProviderList.INVALID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """What was lifted: here, and from which lists there. `was` is why it was suppressed here.

    `remains` are SendGrid's lists that the address still stands on, `stays` subscriptions that remain ended.
    """

    address: str = field(repr=False)
    was: SuppressionReason | None
    there: tuple[str, ...]
    remains: tuple[str, ...]
    stays: tuple[tuple[str, SubscriptionState], ...]

    @property
    def here(self) -> bool:
        """Whether a suppression of ours was lifted."""
        return self.was is not None


def lift(ledger: Ledger, email: str, *, act: Act, api: SuppressionApi | None) -> Lifted:
    """Let the address be mailed again, here and, with `api`, at the provider. Subscriptions stay as they are.

    At the provider it is taken off the lists that speak of addresses and mails; off those of readers' own
    acts only where we put it there, or the reader came back here since. `act` is kept, with what was lifted.
    Raises Refused where the reader left or complained and did not come back, and where nothing is to lift.
    """
    look = look_up(ledger, email)
    _refuse_own_word(look)
    there = _lift_there(api, look) if api else []
    if look.suppression is None and not there:
        raise Refused(
            f"{look.address} is not suppressed here{' nor at SendGrid' if api else ''}.",
            advice=""
            if api
            else "SendGrid may keep it from being mailed: add --at-sendgrid to lift it there.",
        )
    with ledger.write() as connection:
        now = look_in(connection, key_of(email))
        _refuse_own_word(now)
        if now.suppression is not None:
            remove_suppression(connection, now.address)
        for name in there:
            forget_entry(connection, PROVIDER, name, now.address)
        was = now.suppression.reason if now.suppression else None
        details = {"here": was is not None, "at sendgrid": list(there)}
        words = f"suppression lifted ({was or 'at SendGrid alone'})"
        said = f"{words}: {act.words}" if act.words else words
        add_act(connection, replace(act, words=said, subscriber_id=now.subscriber_id, details=details))
    return Lifted(
        address=now.address,
        was=was,
        there=tuple(shown_name(name) for name in there),
        remains=tuple(
            shown_name(one.entry.list) for one in now.there if not one.gone and one.entry.list not in there
        ),
        stays=tuple(one for one in now.subscriptions if one[1] is not SubscriptionState.SUBSCRIBED),
    )


def _refuse_own_word(look: AddressLook) -> None:
    if said := look.own_word():
        raise Refused(
            f"{look.address} {said}: only the reader's own confirmation brings them back.",
            advice="They subscribe on the public page and press the button in the mail that follows.",
        )


def _lift_there(api: SuppressionApi, look: AddressLook) -> Sequence[str]:
    """The names of the lists that the address was taken off."""
    lifted: list[str] = []
    for which in _ABOUT_THE_ADDRESS:
        if api.holds(which, look.address):
            api.remove(which, look.address)
            lifted.append(which.value)
    for one in look.there:
        which, back = list_of(one.entry.list), look.came_back_at
        ours = one.entry.told_from_here or (back is not None and one.entry.since < back)
        if which not in BY_READERS or one.gone or not ours:
            continue
        api.remove(which, look.address, group=group_of(one.entry.list))
        lifted.append(one.entry.list)
    return lifted
