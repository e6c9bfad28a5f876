"""Opening stores by URL."""

import sqlite3
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
