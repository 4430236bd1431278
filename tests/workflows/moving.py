"""Workspaces whose ledger stands on either database, and what is in it for a test."""

import dataclasses
import datetime as dt

from sqlalchemy import func, select

from delivery.mailings import NOW, ScriptedTransport, address, fill_list, new_mailing
from trax_mailer.delivery import begin, run_lane
from trax_mailer.model.mailing import Handover
from trax_mailer.settings import DatabaseSettings
from trax_mailer.storage import open_ledger, open_ring, schema
from trax_mailer.workflows.wiring import Workspace

LATER = NOW + dt.timedelta(hours=3)


def at(workspace, state, database=None):
    """The workspace with its ledger elsewhere."""
    settings = dataclasses.replace(workspace.settings, state=state, database=database or DatabaseSettings())
    return Workspace(settings=settings)


def ledger_of(workspace):
    return open_ledger(workspace.settings.state, workspace.settings.database)


def start(ledger, *, readers=10, lanes=1):
    """A list of readers and a mailing to them, in batches of four, sending."""
    fill_list(ledger, "everyone", readers=readers)
    mailing = new_mailing(ledger, lanes=lanes)
    return begin(ledger, mailing.id, now=NOW)


def work(ledger, mailing_id, transport=None, *, lanes=1):
    """Work off every lane; returns the addresses that were handed over."""
    transport = transport or ScriptedTransport()
    ring = open_ring(ledger)
    for lane in range(lanes):
        run_lane(ledger, mailing_id, lane=lane, transport=transport, ring=ring, now=lambda: LATER)
    return sorted(one.email for one in transport.recipients)


def everybody(readers=10):
    return sorted(address(number) for number in range(1, readers + 1))


def handovers(ledger, mailing_id):
    """How many deliveries of the mailing stand where."""
    where = schema.delivery.c.mailing_id == mailing_id
    query = select(schema.delivery.c.handover, func.count()).where(where)
    with ledger.read() as connection:
        rows = connection.execute(query.group_by(schema.delivery.c.handover))
        return {Handover(row[0]).value: row[1] for row in rows}


def standings(ledger):
    """Where everybody stands, by address and list."""
    query = (
        select(schema.subscriber.c.address, schema.mailing_list.c.name, schema.subscription.c.state)
        .join(schema.subscription, schema.subscription.c.subscriber_id == schema.subscriber.c.id)
        .join(schema.mailing_list, schema.mailing_list.c.id == schema.subscription.c.list_id)
    )
    with ledger.read() as connection:
        return {(row.address, row.name): row.state.value for row in connection.execute(query)}


def reader_id(ledger, number):
    query = select(schema.subscriber.c.id).where(schema.subscriber.c.address == address(number))
    with ledger.read() as connection:
        return connection.scalar(query)
