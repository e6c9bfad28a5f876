"""PostgreSQL specifics: query plans, locks, character 0 in texts, and outages."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import Mock

import psycopg
import pytest

from mockserver.errors import InvalidStoreError, StoreUnavailableError
from mockserver.state.worlds import DEFAULT_WORLD, Worlds
from mockserver.storage import postgres as postgres_module
from mockserver.storage import sql_store as sql_store_module
from mockserver.storage.page_query import PageQuery, page_statement
from mockserver.storage.postgres import Postgres
from mockserver.storage.reads import Body, BodyOfParent, FirstBaseRank, FirstRank, LastRank, Read
from mockserver.storage.sql_reads import select
from mockserver.storage.sql_store import SqlStore
from mockserver.storage.store import Cursor, Row, Store
from mockserver.storage.urls import Durability, open_store
from tests import postgres
from tests.state.conftest import Shop, twelve


def test_every_statement_uses_an_index(database: str) -> None:
    """On a table that has just been filled, for which the planner has no statistics yet."""
    engine = Postgres(database)
    store = SqlStore(engine)
    base = store.space("b")
    base.bulk_insert("k", [Row(f"id{number}", "", number, b"x" * 200) for number in range(20_000)])
    store.space("w", "b").put("k", Row("id5", "", 5, b"y"))
    for statement, values in _statements():
        plan = "\n".join(row[0] for row in engine.flush_and_select(f"EXPLAIN {statement}", values))
        assert "Seq Scan" not in plan, plan
        assert "Sort  " not in plan, plan
        assert "Index" in plan
    read = select(LastRank("b", "k"))[:2]
    plan = "\n".join(row[0] for row in engine.flush_and_select(f"EXPLAIN ANALYZE {read[0]}", read[1]))
    assert "rows=20000" not in plan, "one number does not cost the whole list"
    counted = engine.flush_and_select(
        f"EXPLAIN ANALYZE {sql_store_module._COUNT_HIDDEN}", ("w", "k", "b", "")
    )
    assert "rows=20000" not in "\n".join(row[0] for row in counted), "the base is not scanned"
    store.close()


def _statements() -> list[tuple[str, tuple[Any, ...]]]:
    cursors = (None, Cursor(15_000, "id15000"))
    queries = [
        PageQuery("w", base, "k", "", 20, cursor, 0, newest)
        for base in (None, "b")
        for cursor in cursors
        for newest in (False, True)
    ]
    pages = [
        (
            page_statement(one.base is not None, one.after is not None, one.newest_first),
            one.values(),
        )
        for one in queries
    ]
    reads: list[Read] = [
        Body("w", "k", "id7"),
        BodyOfParent("w", "k", "k", "id7"),
        LastRank("b", "k"),
        FirstRank("b", "k"),
        FirstBaseRank("w", "b", "k"),
    ]
    others = [
        (sql_store_module._GET_WITH_BASE, ("w", "b", "k", "id7")),
        (sql_store_module._COUNT_HIDDEN, ("w", "k", "b", "")),
        (sql_store_module._DELETE_SPACE, ("w",)),
        (sql_store_module._DELETE_BELOW_RANK, ("w", "k", "", 5)),
        (sql_store_module._LIST_BYTES, ("b", "k", "")),
        (sql_store_module._LAST_RANK_BEYOND, ("b", "k", "", 1_000)),
        (sql_store_module._SPACE_BYTES, ("w",)),
        select(*reads)[:2],
    ]
    return [*pages, *(select(read)[:2] for read in reads), *others]


def test_texts_may_contain_character_0(database: str) -> None:
    store = open_store(database)
    space = store.space("w\0\1")
    texts = ["\0", "\1", "\0011", "\0\1\0", "a\0b", "\0012", "plain"]
    for number, text in enumerate(texts):
        space.put("k", Row(text, text, number, text.encode()))
    assert [space.get("k", text) for text in texts] == [
        Row(text, text, number, text.encode()) for number, text in enumerate(texts)
    ]
    assert [row.id for text in texts for row in space.iterate("k", text)] == texts
    store.close()


def test_the_rows_of_a_bulk_insert_may_query_the_store(database: str) -> None:
    """As populations do for serial numbers; a connection can do nothing else during a COPY."""
    store = open_store(database)
    space = store.space("w")

    def rows() -> Iterator[Row]:
        for number in range(5_002):
            if number % 2_500 == 0:
                space.put("serial", Row("shop", "", 0, str(number).encode()))
            yield Row(f"id{number}", "", number, b"x")

    with store.transaction():
        space.bulk_insert("k", rows())
    assert space.count("k") == 5_002
    serial = space.get("serial", "shop")
    assert serial
    assert serial.body == b"5000"
    store.close()


def test_a_lock_of_the_same_name_waits(database: str) -> None:
    store = open_store(database)
    space = store.space("w")
    space.put("k", Row("counter", "", 0, b"0"))

    def count(_: int) -> None:
        with store.transaction():
            store.lock("w")
            row = space.get("k", "counter")
            assert row
            space.put("k", row._replace(body=str(int(row.body or 0) + 1).encode()))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(200)))
    counter = space.get("k", "counter")
    assert counter
    assert counter.body == b"200"
    store.close()


def test_granting_credentials_waits_for_a_locked_world_without_deadlock(
    database: str,
) -> None:
    """A server with one more vendor starts while a world is deleted."""
    scenario = twelve()
    store, other = open_store(database), open_store(database)
    worlds = Worlds(store, {"shop": Shop()}, {scenario.name: scenario})
    more = Worlds(other, {"shop": Shop(), "depot": Shop("depot")}, {})
    for name in (DEFAULT_WORLD, "stays", "goes"):
        worlds.create(name, scenario.name)
    with store.transaction():
        worlds.get("goes")
        starting = threading.Thread(
            target=more.ensure_default, args=(lambda: more.create(DEFAULT_WORLD, scenario.name),)
        )
        starting.start()
        starting.join(0.3)
        assert starting.is_alive()
        worlds.delete("goes")
    starting.join(30)
    assert {world["name"]: sorted(world["credentials"]) for world in worlds.all()} == {
        DEFAULT_WORLD: ["depot", "shop"],
        "stays": ["depot", "shop"],
    }
    other.close()
    store.close()


def test_a_list_is_trimmed_to_a_size_in_bytes(database: str) -> None:
    store = open_store(database)
    space = store.space("j")
    for number in range(1, 9):
        space.put("k", Row(f"{number}", "", number, b"x" * 100))
    space.trim_to_size("k", "", 800)
    assert space.count("k") == 8
    space.trim_to_size("k", "", 350)
    assert [row.rank for row in space.iterate("k")] == [6, 7, 8]
    space.trim_to_size("k", "", 1)
    assert [row.rank for row in space.iterate("k")] == [8]
    assert store.size("j") == 101, "with its id"
    store.close()


def test_a_lock_of_another_name_does_not_wait(database: str) -> None:
    store = open_store(database)
    passed = threading.Event()

    def pass_by() -> None:
        with store.transaction():
            store.lock("other")
            passed.set()

    with store.transaction():
        store.lock("one")
        thread = threading.Thread(target=pass_by)
        thread.start()
        assert passed.wait(30)
    thread.join(30)
    store.close()


def test_several_servers_may_create_the_tables_at_once(database: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        for store in pool.map(lambda _: open_store(database), range(6)):
            store.close()


def _stop_halfway(store: Store, cluster: postgres.Cluster) -> None:
    with store.transaction():
        store.space("w").put("k", Row("half", "", 0, b"1"))
        cluster.stop()
        store.space("w").put("k", Row("other half", "", 0, b"1"))


def end_other_connections(administrator: psycopg.Connection[Any]) -> None:
    ended = administrator.execute(f"SELECT pg_terminate_backend(pid) {postgres.OTHERS}").fetchall()
    assert ended
    wait_until_alone(administrator)


def wait_until_alone(administrator: psycopg.Connection[Any]) -> None:
    wait_for(administrator, f"SELECT 1 {postgres.OTHERS}")


def wait_for(administrator: psycopg.Connection[Any], query: str, values: tuple[Any, ...] = ()) -> None:
    """Waits until the query finds nothing."""
    deadline = time.monotonic() + 30
    while administrator.execute(query, values).fetchall():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_closed_store_keeps_no_connection(database: str) -> None:
    store = open_store(database)
    with psycopg.connect(database, autocommit=True) as administrator:
        store.space("w").put("k", Row("one", "", 0, b"1"))
        assert administrator.execute(f"SELECT 1 {postgres.OTHERS}").fetchall()
        store.close()
        wait_until_alone(administrator)


def test_a_closed_connection_is_not_reused(database: str) -> None:
    store = open_store(database)
    with psycopg.connect(database, autocommit=True) as administrator:
        end_other_connections(administrator)
        assert store.space("w").get("k", "nothing") is None, "on another connection, without a failure"
    store.close()


def test_a_database_restart(cluster: postgres.Cluster, kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    space = kept.space("w")
    with cluster.started_again(), monkeypatch.context() as patch:
        patch.setattr(postgres_module, "_CONNECTION_TIMEOUT", 0.3)
        with pytest.raises(StoreUnavailableError):
            _stop_halfway(kept, cluster)
        with pytest.raises(StoreUnavailableError) as refused:
            space.get("k", "kept")
        assert not refused.value.again, "the pool has already waited"
    assert space.get("k", "kept")
    assert space.get("k", "half") is None


def test_no_connection_is_lost_to_calls_that_could_open_no_file(
    kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = kept.space("w")
    with monkeypatch.context() as patch:
        patch.setattr(postgres_module, "DefaultSelector", Mock(side_effect=OSError(24, "Too many files")))
        for _ in range(30):
            assert space.get("k", "kept")
        patch.setattr(postgres_module, "_is_alive", Mock(side_effect=KeyboardInterrupt))
        for _ in range(30):
            with pytest.raises(KeyboardInterrupt):
                space.get("k", "kept")
    assert space.get("k", "kept")


def test_a_call_goes_on_once_the_database_is_back(
    cluster: postgres.Cluster, kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = kept.space("w")
    with ThreadPoolExecutor(1) as pool:
        with cluster.started_again():
            cluster.stop()
            with monkeypatch.context() as patch:
                patch.setattr(postgres_module, "_CONNECTION_TIMEOUT", 0.1)
                with pytest.raises(StoreUnavailableError):
                    space.get("k", "kept")  # it takes the dead connection out of the pool
            found = pool.submit(space.get, "k", "kept")
        assert found.result(30)


@pytest.fixture
def guarded(cluster: postgres.Cluster) -> Iterator[str]:
    """A database whose user `guest` needs the password `hunter2`, and may have no connection if `busy`."""
    hba = cluster.folder / "data" / "pg_hba.conf"
    before = hba.read_text()
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as administrator:
        administrator.execute("CREATE ROLE guest LOGIN PASSWORD 'hunter2'")
        administrator.execute("CREATE ROLE busy LOGIN PASSWORD 'hunter2' CONNECTION LIMIT 0")
        hba.write_text("local all guest,busy scram-sha-256\n" + before)
        administrator.execute("SELECT pg_reload_conf()")
        yield f"/postgres?host={cluster.folder}"
        administrator.execute("DROP ROLE guest, busy")
        hba.write_text(before)
        administrator.execute("SELECT pg_reload_conf()")


def test_a_failing_start_names_its_reason(guarded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, at once, without a part of the password: a pool would try again, and only log why."""
    nowhere = guarded.replace("/postgres", "/nowhere")
    reasons = {
        f"postgresql://guest:hunter3@{guarded}": 'password authentication failed for user "guest"',
        f"postgresql://postgres:hunter2@{nowhere}": 'database "nowhere" does not exist',
        f"postgresql://busy:hunter2@{guarded}": 'too many connections for role "busy"',
        f"postgresql://nobody:hunter2@{guarded}": 'role "nobody" does not exist',
        "postgresql://guest:hunter2@127.0.0.1:1/db": "Connection refused",
        "postgresql://guest:hunter2@localhost:1/db": "Connection refused",
        "postgresql://guest:hunter2@/db?host=/nowhere": "No such file or directory",
        "postgresql://guest:hunter2@name.invalid/db": "name.invalid",
    }
    tried: list[str] = []
    connect = psycopg.Connection.connect

    def counted(url: str = "", **options: Any) -> Any:
        tried.append(url)
        return connect(url, **options)

    for name in ("psycopg.connect", "psycopg.Connection.connect"):
        monkeypatch.setattr(name, counted)
    for url, reason in reasons.items():
        with pytest.raises(InvalidStoreError) as refused:
            open_store(url)
        message = str(refused.value)
        assert reason in message
        assert "hunter" not in message
        assert "\n" not in message
        assert message.endswith("); start the database, or correct the URL")
        assert tried.pop() == url
        assert not tried, "it does not try again"


