import datetime as dt

import pytest
from sqlalchemy import Engine, event, select

from delivery.edged import Keeping, choose, edged, mail
from delivery.mailings import NOW, address, drive, fill_more, new_mailing, suppress
from trax_mailer.delivery import find_mailing, proof, retry_failed, settle_doubts, unreached
from trax_mailer.delivery.claiming import claim, take_over
from trax_mailer.delivery.patience import Patience
from trax_mailer.delivery.transports.base import Answer, RecipientAnswer, Verdict
from trax_mailer.errors import ProviderError
from trax_mailer.model.mailing import AudienceKind, Handover, MailingState
from trax_mailer.storage import lanes, schema
from trax_mailer.storage.mailings import list_of

QUICK = Patience(first=0.01, longest=0.02, tries=3, setbacks=3, unseen=2, refusals=25)
EVERYTHING = "all+job+training+kenya"
CHOICES = {
    2: "jobs", 3: "trainings", 4: "africa", 5: "jobs,trainings", 6: "africa,jobs,trainings",
    7: "sport", 8: "jobs,sport",
}  # fmt: skip
SENT = {1: EVERYTHING, 2: "all+job+kenya", 3: "all+training", 4: "all+kenya", 5: EVERYTHING, 6: EVERYTHING,
        8: "all+job+kenya", 9: EVERYTHING, 10: EVERYTHING}  # fmt: skip
SKIPPED = "nothing in this issue is among the topics they chose"


def batches(ledger):
    """The topics of every batch, in order of number."""
    with ledger.read() as connection:
        return list(connection.scalars(select(schema.batch.c.topics).order_by(schema.batch.c.id)))


def expected(sent=SENT):
    return {address(number): [words] for number, words in sent.items()}


@pytest.mark.parametrize("lanes", [1, 3])
def test_each_reader_gets_what_they_chose_when_the_issue_has_topics(ledger, ring, lanes):
    choose(ledger, CHOICES)
    mailing, transport = mail(ledger, edged(), batch_size=2, lanes=lanes), Keeping()
    done = drive(ledger, mailing, transport, ring)
    assert done.state is MailingState.DONE
    assert transport.sent == expected()
    [missed] = unreached(ledger, mailing.id)
    assert (missed.email, missed.handover, missed.reason) == (address(7), Handover.SKIPPED, SKIPPED)
    counted = proof(ledger, mailing.id)
    assert (counted.accepted, counted.skipped, counted.audience, counted.holds) == (9, 1, 10, True)


def test_batches_are_made_for_each_choice_when_the_audience_is_written_down(ledger):
    choose(ledger, CHOICES)
    mail(ledger, edged(), batch_size=2)
    with ledger.read() as connection:
        rows = connection.execute(
            select(schema.batch.c.number, schema.batch.c.topics, schema.delivery.c.address)
            .join(schema.delivery, schema.delivery.c.batch_id == schema.batch.c.id)
            .order_by(schema.batch.c.number, schema.delivery.c.subscriber_id)
        ).all()
    assert [(number, topics, who) for number, topics, who in rows] == [
        (0, "", address(1)), (0, "", address(6)), (1, "", address(9)), (1, "", address(10)),
        (2, "africa", address(4)),
        (3, "jobs", address(2)), (3, "jobs", address(8)),
        (4, "jobs,trainings", address(5)),
        (5, "trainings", address(3)),
    ]  # fmt: skip


def test_everybody_is_skipped_with_the_reason_when_nothing_is_among_what_they_chose(ledger, ring):
    choose(ledger, dict.fromkeys(range(1, 11), "sport"))
    mailing, transport = mail(ledger, edged()), Keeping()
    assert drive(ledger, mailing, transport, ring).state is MailingState.DONE
    assert transport.sent == {}
    assert {one.reason for one in unreached(ledger, mailing.id)} == {SKIPPED}
    assert proof(ledger, mailing.id).holds


@pytest.mark.parametrize("case", ["no topics in the edition", "nobody chose"])
def test_statements_are_those_of_a_mailing_without_topics_when_all_get_the_same(ledger, case):
    if case == "no topics in the edition":
        choose(ledger, CHOICES)
    plain = _written(lambda: new_mailing(ledger, audience=AudienceKind.AGAIN))
    _end_all(ledger)
    edition = edged(("jobs", "job")) if case == "nobody chose" else None
    again = {"audience": AudienceKind.AGAIN}
    make = (lambda: mail(ledger, edition, **again)) if edition else (lambda: new_mailing(ledger, **again))
    assert _written(make) == plain
    assert len(plain) >= 3
    assert set(batches(ledger)) == {""}


