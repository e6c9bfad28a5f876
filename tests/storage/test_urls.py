"""Opening stores by URL."""

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from mockserver.errors import InvalidStoreError
from mockserver.storage.store import Row
from mockserver.storage.urls import Durability, is_shareable, open_store


@pytest.mark.parametrize("url", ["", "memory", "sqlite://", "sqlite:///", "mysql://x/y", "worlds.db"])
def test_an_unsupported_url(url: str) -> None:
    with pytest.raises(
        InvalidStoreError,
        match=r"unsupported store URL .* \(supported: memory:, sqlite:///worlds\.db or postgresql://",
    ):
        open_store(url)


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidStoreError, match=r"cannot open the store .*; use a file that can be written"):
        open_store(f"sqlite:///{tmp_path}/no/such/folder.db")


@contextmanager
def without_rights() -> Iterator[None]:
    """As a user who owns nothing, if this is root, to whom every file is writable."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def _other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
        connection.execute("CREATE TABLE docs (title TEXT)")
        connection.commit()


def _damaged(path: Path) -> None:
    """A store whose pages are overwritten in the second half."""
    store = open_store(f"sqlite:///{path}")
    store.space("w").bulk_insert("k", [Row(f"id{number}", "", number, b"x" * 900) for number in range(500)])
    store.close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xa5" * 40_000)


def _with_table(*statements: str) -> Callable[[Path], None]:
    """Makes a database with almost the table of a store."""

    def make(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(";".join(statements))

    return make


_KEY = "PRIMARY KEY (space, kind, id)"
UNUSABLE: list[tuple[str, Callable[[Path], object]]] = [
    ("it is a folder", Path.mkdir),
    ("it is not a regular file", lambda path: os.mkfifo(path)),
    ("it is another program's database, with the table 'bookmarks'", _other_program),
    *(
        ("its table 'docs' takes no documents: ", _with_table(*statements))
        for statements in (
            ["CREATE TABLE docs (space, kind, id, parent, rank, body)"],
            [f"CREATE TABLE docs (space, kind, id, parent, rank, body, owner NOT NULL, {_KEY})"],
            [f"CREATE TABLE docs (space, kind, id, parent, rank CHECK (rank < 9), body, {_KEY})"],
            [f"CREATE TABLE docs (space, kind, id, parent, rank, body NOT NULL, {_KEY})"],
            ["CREATE TABLE x (space, kind, id, parent, rank, body)", "CREATE VIEW docs AS SELECT * FROM x"],
            ["CREATE VIEW docs AS SELECT 1 AS space, 1 AS kind, 1 AS id, 1 AS parent, 1 AS rank, 1 AS body"],
        )
    ),
    *(
        ("its table 'docs' changes the documents that it takes", _with_table(statement))
        for statement in (
            f"CREATE TABLE docs (space, kind, id INTEGER, parent, rank, body, {_KEY})",
            f"CREATE TABLE docs (space, kind, id COLLATE NOCASE, parent, rank, body, {_KEY})",
            f"CREATE TABLE docs (space, kind, id, parent, rank REAL, body, {_KEY})",
        )
    ),
    ("the file is damaged", _damaged),
    ("file is not a database", lambda path: path.write_text("no database, but a text of its own\n" * 99)),
]


@pytest.mark.parametrize(("reason", "make"), UNUSABLE)
def test_what_is_no_store_is_refused_in_one_line_and_not_touched(
    tmp_path: Path, reason: str, make: Callable[[Path], object]
) -> None:
    path = tmp_path / "worlds.db"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(InvalidStoreError) as refused:
        open_store(f"sqlite:///{path}")
    message = str(refused.value)
    assert message.startswith(f"cannot open the store {path} (")
    assert reason in message
    assert message.endswith("; use a file that can be written")
    assert "\n" not in message
    assert before == (path.read_bytes() if path.is_file() else b"")


@pytest.mark.parametrize("mode", [0o400, 0o000])
def test_a_file_without_the_rights_is_refused_with_its_owner(mode: int) -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is closed to other users
        path = Path(folder) / "worlds.db"
        open_store(f"sqlite:///{path}").close()
        path.chmod(mode)
        path.parent.chmod(0o755)
        with without_rights(), pytest.raises(InvalidStoreError) as refused:
            open_store(f"sqlite:///{path}")
        assert f"(it may not be read and written; it belongs to {path.owner()}); use" in str(refused.value)


def test_a_file_in_a_folder_without_the_rights_is_refused() -> None:
    """SQLite writes two more files beside it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "worlds.db"
        open_store(f"sqlite:///{path}").close()
        path.chmod(0o666)
        path.parent.chmod(0o555)
        with without_rights(), pytest.raises(InvalidStoreError) as refused:
            open_store(f"sqlite:///{path}")
        path.parent.chmod(0o755)
        assert "cannot open the store" in str(refused.value)


def test_opening_a_store_twice_keeps_the_locks_of_the_first(tmp_path: Path) -> None:
    """A process that closes a file loses all its locks on it, and another one would then delete the log."""
    url = f"sqlite:///{tmp_path}/worlds.db"
    first = open_store(url)
    open_store(url).close()
    read = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM docs'); c.close()"
    subprocess.run([sys.executable, "-c", read, tmp_path / "worlds.db"], check=True, timeout=30)
    assert (tmp_path / "worlds.db-wal").exists()
    first.close()


