"""Footnotes: what each number counts, and what it cannot know."""

from __future__ import annotations

from trax_mailer.model.report import SMALLEST

WITHHELD = "withheld"
"""Stands where a number of people is withheld: not “under five”, since larger ones may have to be."""

_UNDER = (
    f" “{WITHHELD}” stands for a number of people under {SMALLEST}, and for others from which such a "
    "number could be worked out."
)
_VISITS = (
    "People are copies of the mail with at least one visit that looks human: who forwards a mail "
    "counts as one with whoever they sent it to, and who never loads pictures or has tracking "
    "turned off is not seen."
)

NOTES: dict[str, str] = {
    "proof": "Every reader of the audience stands in exactly one class. Accepted means that the transport "
    "took the mail: not that it was delivered, or read. Uncertain readers may have it, or not.",
    "outcomes": "What was reported about those who were accepted; they add up to them. Unknown says nothing "
    "either way: most servers report no delivery, and nobody reports whether a mail lies among "
    "the junk.",
    "visits": "A click is a link that was fetched, an open the picture of one pixel. Machine: scanners and "
    "proxies, Apple's among them, which fetches every mail, read or not. Unsure is never added to"
    " the people. Readers of plain text are not seen at all, and programs that act like people "
    "count as human. " + _VISITS,
    "folded": "Some pseudonyms were deleted already. Since then, a copy that came back in another hour, or "
    "by another link, counts again: the people are at most so many.",
    "links": "Clicks on each link of the HTML part, those by most people first; the text part has plain "
    "links, which nobody counts. Links of a withheld section are withheld. " + _VISITS,
    "heat": "At each link: the people who pressed it, and their share of all who pressed any link of the "
    "issue. The line below a number is the part of the clicks that looks human; the rest is machines and "
    "unsure ones. Merge fields show what a reader without a name gets. A picture and a button with one "
    "target share their number; a link that is the same in several editions counts for all of them. Ways "
    "out, addresses of mail and the browser view are not counted. " + _VISITS,
    "sections": "Clicks on the links of a section. A copy that pressed two links of it counts once here. A "
    "section that is read and not pressed is not seen." + _UNDER,
    "languages": "By the language of the mail, which is that of the edition: what a reader speaks is not "
    "known." + _UNDER,
    "providers": "By the domain of the address. A domain of one's own, though its mailboxes may be at Google "
    "or Microsoft, counts as other. Refused is bounced, blocked and dropped." + _UNDER,
    "bounces": "Those accepted by the transport and refused afterwards, each reader once, by the code or "
    "words of the server that refused. Servers do not always say the truth, or anything.",
    "hours": "By the hour in the workspace's time. Handed over is when the transport took the mail. Opens "
    "and clicks are visits that look human; others are machines and unsure ones.",
    "left": "Readers who had the mailing and left by the page or in their mail program after it began, "
    "before the next mailing to the same list began. That they left because of it is not known; "
    "who wrote a letter instead, or whom staff took off, is not in it.",
    "growth": "By month in UTC. Size is who was subscribed at its end. Erased readers count as long as "
    "their rows stay.",
    "reasons": "By what visits were judged, of those that are still kept one by one.",
    "trend": "All real mailings of each issue. Opened and clicked are people as far as can be told; "
    "Apple's proxy and readers of plain text are in none of them, so that issues compare better "
    "with each other than with other newsletters. Who is in two lists counts twice.",
    "used_types": "Clicks on links of sections of a type, over all issues; a copy that pressed two of them "
    "in one issue counts once, in two issues twice. Issues are those with such a section that has a link. "
    "Share is the percentage of the people who pressed any link of these issues. Types are those in the "
    "issues' files as they are now. What is read and not pressed is not seen." + _UNDER,
    "used_titles": "As above, by the title of the section: titles that come back in every issue compare "
    "best. They add up to their type in clicks, not in people." + _UNDER,
    "mailings": "The real mailings of the issue, each with its own proof; their sum is above. Simulated ones "
    "and test mails are left out.",
}
"""By the key of a table."""
