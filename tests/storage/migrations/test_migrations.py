import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from trax_mailer.storage import open_ledger, schema
from trax_mailer.storage.migrations import FOLDER, KNOWN, NEWEST, migrate

_ROUTINES = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
_TRIGGERS = "SELECT pg_get_triggerdef(oid) AS made FROM pg_trigger WHERE NOT tgisinternal ORDER BY made"


@pytest.fixture
def migrated(state, empty_place):
    """An engine on the tables that all migrations together make."""
    state.mkdir(mode=0o700)
    with open_ledger(state, empty_place) as opened:
        engine = opened._backend.lone_writer
        with engine.begin() as connection:
            _migrate_anew(connection)
        yield engine


@pytest.fixture
def both(migrated, empty_place, request, tmp_path):
    """Two databases of one kind: made by the migrations, and new."""
    other_place = None
    if empty_place is not None:
        server = request.getfixturevalue("postgres")
        other_place = server.new_database()
    with open_ledger(tmp_path / "other", other_place) as other:
        yield migrated, other._backend.writer
    if other_place is not None:
        server.drop_database(other_place.url.rsplit("/", 1)[1])


def _migrate_anew(connection):
    schema.metadata.drop_all(connection)
    connection.exec_driver_sql("DROP TABLE alembic_version")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP ROUTINE {', '.join(_routines(connection))}")
    migrate(connection)


def _routines(connection):
    return dict(tuple(row) for row in connection.exec_driver_sql(_ROUTINES))


def _rules(engine):
    """Everything that the database itself says of the tables."""
    seen = inspect(engine)
    said = {}
    for table in sorted(seen.get_table_names()):
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


def test_migrations_make_the_model_when_alembic_compares_them(migrated):
    def is_made(one, _name, kind, _reflected, _other):
        # Alembic does not know that a constraint may be for one kind of database only.
        replaced = kind == "foreign_key_constraint" and one.table.name == "subscription"
        return migrated.dialect.name == "sqlite" or not replaced

    with migrated.begin() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_object": is_made}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []


def test_migrations_make_the_model_when_the_databases_are_compared(both):
    migrated, direct = map(_rules, both)
    for table in direct:
        assert migrated.get(table) == direct[table]
    assert set(migrated) == set(direct)
    assert set(direct) == {*schema.metadata.tables, "alembic_version"}
    assert sum(len(about["checks"]) for about in direct.values()) >= 8
    assert any("handover" in str(about["indexes"]) for about in direct.values())


@pytest.mark.postgres
def test_functions_and_triggers_are_the_same_when_made_either_way_on_a_server(postgres, tmp_path):
    said = []
    for made in ("new", "migrated"):
        place = postgres.new_database()
        with open_ledger(tmp_path / made, place) as ledger, ledger.write() as connection:
            if made == "migrated":
                _migrate_anew(connection)
            said.append((_routines(connection), connection.exec_driver_sql(_TRIGGERS).scalars().all()))
        postgres.drop_database(place.url.rsplit("/", 1)[1])
    assert said[0] == said[1]
    assert len(said[0][1]) >= 11


def test_new_ledger_knows_its_revision_when_alembic_asks(both):
    for engine in both:
        with engine.begin() as connection:
            assert MigrationContext.configure(connection).get_current_revision() == NEWEST


def test_tables_are_of_the_same_kind_when_made_either_way_on_sqlite(tmp_path):
    options = []
    for made in ("new", "migrated"):
        with open_ledger(tmp_path / made) as ledger, ledger.write() as connection:
            if made == "migrated":
                _migrate_anew(connection)
            tables = connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'alembic%'"
            )
            options.append({name: ("AUTOINCREMENT" in sql, "WITHOUT ROWID" in sql) for name, sql in tables})
    assert options[0] == options[1]
    assert options[0]["delivery"] == (False, True)
    assert options[0]["mailing"] == (True, False)


def test_known_revisions_are_those_in_the_folder_when_listed():
    scripts = ScriptDirectory(str(FOLDER))
    assert tuple(script.revision for script in reversed(list(scripts.walk_revisions()))) == KNOWN
    assert scripts.get_current_head() == NEWEST
