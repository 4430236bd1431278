"""Made-up letters and readers for the tests of delivery."""

import datetime as dt
import hashlib

from trax_mailer.delivery.letter import Letter
from trax_mailer.model.edition import Asset, Edition, NumberedLink, Part, Slot, SlotContext, SlotKind
from trax_mailer.model.mailing import Envelope, Recipient

SENT_AT = dt.datetime(2026, 3, 3, 9, 30, tzinfo=dt.UTC)

ENVELOPE = Envelope(
    from_email="trax@upr-info.example",
    from_name="UPR Info, Geneva",
    reply_to="answers@upr-info.example",
    list_id="upr-trax.upr-info.example",
    list_name="everyone",
    public_url="https://trax.upr-info.example",
    pictures="hosted",
    sent_at=SENT_AT,
    simulated=False,
)

GIF = bytes.fromhex("47494638396101000100800000000000ffffff2c00000000010001000002024401003b")


def slot(kind: SlotKind, context: SlotContext, key: str = "", default: str = "") -> Slot:
    return Slot(kind, context, key, default)


def reader(context: SlotContext, key: str = "name", default: str = "") -> Slot:
    return slot(SlotKind.READER, context, key, default)


def asset(data: bytes = GIF) -> Asset:
    return Asset(
        sha256=hashlib.sha256(data).hexdigest(),
        media_type="image/gif",
        extension="gif",
        width=1,
        height=1,
        data=data,
    )


def edition(
    *, subject: Part | None = None, html: Part | None = None, text: Part | None = None, pictures: bool = True
) -> Edition:
    picture = asset()
    return Edition(
        language="en",
        direction="ltr",
        subject=subject or ("[UPR Trax] No 58: Chișinău, ", reader(SlotContext.HEADER)),
        preheader=("What is new",),
        html=html
        or (
            '<html lang="en"><body>\n<p>Dear ',
            reader(SlotContext.HTML, default="colleague"),
            ' of Chișinău,</p>\n.\n..dots at the start = trouble\n<img alt="for ',
            reader(SlotContext.ATTRIBUTE),
            '" src="',
            slot(SlotKind.ASSET, SlotContext.ATTRIBUTE, picture.sha256) if pictures else "about:blank",
            '">\n' + "<td style='x'>long line</td>" * 30 + ' <a href="',
            slot(SlotKind.LINK, SlotContext.ATTRIBUTE, "1"),
            '">a link</a> <a href="',
            slot(SlotKind.UNSUBSCRIBE, SlotContext.ATTRIBUTE),
            '">leave</a> <a href="',
            slot(SlotKind.BROWSER, SlotContext.ATTRIBUTE),
            '">in the browser</a>\nUPR Info, Rue de Varembé 3, Geneva</body></html>\n',
        ),
        text=text
        or (
            "Dear ",
            reader(SlotContext.TEXT, default="colleague"),
            ",\n\n.a dot first\nblank at the end \nA link: ",
            slot(SlotKind.LINK, SlotContext.TEXT, "1"),
            "\nLeave: ",
            slot(SlotKind.UNSUBSCRIBE, SlotContext.TEXT),
            "\n\nUPR Info, Rue de Varembé 3, Geneva\n",
        ),
        links=(NumberedLink(number=1, target="https://example.org/?a=1&b=2", label="a link", section=0),),
        assets=(picture,) if pictures else (),
    )


def letter(edition_: Edition | None = None, **envelope: object) -> Letter:
    bound = edition_ or edition()
    values = {name: getattr(ENVELOPE, name) for name in ENVELOPE.__slots__} | envelope
    return Letter(bound, Envelope(**values), bound.hash)


def recipient(number: int = 1, *, name: str = 'Ștefan & "Ana" <b>', email: str | None = None) -> Recipient:
    return Recipient(
        delivery=f"7.{number}",
        subscriber_id=number,
        email=email or f"reader{number}@example.org",
        name=name,
        merge={"name": name, "email": email or f"reader{number}@example.org"},
        unsubscribe_url=f"https://trax.upr-info.example/u/token-of-{number}",
        message_id=f"7.{number}.69a6aa28@upr-info.example",
    )
