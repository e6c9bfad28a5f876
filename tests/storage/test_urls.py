"""Opening stores by URL."""

import os
import sqlite3
import stat
import traceback
from pathlib import Path

import pytest

from mockserver.errors import InvalidStoreError
from mockserver.storage.store import Row
from mockserver.storage.urls import is_shareable, open_store


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


def test_a_store_of_another_release(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/worlds.db"
    store = open_store(url)
    store.space("").put("_schema", Row("version", "", 0, b"7"))
    store.close()
    with pytest.raises(InvalidStoreError, match=r"schema 7, not 1\); use that release, or another --store"):
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
