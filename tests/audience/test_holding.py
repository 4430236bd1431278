import json

from sqlalchemy import insert

from suppressing import put_suppression
from trax_mailer.audience import leave
from trax_mailer.audience.holding import holding_of
from trax_mailer.audience.moving import move_address
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.storage import open_ring, schema
from trax_mailer.storage.acts import add_act, note_wording
from trax_mailer.storage.subscriptions import Standing, change_standings, choose_topics
from trax_mailer.storage.tags import change_tags

ANA = "ana@example.org"


def _fill(ledger, bring, now):
    bring(f"email,name,language,role\nben@example.org,,,\n{ANA},Ana,fr,Diplomat\n")
    later = now.replace(year=2016)
    leave(ledger, list_id=1, subscriber_id=2, kind=ActKind.PAGE, now=later)
    with ledger.write() as connection:
        wording = note_wording(connection, "I want the newsletter.", language="en", now=now)
        act = Act(kind=ActKind.CONFIRMATION, at=later, wording_id=wording, subscriber_id=2, list_id=1)
        act_id = add_act(connection, act)
        back = Standing(subscriber_id=2, state=SubscriptionState.SUBSCRIBED, act_id=act_id)
        change_standings(connection, 1, [back], now=later.replace(year=2017))
        choose_topics(connection, 1, 2, topics=["jobs", "africa"])
        change_tags(connection, 2, add=["press", "geneva"], remove=[])
        connection.execute(
            insert(schema.tracking_consent).values(
                subscriber_id=2, list_id=1, given_at=later, given_act_id=act_id
            )
        )
        connection.execute(
            insert(schema.notice).values(
                kind="confirm", state="sent", address=ANA, language="fr", data={}, made_at=now, not_before=now
            )
        )
        connection.execute(
            insert(schema.provider_suppression).values(
                provider="sendgrid", list="blocks", address=ANA, since=now, reason="full", seen_at=now
            )
        )


def test_everything_is_held_together_when_asked_for(ledger, bring, now):
    _fill(ledger, bring, now)
    held = holding_of(ledger, 2)
    assert (held.address, held.name, held.language) == (ANA, "Ana", "fr")
    assert dict(held.fields) == {"role": "Diplomat"}
    assert held.tags == ("geneva", "press")
    [on] = held.subscriptions
    assert (on.list_title, on.state, on.topics) == ("UPR Trax", "subscribed", ("africa", "jobs"))
    assert on.since == now.replace(year=2017)
    assert [(step.state, step.act.kind, step.line) for step in held.steps] == [
        ("subscribed", "import", 3),
        ("unsubscribed", "page", 0),
        ("subscribed", "confirmation", 0),
    ]
    assert held.steps[0].act.source == "readers.csv"
    assert held.steps[2].act.wording == "I want the newsletter."
    [consent] = held.tracking
    assert (consent.wording, consent.withdrawn_at) == ("I want the newsletter.", None)
    assert [one.kind for one in held.notices] == ["confirm"]
    assert [one.list_name for one in held.provider_lists] == ["blocks"]
    assert held.suppression is None


def test_it_is_plain_json_without_names_of_staff_when_given_to_a_reader(ledger, bring, now):
    _fill(ledger, bring, now)
    put_suppression(ledger, ANA, reason=SuppressionReason.STAFF, source="benjamin", now=now)
    held = holding_of(ledger, 2)
    data = json.loads(json.dumps(held.as_data()))
    assert data["steps"][0]["at"] == "2015-12-18T09:30:00+00:00"
    assert data["suppression"] == {"reason": "staff", "since": "2015-12-18T09:30:00+00:00"}
    assert data["steps"][0]["act"]["source"] == "readers.csv"
    assert "benjamin" not in json.dumps(data)
    assert "benjamin" in json.dumps(held.as_data(names_staff=True))


def test_former_addresses_are_held_when_the_reader_moved(ledger, bring, now):
    bring(f"email\n{ANA}\n")
    act = Act(kind=ActKind.STAFF, at=now)
    move_address(ledger, open_ring(ledger), 1, "ana@new.example", act=act)
    held = holding_of(ledger, 1)
    assert (held.address, held.former_addresses) == ("ana@new.example", (ANA,))
    assert [one.details for one in held.acts] == [{"moved": True}]


def test_nothing_is_held_when_nobody_has_the_id(ledger):
    assert holding_of(ledger, 7) is None
