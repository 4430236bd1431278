from collections import Counter

import pytest
from sqlalchemy import Engine, event, select, text

from delivery.mailings import NOW, ScriptedTransport, address, drive, fill_more, new_mailing, suppress
from trax_mailer.delivery import find_mailing, having_issue, proof, unreached
from trax_mailer.delivery.transports.base import Answer, RecipientAnswer, Verdict
from trax_mailer.errors import Conflict, Refused
from trax_mailer.model.mailing import AudienceKind
from trax_mailer.storage import schema
from trax_mailer.storage.keys import open_ring
from trax_mailer.storage.lists import make_list


@pytest.fixture
def readers(ledger):
    """Ten readers of “everyone”, five of them also of “some”, with two of its own."""
    with ledger.write() as connection:
        make_list(connection, "everyone", now=NOW)
        make_list(connection, "some", now=NOW)
    fill_more(ledger, "everyone", first=1, last=10)
    fill_more(ledger, "some", first=6, last=12)
    return ledger


def refuse(*numbers):
    def script(recipients):
        named = {
            one.delivery: RecipientAnswer(Verdict.REJECTED, "550 no")
            for one in recipients
            if one.email in {address(number) for number in numbers}
        }
        return Answer(verdict=Verdict.ACCEPTED, per_recipient=named)

    return ScriptedTransport(script)


def send(ledger, transport, **more):
    return drive(ledger, new_mailing(ledger, **more), transport, open_ring(ledger))


def mailed(transport):
    return sorted(email for call in transport.calls for email in call)


def addresses(*numbers):
    return sorted(address(number) for number in numbers)


def test_batches_are_dealt_out_to_the_lanes_in_turn_when_there_are_several(readers):
    mailing = new_mailing(readers, batch_size=3, lanes=2)
    with readers.read() as connection:
        lanes = connection.execute(select(schema.batch.c.number, schema.batch.c.lane)).all()
        sizes = Counter(connection.scalars(select(schema.delivery.c.batch_id)))
    assert [tuple(row) for row in lanes] == [(0, 0), (1, 1), (2, 0), (3, 1)]
    assert sorted(sizes.values()) == [1, 3, 3, 3]
    assert find_mailing(readers, mailing.id).lanes == 2


def test_reader_gets_one_copy_when_on_two_lists(readers):
    send(readers, ScriptedTransport())
    assert having_issue(readers, issue_number=58, list_name="some") == 5
    second = ScriptedTransport()
    mailing = send(readers, second, list_name="some")
    assert mailed(second) == addresses(11, 12)
    counted = proof(readers, mailing.id)
    assert (counted.audience, counted.skipped, counted.holds) == (7, 5, True)
    assert {one.reason for one in unreached(readers, mailing.id)} == {
        "has the issue already, through another mailing"
    }


def test_only_who_missed_it_gets_it_when_a_person_asks_for_that(readers):
    suppress(readers, 4)
    send(readers, refuse(2))
    fill_more(readers, "everyone", first=13, last=13)
    again = ScriptedTransport()
    mailing = send(readers, again, audience=AudienceKind.MISSED)
    assert mailed(again) == addresses(2, 13)
    counted = proof(readers, mailing.id)
    assert (counted.audience, counted.accepted, counted.skipped) == (3, 2, 1)


def test_everybody_gets_it_again_when_a_person_insists(readers):
    send(readers, ScriptedTransport())
    with pytest.raises(Conflict, match="already"):
        new_mailing(readers)
    again = ScriptedTransport()
    send(readers, again, audience=AudienceKind.AGAIN)
    assert mailed(again) == addresses(*range(1, 11))


def test_nothing_is_made_when_nobody_missed_it(readers):
    send(readers, ScriptedTransport())
    with pytest.raises(Refused, match="Everybody on the list “everyone” has No 58"):
        new_mailing(readers, audience=AudienceKind.MISSED)


def test_reader_in_doubt_is_not_mailed_when_the_missed_are(readers):
    send(readers, ScriptedTransport(lambda _: Answer(verdict=Verdict.UNCERTAIN)))
    with pytest.raises(Conflict):
        new_mailing(readers, audience=AudienceKind.MISSED)


@pytest.fixture
def plans(readers):
    """The plans of the statements that write down a mailing's audience, as SQLite and PostgreSQL say them."""
    server = readers.kind == "postgresql"

    def of(**more):
        found = []

        @event.listens_for(Engine, "before_cursor_execute", retval=True)
        def explain(connection, cursor, statement, parameters, context, many):
            if "JOIN suppression" in statement and not statement.startswith("EXPLAIN"):
                words = "EXPLAIN " if server else "EXPLAIN QUERY PLAN "
                asked = connection.exec_driver_sql(words + statement, parameters)
                found.append("\n".join(str(row[-1]) for row in asked))
            return statement, parameters

        try:
            new_mailing(readers, **more)
        finally:
            event.remove(Engine, "before_cursor_execute", explain)
        return found

    with readers.write() as connection:
        if server:
            connection.execute(text("SET enable_seqscan = off"))  # ten readers tempt it to read them all
    return of


def test_audience_is_found_by_indexes_without_sorting_when_no_segment_is_named(plans):
    found = plans()
    assert len(found) == 3
    for plan in found:
        assert "ix_subscription_list_id_state_subscriber_id" in plan
        assert "json_each" not in plan
        assert "SCAN subscriber" not in plan
        assert "TEMP B-TREE" not in plan


def test_list_is_still_found_by_its_index_when_a_segment_is_named(plans):
    for plan in plans(segment="x", segment_rule='role is "x" or name is "reader 1"'):
        assert "ix_subscription_list_id_state_subscriber_id" in plan


def test_readers_are_looked_at_once_and_not_for_each_batch_when_there_are_many(plans, readers):
    fill_more(readers, "everyone", first=20, last=420)
    found = plans(segment="x", segment_rule='not role is "x"', batch_size=1)
    if readers.kind == "sqlite":
        assert not any("SCAN batch" in plan for plan in found)
        return
    [insert] = [plan for plan in found if plan.startswith("Insert on delivery") and "WindowAgg" in plan]
    assert "Nested Loop" not in insert.splitlines()[1]
