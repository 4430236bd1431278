"""On PostgreSQL, the references of `subscription` are checked once a statement, not once a row.

A foreign key asks for each row, and each of the three took longer than storing the row
(docs/decisions/0011-references-by-statement.md). SQLite keeps them: there they cost little.
"""

from __future__ import annotations

from collections.abc import Iterator

PARENTS = {"subscriber": "subscriber_id", "list": "list_id", "act": "act_id"}
"""The tables that a subscription refers to, and its columns that do so."""

# Where the readers of the statement follow each other, as those of an import do, they are counted. Else each
# is looked up by the key: joined, the whole table would be read for a few. Lists and acts are few.
_CHECK_ROWS = """
CREATE FUNCTION check_subscription_refers() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    lowest bigint;
    highest bigint;
    rows bigint;
BEGIN
    SELECT min(subscriber_id), max(subscriber_id), count(*) INTO lowest, highest, rows FROM fresh;
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT list_id FROM fresh) AS f
        WHERE NOT EXISTS (SELECT FROM list AS p WHERE p.id = f.list_id)
    ) OR EXISTS (
        SELECT FROM (SELECT DISTINCT act_id FROM fresh) AS f
        WHERE NOT EXISTS (SELECT FROM act AS p WHERE p.id = f.act_id)
    ) OR (
        CASE
            WHEN highest - lowest < rows
            THEN (SELECT count(*) FROM subscriber AS p WHERE p.id BETWEEN lowest AND highest)
                <> highest - lowest + 1
            ELSE true
        END
        AND EXISTS (
            SELECT FROM fresh AS f
            WHERE (SELECT p.id FROM subscriber AS p WHERE p.id = f.subscriber_id) IS NULL
        )
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a subscription refers to what is not there';
    END IF;
    RETURN NULL;
END $$
"""
_ON_ROWS = """
CREATE TRIGGER check_refers_on_{event} AFTER {event} ON subscription
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_subscription_refers()
"""

# Whoever is writing subscriptions at this moment is waited for, and then seen.
_WAIT = """
CREATE FUNCTION wait_for_subscriptions() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    LOCK TABLE subscription IN SHARE MODE;
    RETURN NULL;
END $$
"""
_ON_WAIT = """
CREATE TRIGGER wait_for_subscriptions BEFORE DELETE OR UPDATE OF id ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION wait_for_subscriptions()
"""
_CHECK_PARENT = """
CREATE FUNCTION check_{table}_is_free() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM subscription WHERE {column} = OLD.id) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a subscription refers to a row of {table}';
    END IF;
    RETURN NULL;
END $$
"""
_ON_PARENT = """
CREATE TRIGGER check_is_free_on_{name} AFTER {event} ON {table}
FOR EACH ROW {when} EXECUTE FUNCTION check_{table}_is_free()
"""
_OCCASIONS = (("delete", "DELETE", ""), ("update", "UPDATE OF id", "WHEN (OLD.id <> NEW.id)"))


def references_by_statement() -> Iterator[str]:
    """The statements that make the functions and triggers, where tables are new or have lost their keys."""
    yield _CHECK_ROWS
    for event in ("insert", "update"):
        yield _ON_ROWS.format(event=event)
    yield _WAIT
    for table, column in PARENTS.items():
        yield _ON_WAIT.format(table=table)
        yield _CHECK_PARENT.format(table=table, column=column)
        for name, event, when in _OCCASIONS:
            yield _ON_PARENT.format(table=table, name=name, event=event, when=when)