def test_a_start_does_not_wait_for_ever_for_an_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(InvalidStoreError, match="timeout expired"):
            open_store(f"postgresql://guest:hunter2@127.0.0.1:{port}/db?connect_timeout=2")


@pytest.mark.parametrize(("durability", "setting"), [("fast", "off"), ("safe", "on")])
def test_durability_is_a_setting_of_every_connection(
    database: str, durability: Durability, setting: str
) -> None:
    store = open_store(database, durability)
    engine = store._engine  # type: ignore[attr-defined]
    assert engine.select("SHOW synchronous_commit", ()) == [(setting,)]
    store.close()


def test_what_was_answered_survives_a_crash_of_a_safe_database(
    cluster: postgres.Cluster, database: str
) -> None:
    store = open_store(database, "safe")
    with cluster.started_again():
        for number in range(200):
            store.space("w").put("k", Row(f"{number}", "", number, b"1"))
        cluster.stop("immediate")
        store.close()
    again = open_store(database, "safe")
    assert again.space("w").count("k") == 200
    again.close()


def test_an_unreachable_server_is_reported_in_one_line_without_the_password() -> None:
    with pytest.raises(InvalidStoreError) as refused:
        open_store("postgresql://me:secret@127.0.0.1:1/nowhere")
    message = str(refused.value)
    assert message.startswith("cannot open the store postgresql://me@127.0.0.1:1/nowhere (")
    assert message.endswith("; start the database, or correct the URL")
    assert "\n" not in message