def _written(make):
    """The statements that write the audience down."""
    said = []

    def hear(_connection, _cursor, statement, *_further):
        if "delivery" in statement or ("batch" in statement and "INSERT" in statement):
            said.append(statement)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        make()
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    return said


def _end_all(ledger):
    with ledger.write() as connection:
        connection.execute(schema.mailing.update().values(state=MailingState.CANCELLED))


def test_who_left_or_has_it_is_told_apart_when_topics_were_chosen(ledger, ring):
    choose(ledger, {1: "jobs", 2: "sport", 3: "sport"})
    suppress(ledger, 3)
    first = mail(ledger, edged(("jobs", "job")))
    drive(ledger, first, Keeping(), ring)
    fill_more(ledger, "everyone", first=11, last=12)
    choose(ledger, {2: "jobs", 12: "sport"})
    second = mail(ledger, edged(("jobs", "job")), audience=AudienceKind.MISSED)
    transport = Keeping()
    drive(ledger, second, transport, ring)
    assert transport.sent == {address(2): ["all+job"], address(11): ["all+job"]}
    assert {one.email: one.reason for one in unreached(ledger, second.id)} == {
        address(3): "suppressed (bounced)", address(12): SKIPPED,
    }  # fmt: skip
    assert proof(ledger, second.id).holds


def test_bad_address_fails_alone_and_the_rest_gets_its_own_letter_when_halved(ledger, ring):
    choose(ledger, dict.fromkeys(range(1, 9), "trainings"))
    transport = Keeping(_refuse_with(address(3)))
    mailing = mail(ledger, edged(), batch_size=8)
    drive(ledger, mailing, transport, ring, patience=QUICK)
    assert [one.email for one in unreached(ledger, mailing.id)] == [address(3)]
    for number in range(1, 9):
        assert set(transport.sent[address(number)]) == {"all+training"}
    assert set(batches(ledger)) == {"", "trainings"}


def _refuse_with(email):
    def script(recipients):
        bad = any(one.email == email for one in recipients)
        return Answer(verdict=Verdict.REJECTED if bad else Verdict.ACCEPTED, reason="no")

    return script


def test_letter_is_the_readers_own_when_they_are_tried_again_later(ledger, ring):
    choose(ledger, {2: "jobs", 3: "trainings"})
    turn = iter(range(100))

    def script(recipients):
        verdict = Verdict.THROTTLED if next(turn) in {0, 2, 3} else Verdict.ACCEPTED
        return Answer(
            verdict=Verdict.ACCEPTED,
            per_recipient={one.delivery: RecipientAnswer(verdict, "451") for one in recipients},
        )

    transport = Keeping(script)
    mailing = mail(ledger, edged(), batch_size=4)
    assert drive(ledger, mailing, transport, ring, patience=QUICK).state is MailingState.DONE
    assert {*transport.sent[address(2)]} == {"all+job+kenya"}
    assert {*transport.sent[address(3)]} == {"all+training"}
    assert {*transport.sent[address(1)]} == {EVERYTHING}
    assert max(map(len, transport.sent.values())) == 2


@pytest.mark.parametrize("how", ["failed", "uncertain"])
def test_letter_is_the_readers_own_when_a_person_has_them_tried_again(ledger, ring, how):
    choose(ledger, CHOICES)
    verdict = Verdict.REJECTED if how == "failed" else Verdict.UNCERTAIN
    mailing = mail(ledger, edged(), batch_size=3)
    bad = {address(number) for number in (1, 2, 3, 5, 8)}

    def script(recipients):
        named = {one.delivery: RecipientAnswer(verdict, "no") for one in recipients if one.email in bad}
        return Answer(verdict=Verdict.ACCEPTED, per_recipient=named)

    drive(ledger, mailing, Keeping(script), ring)
    if how == "failed":
        assert retry_failed(ledger, mailing.id, now=NOW) == 5
    else:
        who = [one for one in range(1, 11) if one in {1, 2, 3, 5, 8}]
        with ledger.read() as connection:
            ids = list(
                connection.scalars(
                    select(schema.subscriber.c.id).where(
                        schema.subscriber.c.address.in_([address(number) for number in who])
                    )
                )
            )
        settle_doubts(
            ledger, mailing.id, subscribers=ids, as_sent=False, words="not there",
            now=dt.datetime.now(dt.UTC), wait=dt.timedelta(),
        )  # fmt: skip
    transport = Keeping()
    drive(ledger, find_mailing(ledger, mailing.id), transport, ring)
    assert transport.sent == expected({number: SENT[number] for number in (1, 2, 3, 5, 8)})
    assert proof(ledger, mailing.id).accepted == 9


