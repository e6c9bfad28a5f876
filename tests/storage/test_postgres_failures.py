"""A PostgreSQL database that ends transactions, is read-only, changed or no store: it recovers."""

from typing import Any

import psycopg
import pytest

from mockserver.errors import InvalidStoreError, StoreUnavailableError
from mockserver.storage.postgres import Postgres
from mockserver.storage.store import Row, Store
from mockserver.storage.urls import open_store
from tests import postgres
from tests.storage.test_postgres import end_other_connections, wait_for, wait_until_alone


@pytest.mark.parametrize("at_commit", [False, True])
def test_a_transaction_that_the_database_ends_is_unavailable(database: str, at_commit: bool) -> None:
    """As by `idle_in_transaction_session_timeout`, while a call thinks for longer than that."""
    store = open_store(database)
    with (
        psycopg.connect(database, autocommit=True) as administrator,
        pytest.raises(StoreUnavailableError, match="idle-in-transaction timeout") as refused,
    ):
        _think(store, administrator, at_commit)
    assert refused.value.again, "nothing was stored"
    store.check()
    assert store.space("w").get("k", "half") is None
    store.close()


def _think(store: Store, administrator: psycopg.Connection[Any], at_commit: bool) -> None:
    with store.transaction():
        store.space("w").put("k", Row("half", "", 0, b"1"))
        engine = store._engine  # type: ignore[attr-defined]
        (own,) = engine.select("SELECT pg_backend_pid()", ())
        engine.execute("SET LOCAL idle_in_transaction_session_timeout = 1", ())
        wait_for(administrator, "SELECT 1 FROM pg_stat_activity WHERE pid = %s", own)
        if not at_commit:
            store.space("w").count("k")


@pytest.mark.parametrize(
    ("code", "again"),
    [
        *((code, True) for code in ("25P03", "25P04", "25006", "40001", "53100", "57014", "57P05", "58030")),
        *((code, False) for code in ("XX000", "XX001", "XX002", "42P01", "42703", "42501", "P0001")),
    ],
)
def test_an_error_of_the_database_is_the_stores(database: str, code: str, again: bool) -> None:
    engine = Postgres(database)
    with pytest.raises(StoreUnavailableError) as refused:
        engine.execute(_failing(code), ())
    assert refused.value.again == again
    engine.close()


@pytest.mark.parametrize("code", ["42601", "23505", "22021", "25P02"])
def test_an_error_of_the_program_is_not_the_databases(database: str, code: str) -> None:
    engine = Postgres(database)
    with pytest.raises(psycopg.errors.lookup(code)):
        engine.execute(_failing(code), ())
    engine.close()


def _failing(code: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$"


_LIKE_IT = "ALTER TABLE docs RENAME TO gone; CREATE TABLE docs (LIKE gone INCLUDING ALL)"
_COPIED = f"{_LIKE_IT}; ALTER TABLE docs "


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE docs RENAME TO gone",
        "ALTER TABLE docs RENAME TO gone; CREATE TABLE docs AS SELECT * FROM gone",
        f"{_COPIED} RENAME body TO other",
        f"{_COPIED} ALTER rank TYPE DATE USING '2026-01-01'",
        f"{_COPIED} ALTER id TYPE INTEGER USING 1",
        f"{_COPIED} ALTER kind TYPE VARCHAR(1)",
        f"{_COPIED} ADD CHECK (rank > 9)",
        "ALTER SCHEMA public RENAME TO gone",
    ],
)
def test_a_table_that_somebody_drops_or_changes(database: str, kept: Store, change: str) -> None:
    """It is served again as soon as the table is back."""
    for _ in range(9):
        kept.check()  # psycopg prepares what it has run that often
    with psycopg.connect(database, autocommit=True) as administrator:
        administrator.execute(change)
        for _ in range(2):
            with pytest.raises(StoreUnavailableError) as refused:
                kept.check()
            assert not refused.value.again
        if "SCHEMA" in change:
            administrator.execute("ALTER SCHEMA gone RENAME TO public")
        else:
            administrator.execute("DROP TABLE IF EXISTS docs; ALTER TABLE gone RENAME TO docs")
    kept.check()
    assert kept.space("w").get("k", "kept")


