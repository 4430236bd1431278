import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from trax_mailer.storage import open_ledger, schema
from trax_mailer.storage.migrations import FOLDER, KNOWN, NEWEST


@pytest.fixture
def ledger(state, empty_place):
    with open_ledger(state, empty_place) as opened:
        yield opened


@pytest.fixture
def both(ledger, empty_place, request, tmp_path):
    """Two databases of one kind: made by the migrations, and straight from the model."""
    other_place = None
    if empty_place is not None:
        server = request.getfixturevalue("postgres")
        other_place = server.new_database()
    with open_ledger(tmp_path / "other", other_place) as other:
        writer = other._backend.lone_writer
        with writer.begin() as connection:
            schema.metadata.drop_all(connection)
            schema.metadata.create_all(connection)
            connection.exec_driver_sql("DROP TABLE alembic_version")
        yield ledger._backend.writer, writer
    if other_place is not None:
        server.drop_database(other_place.url.rsplit("/", 1)[1])


def _rules(engine):
    """Everything that the database itself says of the tables."""
    seen = inspect(engine)
    said = {}
    for table in sorted(set(seen.get_table_names()) - {"alembic_version"}):
        about = {
            "columns": [
                (one["name"], str(one["type"]), one["nullable"], str(one["default"]).strip("'"))
                for one in seen.get_columns(table)
            ],
            "key": seen.get_pk_constraint(table)["constrained_columns"],
            "foreign": [
                (one["name"], one["constrained_columns"], one["referred_table"], one["referred_columns"])
                for one in seen.get_foreign_keys(table)
            ],
            "unique": [(one["name"], one["column_names"]) for one in seen.get_unique_constraints(table)],
            "checks": [
                (one["name"], one["sqltext"].replace(f"{table}.", ""))
                for one in seen.get_check_constraints(table)
            ],
            "indexes": [
                (
                    one["name"],
                    one["column_names"],
                    sorted((name, str(value)) for name, value in one["dialect_options"].items()),
                )
                for one in seen.get_indexes(table)
            ],
        }
        said[table] = {
            what: words if what == "key" else sorted(words, key=str) for what, words in about.items()
        }
    return said


def test_migrations_make_the_model_when_alembic_compares_them(ledger):
    def is_made(one, _name, kind, _reflected, _other):
        # Alembic does not know that a constraint may be for one kind of database only.
        replaced = kind == "foreign_key_constraint" and one.table.name == "subscription"
        return ledger.kind == "sqlite" or not replaced

    with ledger.write() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_object": is_made}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []


def test_migrations_make_the_model_when_the_databases_are_compared(both):
    migrated, direct = map(_rules, both)
    for table in direct:
        assert migrated.get(table) == direct[table]
    assert set(migrated) == set(direct)
    assert set(direct) == set(schema.metadata.tables)
    assert sum(len(about["checks"]) for about in direct.values()) >= 8
    assert any("handover" in str(about["indexes"]) for about in direct.values())


def test_tables_are_of_the_same_kind_when_made_either_way_on_sqlite(tmp_path):
    options = []
    for made in ("migrated", "direct"):
        with open_ledger(tmp_path / made) as ledger, ledger.write() as connection:
            if made == "direct":
                schema.metadata.drop_all(connection)
                schema.metadata.create_all(connection)
            tables = connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'alembic%'"
            )
            options.append({name: ("AUTOINCREMENT" in sql, "WITHOUT ROWID" in sql) for name, sql in tables})
    assert options[0] == options[1]
    assert options[1]["delivery"] == (False, True)
    assert options[1]["mailing"] == (True, False)


def test_known_revisions_are_those_in_the_folder_when_listed():
    scripts = ScriptDirectory(str(FOLDER))
    assert tuple(script.revision for script in reversed(list(scripts.walk_revisions()))) == KNOWN
    assert scripts.get_current_head() == NEWEST
