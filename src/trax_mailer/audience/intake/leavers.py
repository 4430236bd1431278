"""What all rows of a file are that say nothing of their own: by a person's word, or by the file itself.

Mailchimp's exports of people who left or bounced have the columns of subscribers; only the name tells.
"""

from __future__ import annotations

import re

from trax_mailer.audience.intake.column_names import LEFT_BEHIND
from trax_mailer.audience.intake.columns import Columns
from trax_mailer.audience.wording import plain
from trax_mailer.errors import Refused
from trax_mailer.model.subscriber import SubscriptionState

_NAMES = (
    (re.compile(r"no[nt]subscri|transactional"), None),
    (re.compile(r"spam|complain|abuse"), SubscriptionState.COMPLAINED),
    (re.compile(r"cleaned|bounce|invalid"), SubscriptionState.BOUNCED),
    (
        re.compile(
            r"unsub|suppress|blocklist|blacklist|opt(?:ed)?out|desabonne|desinscri|abgemeldet|abbestellt"
        ),
        SubscriptionState.UNSUBSCRIBED,
    ),
)
"""Words in the names of files of people who must not be mailed, and what they say; None: never asked."""


def state_of_rows(
    name: str, columns: Columns, said: SubscriptionState | None
) -> tuple[SubscriptionState, str]:
    """The state of rows without one of their own, and how it is known.

    `name` is that of the file without its ending. Raises Refused where the file says that its readers left,
    and a person says that they are subscribed; and where they never asked.
    """
    told = _told(name, columns)
    if said is None:
        if told is None:
            return SubscriptionState.SUBSCRIBED, "nothing says otherwise"
        state, because = told
        if state is None:
            raise Refused(
                f"The name of {name} says that its people never subscribed.",
                advice="Leave it out. To note that they must not be mailed, add --as unsubscribed.",
            )
        return state, because
    if said is SubscriptionState.SUBSCRIBED and told is not None:
        raise Refused(
            f"{told[1][:1].upper()}{told[1][1:]} says that its readers left or bounced; importing them as "
            "subscribed would mail people who must not be mailed.",
            advice="Import it with --as unsubscribed or --as bounced; if they did subscribe, rename it.",
        )
    return said, "you said so"


def _told(name: str, columns: Columns) -> tuple[SubscriptionState | None, str] | None:
    if columns.provider is not None and columns.provider.state is not None:
        return columns.provider.state, f"the columns are those of {columns.provider.name}"
    if columns.left_behind and "status" not in columns.roles:
        state = SubscriptionState(LEFT_BEHIND[plain(columns.left_behind)])
        return state, f"the column “{columns.left_behind}” of {name}"
    words = plain(name)
    for form, of_name in _NAMES:
        if form.search(words):
            return of_name, f"the name of {name}"
    return None
