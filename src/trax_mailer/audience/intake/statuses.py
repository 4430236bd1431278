"""What the status column of other systems' exports says, in four languages.

Mailchimp: subscribed, unsubscribed, cleaned, non-subscribed, pending, archived. listmonk: enabled,
disabled, blocklisted, confirmed, unconfirmed. Constant Contact: express, implied, explicit, opted out,
awaiting confirmation, not set.
"""

from __future__ import annotations

from trax_mailer.audience.wording import plain
from trax_mailer.model.subscriber import SubscriptionState

_WORDS = {
    SubscriptionState.SUBSCRIBED: (
        "subscribed, subscriber, active, confirmed, enabled, opted in, opt in, yes, express, implied,"
        "explicit, abonné, abonnée, inscrit, inscrite, actif, active, confirmé,"
        "suscrito, suscrita, activo, activa, confirmado, abonniert, aktiv,"
        "angemeldet, bestätigt"
    ),
    SubscriptionState.UNSUBSCRIBED: (
        "unsubscribed, unsubscribe, opted out, opt out, left, suppressed, blocklisted, blacklisted,"
        "disabled, désabonné,"
        "désabonnée, désinscrit, désinscrite, baja, dado de baja, dada de baja, no suscrito, cancelado,"
        "abgemeldet, abbestellt, ausgetragen"
    ),
    SubscriptionState.BOUNCED: (
        "bounced, bounce, hard bounce, hard bounced, cleaned, undeliverable, invalid, rejeté, invalide,"
        "rebotado, devuelto, inválido, unzustellbar, ungültig"
    ),
    SubscriptionState.COMPLAINED: (
        "complained, complaint, spam, spam complaint, abuse, spam report, plainte, queja, beschwerde"
    ),
}
_NOT_YET = (
    "pending, unconfirmed, not confirmed, waiting, awaiting confirmation, pending confirmation,"
    " en attente, non confirmé, pendiente, sin confirmar,"
    "no confirmado, ausstehend, unbestätigt"
)
_NEVER_ASKED = (
    "non subscribed, nonsubscribed, transactional, archived, deleted, not set, no permissions set, temp hold,"
    "archivé, archivado, archiviert"
)
_YES = "1, true, yes, y, x, oui, sí, ja, wahr, verdadero, vrai"
_NO = "0, false, no, n, non, nein, falsch, falso, faux"


def _table(words: str) -> frozenset[str]:
    return frozenset(plain(word) for word in words.split(","))


_STATES = {word: state for state, words in _WORDS.items() for word in _table(words)}
_PENDING = _table(_NOT_YET)
_STRANGERS = _table(_NEVER_ASKED)
_YESES, _NOES = _table(_YES), _table(_NO)


class BadStatus(ValueError):
    """The row's status does not say that the reader may be taken in; says why."""


def read_status(words: str, *, default: SubscriptionState) -> SubscriptionState:
    """The state a status cell stands for; `default` where it is empty. Raises BadStatus."""
    word = plain(words)
    if not word:
        return default
    if word in _PENDING:
        raise BadStatus(f"has not confirmed yet (status “{words.strip()}”)")
    if word in _STRANGERS:
        raise BadStatus(f"never subscribed, or was put away (status “{words.strip()}”)")
    state = _STATES.get(word)
    if state is None:
        raise BadStatus(
            f"has an unknown status, “{words.strip()[:40]}”; known are subscribed, unsubscribed, bounced "
            "and complained"
        )
    if state is SubscriptionState.SUBSCRIBED and default is not SubscriptionState.SUBSCRIBED:
        raise BadStatus(f"says “{words.strip()}”, but the file is imported as {default}")
    return state


def read_yes_or_no(words: str, *, about: str = "leaving the list") -> bool:
    """What a cell that says yes or no says; no where it is empty. Raises BadStatus."""
    word = plain(words)
    if not word or word in _NOES:
        return False
    if word in _YESES:
        return True
    raise BadStatus(f"says neither yes nor no about {about}, but “{words.strip()[:40]}”")