@pytest.mark.parametrize(
    ("version", "refusal"),
    [
        (b"7", r"schema 7, not 1\); use that release, or another --store"),
        (b"\xff", r"\(the document of its version is damaged\); correct the"),
    ],
)
def test_a_store_of_another_version(tmp_path: Path, version: bytes, refusal: str) -> None:
    url = f"sqlite:///{tmp_path}/worlds.db"
    store = open_store(url)
    store.space("").put("_schema", Row("version", "", 0, version))
    store.close()
    with pytest.raises(InvalidStoreError, match=refusal):
        open_store(url)


def test_a_store_without_a_schema_version(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/worlds.db"
    store = open_store(url)
    store.space("w").put("k", Row("1", "", 0, b"x"))
    store.space("").delete("_schema", "version")
    store.close()
    again = open_store(url)
    assert again.space("w").get("k", "1")
    again.close()
    (version,) = (
        sqlite3.connect(tmp_path / "worlds.db")
        .execute("SELECT body FROM docs WHERE kind = '_schema'")
        .fetchone()
    )
    assert version == b"1"


def test_which_stores_are_shareable() -> None:
    assert [is_shareable(url) for url in ("memory:", "sqlite:///a.db", "postgresql://x/y")] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(("durability", "level"), [("fast", 1), ("safe", 2)])
def test_durability_is_how_a_file_is_flushed(tmp_path: Path, durability: Durability, level: int) -> None:
    store = open_store(f"sqlite:///{tmp_path}/worlds.db", durability)
    engine = store._engine  # type: ignore[attr-defined]
    assert engine.select("PRAGMA synchronous", ()) == [(level,)]
    engine._is_suspect = True
    assert engine.select("PRAGMA synchronous", ()) == [(level,)], "after it was opened again, too"
    store.close()


PASSWORDS = (
    "hunter2",
    "hunter2%40x",
    "hunter2:x",
    "hunter2/x",
    "hunter2?x=1",
    "hunter2#x",
    "hunter2%zz",
    "hunter2 x",
)


@pytest.mark.parametrize(
    "form",
    [
        *(
            "mysql://u:{}@h",
            "mysql://:{}@h",
            "mysql:u:{}@h",
            "mysql:/u:{}@h",
            "u:{}@h/db",
            "://u:{}@h",
            "u%3A{}@h",
        ),
        *(
            "sqlite://u:{}@h",
            "sqlite:u:{}@h",
            "memory://u:{}@h",
            "redis://h/?password={}",
            "redis://h?p%61ss={}",
        ),
        *(
            "postgresql:u:{}@h/db",
            "postgresql:/u:{}@h/db",
            "host=h password={} user=u",
            "host=h password = {}",
        ),
        *(
            "host=h password='{}'",
            "PASSWORD={}",
            "mongodb://u:{}@h1,h2/db",
            "postgresql//u:{}@h",
            "mysql://u:{}",
        ),
        *("postgresql://u:{}@127.0.0.1:1/db", "postgresql://127.0.0.1:1/db?user=u&password={}"),
        *("postgresql://u:{}@127.0.0.1:1/db?sslmode=nonsense", "postgresql://u:{}@127.0.0.1:port/db"),
        *("postgresql://u:{}@[::1:1/db", "postgresql://u:{}@x@127.0.0.1:1/db", "postgresql://u:{}"),
        *("postgresql://127.0.0.1:1/db?pasword={}", "postgresql://127.0.0.1:1/db?sslpassword={}&nonsense=1"),
    ],
)
@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_is_never_shown(
    form: str,
    password: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mockserver.storage.postgres._CONNECTION_TIMEOUT", 0.05)
    with pytest.raises(InvalidStoreError) as refused:
        open_store(form.format(password))
    written = "".join(capfd.readouterr())
    trace = "".join(traceback.format_exception(refused.value))
    for text in (str(refused.value), caplog.text, written, trace):
        assert "hunter2" not in text
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mysql://u:p@h:1/db", "mysql://u@h:1/db"),
        ("u:p@h", "u@h"),
        ("mysql://h:1/db", "mysql://h:1/db"),
        ("mysql://h/db?user=a@b&password=p&port=1", "mysql://h/db?user=a@b&password=…&port=1"),
        ("host=h user=a@b password='it\\'s p' port=1", "host=h user=a@b password=… port=1"),
        ("mysql://[::1]:1/db", "mysql://[::1]:1/db"),
        ("worlds.db", "worlds.db"),
        ("mysql:///a b.db", "mysql:///a b.db"),
    ],
)
def test_the_rest_of_a_url_is_shown(url: str, shown: str) -> None:
    with pytest.raises(InvalidStoreError) as refused:
        open_store(url)
    assert f"unsupported store URL {shown!r} " in str(refused.value)


def test_a_drivers_message_is_shown_without_the_password() -> None:
    with pytest.raises(
        InvalidStoreError, match=r"invalid percent-encoded token: \"…\"\); start the database"
    ):
        open_store("postgresql://u:hunter2%zz@h/db")


def test_the_files_of_a_store_are_private(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        store = open_store(f"sqlite:///{tmp_path}/worlds.db")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    store.close()
    assert modes == {"worlds.db": 0o600, "worlds.db-wal": 0o600, "worlds.db-shm": 0o600}


def test_an_existing_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "worlds.db"
    path.touch(0o660)
    path.chmod(0o660)
    open_store(f"sqlite:///{path}").close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
