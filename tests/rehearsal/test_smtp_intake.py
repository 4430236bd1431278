from contextlib import closing

import pytest

from trax_mailer.rehearsal import Faults, Took, read_entries
from trax_mailer.rehearsal.faults import Fate
from trax_mailer.rehearsal.record import Record
from trax_mailer.rehearsal.smtp_intake import Intake

MESSAGE = b"Message-ID: <3.17.65f1a2b3@example.org>\r\n\r\nhello\r\n"


@pytest.mark.parametrize(
    ("fate", "noted"),
    [
        (Fate.FINE, [Took.ACCEPTED]),
        (Fate.HANG_BEFORE, [Took.UNCLEAR]),
        (Fate.DROP_AFTER, [Took.ACCEPTED, Took.UNCLEAR]),
    ],
)
def test_message_is_noted_as_its_fate_says_when_one_of_its_readers_has_one(record, entries, fate, noted):
    readers = [("amina@example.net", Fate.FINE), ("kofi@example.com", fate)]
    with closing(Record(record)) as written:
        assert Intake(written, Faults()).take(MESSAGE, readers) == (1, fate)
    assert entries() == [(took, "3.17", address) for took in noted for address, _ in readers]


def test_only_the_first_tries_are_put_off_when_a_domain_is_throttled(record, entries):
    faults = Faults(throttled_domain="example.net", throttled_tries=2)
    with closing(Record(record)) as written:
        intake = Intake(written, faults)
        heard = [intake.hear_of(f"{name}@example.net") for name in ("a", "b", "c")]
        assert intake.hear_of("a@example.org") is Fate.FINE
    assert heard == [Fate.PUT_OFF, Fate.PUT_OFF, Fate.FINE]
    assert [(took, address) for took, _, address in entries()] == [
        (Took.PUT_OFF, "a@example.net"),
        (Took.PUT_OFF, "b@example.net"),
    ]
    assert [entry.call for entry in read_entries(record)] == [1, 2]
