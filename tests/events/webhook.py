"""What SendGrid posts, signed as SendGrid signs it, with a key of the tests' own."""

import base64
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from delivery.letters import ENVELOPE
from trax_mailer.delivery import mark_of

FILES = Path(__file__).parent / "sendgrid"
NAMES = sorted(path.name for path in FILES.glob("*.json") if path.name != "signature_known_answer.json")
MARK = mark_of(ENVELOPE)

_PRIVATE = ec.generate_private_key(ec.SECP256R1())
KEY = base64.b64encode(
    _PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()


def signed(body, *, timestamp="1795000000"):
    """The headers of SendGrid for that body."""
    signature = _PRIVATE.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
    return {
        "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": timestamp,
        "content-type": "application/json",
    }


def body_of(events):
    """As SendGrid writes it, with the line's end."""
    return json.dumps(events).encode() + b"\r\n"


def published(name):
    """The events of a file, as they are."""
    return json.loads((FILES / name).read_text(encoding="utf-8"))


def ours(name, *, mailing=1, mark=MARK):
    """The events of a file, about deliveries of ours: reader 0 of the files is subscriber 1."""
    return [with_ids(one, mailing=mailing, mark=mark) for one in published(name)]


def with_ids(event, *, mailing=1, mark=MARK):
    if "delivery_id" not in event:
        return event
    own = {name: value for name, value in event.items() if name not in {"delivery_id", "issue_id"}}
    return own | ids(int(event["delivery_id"].rpartition("-")[2]) + 1, mailing=mailing, mark=mark)


def ids(subscriber, *, mailing=1, mark=MARK):
    """The custom arguments that come back at the top of each event."""
    delivery = f"{mailing}.{subscriber}"
    return {"mailing": str(mailing), "batch": "1", "delivery": delivery, "mark": f"{delivery}.{mark}"}


def event(kind, subscriber=1, *, at=1795000001, mailing=1, mark=MARK, **further):
    own_id = f"{kind}-{subscriber}-{at}-{mailing}-{sorted(further)}-{sorted(map(str, further.values()))}"
    known = {"event": kind, "timestamp": at, "email": f"reader{subscriber}@example.org"}
    return known | {"sg_event_id": own_id} | ids(subscriber, mailing=mailing, mark=mark) | further
