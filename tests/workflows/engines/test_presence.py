from trax_mailer.workflows.engines import count_senders, senders_at_work
from trax_mailer.workflows.engines.presence import NO_MAILING, PLACES, Presence
from trax_mailer.workflows.wiring import Workspace


def _check_counting(station):
    assert count_senders(station.ledger) == 0
    with Presence(station.ledger) as one, Presence(station.ledger) as two:
        one.keep()
        one.keep()
        assert count_senders(station.ledger) == 1
        two.keep()
        assert count_senders(station.ledger) == 2
    assert count_senders(station.ledger) == 0


def test_senders_are_counted_when_they_come_and_go_on_sqlite(station):
    _check_counting(station)


def test_senders_are_counted_when_they_come_and_go_on_postgresql(server_station):
    _check_counting(server_station)


def test_place_is_taken_again_when_the_connection_was_lost(server_station, postgres):
    with Presence(server_station.ledger) as presence:
        presence.keep()
        postgres.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name LIKE 'trax lane 0.%'"
        )
        presence.keep()
        assert count_senders(server_station.ledger) == 1


def test_sender_works_unseen_when_every_place_is_taken(station, monkeypatch):
    monkeypatch.setattr("trax_mailer.workflows.engines.presence.PLACES", 1)
    with Presence(station.ledger) as first, Presence(station.ledger) as second:
        first.keep()
        second.keep()
        assert station.ledger.lane_is_held(NO_MAILING, lane=0)
        assert not station.ledger.lane_is_held(NO_MAILING, lane=1)
    assert PLACES > 1


def test_ledger_is_opened_when_only_a_workspace_is_at_hand(server_station):
    """On PostgreSQL: a second opening of an SQLite file in one process would be another matter."""
    with Presence(server_station.ledger) as presence:
        presence.keep()
        assert senders_at_work(Workspace(settings=server_station.settings)) == 1