def test_held_back_readers_wait_apart_for_each_choice_when_their_domain_is_slow(ledger):
    choose(ledger, {1: "jobs", 2: "jobs", 3: "trainings"})
    mailing = mail(ledger, edged(), batch_size=4)
    until = NOW + dt.timedelta(minutes=5)
    with ledger.write() as connection:
        connection.execute(schema.mailing.update().values(state=MailingState.SENDING))
        list_id = list_of(connection, mailing.id)
        while (batch := lanes.peek(connection, mailing.id, lane=0, now=NOW)) is not None:
            claim(
                connection, mailing, batch, lane=0, list_id=list_id, limit=100,
                held_back={"example.org": until}, now=NOW,
            )  # fmt: skip
        rows = connection.execute(
            select(schema.batch.c.topics, schema.delivery.c.address)
            .join(schema.delivery, schema.delivery.c.batch_id == schema.batch.c.id)
            .where(schema.batch.c.not_before == until)
            .order_by(schema.delivery.c.subscriber_id)
        ).all()
    waiting = {topics: [row[1] for row in rows if row[0] == topics] for topics in {row[0] for row in rows}}
    assert waiting["jobs"] == [address(1), address(2)]
    assert waiting["trainings"] == [address(3)]
    assert len(waiting[""]) == 7


def test_orphans_of_a_choice_are_uncertain_and_the_rest_gets_its_letter_when_a_sender_died(ledger, ring):
    choose(ledger, dict.fromkeys(range(1, 9), "trainings"))
    mailing = mail(ledger, edged(), batch_size=4)
    with ledger.write() as connection:
        connection.execute(schema.mailing.update().values(state=MailingState.SENDING))
        batch = connection.scalar(select(schema.batch.c.id).where(schema.batch.c.topics == "trainings"))
        claimed = claim(
            connection, mailing, batch, lane=0, list_id=list_of(connection, mailing.id), limit=100,
            held_back={}, now=NOW,
        )  # fmt: skip
        assert claimed.topics == "trainings"
    with ledger.write() as connection:
        take_over(connection, mailing.id, lane=0, now=NOW)
    transport = Keeping()
    drive(ledger, mailing, transport, ring)
    assert {number for number in range(1, 11) if address(number) not in transport.sent} == {1, 2, 3, 4}
    assert {words for sent in transport.sent.values() for words in sent} == {"all+training", EVERYTHING}
    assert proof(ledger, mailing.id).uncertain == 4


def test_letters_are_opened_once_for_each_run_of_batches_when_choices_differ(ledger, ring):
    choose(ledger, dict.fromkeys(range(1, 7), "jobs") | {7: "trainings"})
    transport = Keeping()
    drive(ledger, mail(ledger, edged(), batch_size=2), transport, ring)
    assert len(transport.calls) == 2 + 3 + 1
    assert transport.opened == 3


def test_mailing_pauses_and_nobody_is_in_doubt_when_a_letter_cannot_be_opened(ledger, ring):
    choose(ledger, {1: "jobs"})

    class Picky(Keeping):
        def open(self, letter):
            super().open(letter)
            if self.opened == 2:
                raise ProviderError("The issue is too small.")

    mailing, transport = mail(ledger, edged(), batch_size=20), Picky()
    paused = drive(ledger, mailing, transport, ring)
    assert (paused.state, paused.reason) == (MailingState.PAUSED, "The issue is too small.")
    counted = proof(ledger, mailing.id)
    assert (counted.accepted, counted.uncertain, counted.waiting) == (9, 0, 1)


def test_choice_of_the_time_when_it_starts_holds_when_the_mailing_was_scheduled(ledger, ring):
    mailing = mail(ledger, edged(), not_before=NOW)
    choose(ledger, {1: "jobs", 2: "sport"})
    transport = Keeping()
    drive(ledger, mailing, transport, ring)
    assert transport.sent[address(1)] == ["all+job+kenya"]
    assert address(2) not in transport.sent
    assert proof(ledger, mailing.id).holds
