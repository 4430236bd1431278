"""The systems whose exports are known: by which columns, and what theirs mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trax_mailer.audience.wording import plain
from trax_mailer.model.subscriber import SubscriptionState


def _set(words: str) -> frozenset[str]:
    return frozenset(plain(word) for word in words.split(","))


def _map(words: str) -> dict[str, str]:
    return {plain(name): role for name, _, role in (pair.partition("=") for pair in words.split(","))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A system, known by its columns: it has all of `needs`, and at least `least` of `signs`.

    `roles` says what its columns are for where their name alone does not, `dropped` which are not kept:
    numbers of its own, and what it observed about people. `state` is that of all its rows where such a file
    holds one state only. An `address_book` holds persons, whose further addresses and unknown columns
    stay out.
    """

    name: str
    needs: frozenset[str]
    signs: frozenset[str] = frozenset()
    least: int = 0
    alone: bool = False
    """Whether it has no columns but those."""
    roles: Mapping[str, str]
    dropped: frozenset[str] = frozenset()
    state: SubscriptionState | None = None
    address_book: bool = False
    escapes: bool = False
    """Whether it puts an apostrophe before what a spreadsheet would take for a formula."""

    def wrote(self, columns: frozenset[str]) -> bool:
        """Whether a file with these columns is one of its exports."""
        if self.alone:
            return columns == self.needs
        return self.needs <= columns and len(self.signs & columns) >= self.least


_MAILCHIMP = _set(
    "MEMBER_RATING,OPTIN_IP,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,"
    "UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,CLEAN_TIME"
)
PROVIDERS = (
    Provider(
        name="trax",
        needs=_set("email,name,language,status,list,since,topics,tags"),
        roles=_map("untracked=untracked"),
        dropped=_set("list,since,topics"),
        escapes=True,
    ),
    Provider(
        name="Mailchimp",
        needs=_set("Email Address"),
        signs=_set("MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LAST_CHANGED,LEID,EUID"),
        least=2,
        roles=_map("TAGS=tags"),
        dropped=_MAILCHIMP,
    ),
    Provider(
        name="SendGrid, bounces",
        needs=_set("status,reason,email,created"),
        alone=True,
        roles=_map("email=email,status=nothing,reason=nothing,created=nothing"),
        state=SubscriptionState.BOUNCED,
    ),
    Provider(
        name="SendGrid, spam reports",
        needs=_set("email,ip,created"),
        alone=True,
        roles=_map("email=email,ip=nothing,created=nothing"),
        state=SubscriptionState.COMPLAINED,
    ),
    Provider(
        name="SendGrid, contacts",
        needs=_set("EMAIL,CONTACT_ID"),
        signs=_set("ALTERNATE_EMAILS,UNIQUE_NAME,STATE_PROVINCE_REGION,ADDRESS_LINE_1"),
        least=2,
        roles=_map("ALTERNATE_EMAILS=further_email"),
        dropped=_set("CONTACT_ID,CREATED_AT,UPDATED_AT,UNIQUE_NAME,EXTERNAL_ID,ANONYMOUS_ID"),
    ),
    Provider(
        name="Brevo",
        needs=_set("EMAIL"),
        signs=_set("CONTACT ID,ADDED_TIME,MODIFIED_TIME,FIRSTNAME,LASTNAME,SMS,DOUBLE_OPT-IN"),
        least=3,
        roles=_map(
            "FIRSTNAME=first_name,LASTNAME=last_name,PRENOM=first_name,NOM=last_name,EMAIL_BLACKLISTED=blocked,"
            "BLACKLISTED=blocked,BLOCKLISTED=blocked,EMAIL_BLOCKLISTED=blocked,EMAIL_MARKETING=status,"
            "LISTS=tags,LIST_NAMES=tags"
        ),
        dropped=_set("CONTACT ID,MODIFIED_TIME,SMS,WHATSAPP,LANDLINE_NUMBER,EXT_ID,LIST_IDS,SMS_BLACKLISTED"),
    ),
    Provider(
        name="listmonk",
        needs=_set("uuid,email,attributes,status"),
        roles=_map("attributes=attributes,lists=tags"),
        dropped=_set("id,uuid,created_at,updated_at"),
    ),
    Provider(
        name="Constant Contact",
        needs=_set("Email address"),
        signs=_set(
            "Email permission status,Email update source,Email Lists,Confirmed Opt-Out Date,Source Name"
        ),
        least=2,
        roles=_map(
            "Email permission status=status,Confirmed Opt-Out Date=left_at,Email Lists=tags,Tags=tags,"
            "Country - home=country,Country - work=country"
        ),
        dropped=_set(
            "Email update source,Confirmed Opt-Out Source,Confirmed Opt-Out Reason,Source Name,Created At,"
            "Updated At,Phone - home,Phone - mobile,Phone - work,Birthday,Anniversary"
        ),
    ),
    Provider(
        name="Google Contacts",
        needs=_set("E-mail 1 - Value"),
        signs=_set(
            "Given Name,Family Name,First Name,Last Name,Labels,Group Membership,E-mail 1 - Type,"
            "E-mail 1 - Label"
        ),
        least=2,
        roles=_map(
            "E-mail 1 - Value=email,E-mail 2 - Value=further_email,E-mail 3 - Value=further_email,"
            "E-mail 4 - Value=further_email,E-mail 5 - Value=further_email,Name=name,Given Name=first_name,"
            "First Name=first_name,Family Name=last_name,Last Name=last_name,Organization Name=organisation,"
            "Organization 1 - Name=organisation,Address 1 - Country=country,Labels=tags,Group Membership=tags"
        ),
        address_book=True,
    ),
    Provider(
        name="Outlook",
        needs=_set("E-mail Address"),
        signs=_set(
            "E-mail 2 Address,E-mail Display Name,Business Country/Region,Job Title,Categories,Suffix"
        ),
        least=3,
        roles=_map(
            "E-mail Address=email,E-mail 2 Address=further_email,E-mail 3 Address=further_email,"
            "First Name=first_name,Last Name=last_name,Company=organisation,"
            "Business Country/Region=country,Categories=tags"
        ),
        address_book=True,
    ),
)


def provider_of(header: Sequence[str]) -> Provider | None:
    """Whose export has these columns, or None."""
    columns = frozenset(plain(name) for name in header)
    return next((one for one in PROVIDERS if one.wrote(columns)), None)