_TEXT = 'TEXT COLLATE "C"'
_KEY = "PRIMARY KEY (space, kind, id)"


@pytest.mark.parametrize(
    ("reason", "columns"),
    [
        ("takes no documents", "space TEXT, kind TEXT, id TEXT, parent TEXT, rank BIGINT, body BYTEA"),
        ("takes no documents", "title TEXT"),
        *(
            (
                reason,
                f"space TEXT, kind TEXT, id {id}, parent {_TEXT}, rank {rank}, body {body}, {_KEY}{more}",
            )
            for reason, id, rank, body, more in (
                ("takes no documents", _TEXT, "BIGINT", "BYTEA", ", owner TEXT NOT NULL"),
                ("takes no documents", _TEXT, "BIGINT", "BYTEA", ", CHECK (rank < 9)"),
                ("takes no documents", _TEXT, "BIGINT", "BYTEA NOT NULL", ""),
                ("takes no documents", _TEXT, "INTEGER", "BYTEA", ""),
                ("takes no documents", "INTEGER", "BIGINT", "BYTEA", ""),
                ("takes no documents", "VARCHAR(1)", "BIGINT", "BYTEA", ""),
                ("changes the documents", _TEXT, "BIGINT", "TEXT", ""),
                ("changes the documents", 'TEXT COLLATE "en-x-icu"', "BIGINT", "BYTEA", ""),
            )
        ),
    ],
)
def test_another_programs_table_is_refused_in_one_line_and_not_touched(
    database: str, reason: str, columns: str
) -> None:
    relations = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname"
    with psycopg.connect(database, autocommit=True) as administrator:
        administrator.execute(f"CREATE TABLE docs ({columns})")
        before = administrator.execute(relations).fetchall()
        with pytest.raises(InvalidStoreError) as refused:
            open_store(database)
        assert f"(its table 'docs' {reason}" in str(refused.value)
        assert str(refused.value).endswith("; use another database")
        assert "\n" not in str(refused.value)
        assert administrator.execute(relations).fetchall() == before
        assert administrator.execute("SELECT count(*) FROM docs").fetchall() == [(0,)]
        wait_until_alone(administrator)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "nonsense"])
def test_the_encoding_of_the_client_does_not_matter(
    database: str, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", encoding)
    for url in (database, f"{database}&client_encoding=LATIN1"):
        store = open_store(url)
        store.space("w").put("k", Row("Žofie €", "日本", 0, b"1"))
        assert store.space("w").get("k", "Žofie €") == Row("Žofie €", "日本", 0, b"1")
        store.close()


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_of_another_encoding_is_refused(cluster: postgres.Cluster, encoding: str) -> None:
    name = f"e_{encoding.lower()}"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as administrator:
        form = f"ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
        administrator.execute(f"CREATE DATABASE {name} {form}")
        with pytest.raises(InvalidStoreError) as refused:
            open_store(cluster.url(name))
        administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")
    assert f"(its encoding is {encoding}, not UTF8); use another database" in str(refused.value)


def test_a_database_that_is_read_only_is_unavailable(database: str) -> None:
    """As a standby is, and a database that is being moved."""
    store = open_store(database)
    name = database.partition("@/")[2].partition("?")[0]
    with psycopg.connect(database, autocommit=True) as administrator:
        administrator.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        end_other_connections(administrator)
        with pytest.raises(StoreUnavailableError, match="read-only"):
            store.check()
        with pytest.raises(StoreUnavailableError, match="read-only"):
            Postgres(database)
        administrator.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        end_other_connections(administrator)
    store.check()
    store.close()
