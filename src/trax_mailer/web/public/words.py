"""The words of the public pages in the languages they speak."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Everything the pages say in one language. `{list}` and `{address}` are filled in."""

    language: str
    leave_title: str
    leave_question: str
    leave_effect: str
    leave_button: str
    left_title: str
    left_effect: str
    left_mistake: str
    inert_title: str
    inert_reason: str
    inert_advice: str
    unknown_title: str
    unknown_reason: str
    unknown_advice: str
    unknown_contact: str
    missing_title: str
    missing_reason: str
    refused_title: str
    refused_reason: str
    trouble_title: str
    trouble_reason: str


ENGLISH = Words(
    language="en",
    leave_title="Unsubscribe",
    leave_question="Would you like to leave the list “{list}”?",
    leave_effect="You will get no more mails from it. Other lists stay as they are.",
    leave_button="Unsubscribe",
    left_title="You are unsubscribed",
    left_effect="You will get no more mails from the list “{list}”. One that is being delivered at this "
    "moment may still arrive.",
    left_mistake="Was it a mistake? Write to {address}.",
    inert_title="This is a test mail",
    inert_reason="The link you followed belongs to a test mail or to a public copy of the newsletter. "
    "It is nobody’s own link, so nothing happens here.",
    inert_advice="To unsubscribe, use the link in a mail that was sent to you.",
    unknown_title="This link does not work",
    unknown_reason="It may have been cut short on its way to you. Nothing was changed.",
    unknown_advice="Open the link from the mail itself, or copy all of it.",
    unknown_contact="If it still fails, write to {address}.",
    missing_title="There is nothing here",
    missing_reason="The address may have been cut short or mistyped.",
    refused_title="That did not work",
    refused_reason="The request could not be understood. Nothing was changed.",
    trouble_title="Please try again in a minute",
    trouble_reason="Something on our side is not working just now. Nothing was changed.",
)

FRENCH = Words(
    language="fr",
    leave_title="Se désabonner",
    leave_question="Souhaitez-vous quitter la liste « {list} » ?",
    leave_effect="Vous n’en recevrez plus aucun courriel. Les autres listes restent inchangées.",
    leave_button="Se désabonner",
    left_title="Votre désabonnement est fait",
    left_effect="Vous ne recevrez plus de courriels de la liste « {list} ». Un envoi en cours de "
    "distribution peut encore vous parvenir.",
    left_mistake="C’était une erreur ? Écrivez à {address}.",
    inert_title="Ceci est un courriel d’essai",
    inert_reason="Le lien que vous avez suivi provient d’un courriel d’essai ou d’une copie publique de la "
    "lettre d’information. Il n’appartient à personne : rien ne se passe ici.",
    inert_advice="Pour vous désabonner, utilisez le lien d’un courriel qui vous a été adressé.",
    unknown_title="Ce lien ne fonctionne pas",
    unknown_reason="Il a peut-être été tronqué en chemin. Rien n’a été modifié.",
    unknown_advice="Ouvrez le lien depuis le courriel, ou copiez-le en entier.",
    unknown_contact="S’il ne fonctionne toujours pas, écrivez à {address}.",
    missing_title="Il n’y a rien ici",
    missing_reason="L’adresse a peut-être été tronquée ou mal saisie.",
    refused_title="Cela n’a pas fonctionné",
    refused_reason="La demande n’a pas pu être comprise. Rien n’a été modifié.",
    trouble_title="Veuillez réessayer dans une minute",
    trouble_reason="Un problème est survenu de notre côté. Rien n’a été modifié.",
)

SPANISH = Words(
    language="es",
    leave_title="Darse de baja",
    leave_question="¿Desea dejar la lista «{list}»?",
    leave_effect="No recibirá más correos de ella. Las demás listas siguen igual.",
    leave_button="Darse de baja",
    left_title="Se ha dado de baja",
    left_effect="No recibirá más correos de la lista «{list}». Un correo que se esté entregando en este "
    "momento aún puede llegarle.",
    left_mistake="¿Ha sido un error? Escriba a {address}.",
    inert_title="Este es un correo de prueba",
    inert_reason="El enlace que ha seguido pertenece a un correo de prueba o a una copia pública del "
    "boletín. No es el enlace de nadie, así que aquí no ocurre nada.",
    inert_advice="Para darse de baja, use el enlace de un correo que se le haya enviado.",
    unknown_title="Este enlace no funciona",
    unknown_reason="Puede que se haya cortado por el camino. No se ha cambiado nada.",
    unknown_advice="Abra el enlace desde el propio correo o cópielo entero.",
    unknown_contact="Si sigue sin funcionar, escriba a {address}.",
    missing_title="Aquí no hay nada",
    missing_reason="Puede que la dirección esté cortada o mal escrita.",
    refused_title="No ha funcionado",
    refused_reason="No se ha podido entender la solicitud. No se ha cambiado nada.",
    trouble_title="Vuelva a intentarlo dentro de un minuto",
    trouble_reason="Algo no funciona en este momento por nuestra parte. No se ha cambiado nada.",
)

LANGUAGES = {words.language: words for words in (ENGLISH, FRENCH, SPANISH)}


def choose_words(accepted: str, *, fallback: str) -> Words:
    """The words for Accept-Language (RFC 9110 §12.5.4), else for the tag `fallback`, else English."""
    for tag in [*_by_preference(accepted), fallback]:
        words = LANGUAGES.get(tag.split("-")[0].strip().lower())
        if words is not None:
            return words
    return ENGLISH


def _by_preference(accepted: str) -> list[str]:
    weighed: list[tuple[float, str]] = []
    for entry in accepted[:500].split(","):
        tag, _, quality = entry.partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        if weight > 0:
            weighed.append((weight, tag))
    return [tag for _, tag in sorted(weighed, key=lambda one: one[0], reverse=True)]
