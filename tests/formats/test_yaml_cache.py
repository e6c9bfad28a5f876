"""The cache of parsed YAML returns what the parser would."""

import os
import stat
import time
from copy import deepcopy
from functools import cache
from pathlib import Path

import pytest

from mockserver.errors import InvalidYamlError
from mockserver.formats import private_folder, yaml_cache, yaml_loader
from mockserver.paths import contracts, fixtures

SHIPPED = sorted([*contracts().rglob("*.yaml"), *fixtures().rglob("*.yaml")])


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "shop" / "openapi.yaml"
    path.parent.mkdir()
    path.write_text("openapi: 3.1.0\n200: no\n")
    return path


@pytest.mark.parametrize("path", SHIPPED, ids=[f"{one.parent.name}/{one.name}" for one in SHIPPED])
def test_every_file_is_returned_unchanged(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_loader, "parse", cache(yaml_loader.parse))  # to parse it takes the most time
    fresh = deepcopy(yaml_loader.read(path))
    for _ in range(2):
        assert yaml_cache.read(path, tmp_path) == fresh
    assert list(yaml_cache.read(path, tmp_path)) == list(fresh), "in its order"


def test_a_parsed_contract_is_cached(contract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = yaml_cache.read(contract, tmp_path / "cache")
    monkeypatch.setattr(yaml_loader, "parse", None)
    assert yaml_cache.read(contract, tmp_path / "cache") == first == {"openapi": "3.1.0", "200": "no"}


def test_an_edited_contract_is_parsed_again(contract: Path, tmp_path: Path) -> None:
    yaml_cache.read(contract, tmp_path / "cache")
    contract.write_text("openapi: 3.1.1\n")
    assert yaml_cache.read(contract, tmp_path / "cache") == {"openapi": "3.1.1"}
    assert len(list((tmp_path / "cache").iterdir())) == 1, "what is out of date does not pile up"


def test_a_changed_parser_invalidates_the_cache(
    contract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    yaml_cache.read(contract, tmp_path)
    monkeypatch.setattr(yaml_cache, "_PARSER_FILE", Path(__file__))
    monkeypatch.setattr(yaml_loader, "parse", lambda text: "otherwise")
    assert yaml_cache.read(contract, tmp_path) == "otherwise"


@pytest.mark.parametrize("damage", [b"", b"x", b"\n{}", None])
def test_a_damaged_entry_is_parsed_again(contract: Path, tmp_path: Path, damage: bytes | None) -> None:
    first = yaml_cache.read(contract, tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(kept.read_bytes()[:-1] if damage is None else damage)
    assert yaml_cache.read(contract, tmp_path / "cache") == first


def test_values_that_json_lacks_are_not_cached(contract: Path, tmp_path: Path) -> None:
    contract.write_text("most: .inf\n")
    for _ in range(2):
        assert yaml_cache.read(contract, tmp_path / "cache") == {"most": float("inf")}


def test_an_unwritable_folder_is_ignored(contract: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    assert yaml_cache.read(contract, nowhere) == {"openapi": "3.1.0", "200": "no"}


def test_other_contracts_are_not_cached(
    contract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    yaml_cache.read(contract)
    assert not (tmp_path / "home").exists()
    yaml_cache.read(SHIPPED[0])
    assert len(list((tmp_path / "home" / "audience-mockserver").iterdir())) == 1


@pytest.mark.parametrize("path", [contracts() / "stories.schema.yaml", *SHIPPED[:1], *SHIPPED[-1:]])
def test_shipped_files_are_cached_without_asking(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    yaml_cache.read(path)
    assert len(list(tmp_path.rglob("*.json"))) == 1


def test_old_entries_are_deleted(contract: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    names = {"old.json": 91, "draft.json.0123": 91, "recent.json": 89, "old.txt": 91}
    for name, days in names.items():
        (folder / name).write_text("")
        moment = time.time() - days * 86_400
        os.utime(folder / name, (moment, moment))
    yaml_cache.read(contract, folder)
    assert {path.name for path in folder.iterdir()} & set(names) == {"recent.json", "old.txt"}


def test_invalid_yaml_is_one_line(contract: Path, tmp_path: Path) -> None:
    contract.write_text("a: [\n")
    with pytest.raises(InvalidYamlError) as raised:
        yaml_cache.read(contract, tmp_path / "cache")
    assert "line 2" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_cache_is_private(contract: Path, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "cache"
    before = os.umask(0o002)
    try:
        yaml_cache.read(contract, folder)
    finally:
        os.umask(before)
    (entry,) = folder.iterdir()
    assert [stat.S_IMODE(one.stat().st_mode) for one in (folder, entry)] == [0o700, 0o600]


def test_a_folder_of_an_earlier_release_becomes_private(contract: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o755)
    yaml_cache.read(contract, folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(list(folder.iterdir())) == 1


def test_a_cache_of_another_user_is_not_used(
    contract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, temporary = tmp_path / "theirs", tmp_path / "temporary"
    yaml_cache.read(contract, theirs)
    (entry,) = theirs.iterdir()
    entry.write_bytes(entry.read_bytes().partition(b"\n")[0] + b'\n"planted"')
    assert yaml_cache.read(contract, theirs) == "planted", "the test can fail"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    own = private_folder.is_own
    monkeypatch.setattr(private_folder, "is_own", lambda path: path != theirs and own(path))
    expected = {"openapi": "3.1.0", "200": "no"}
    assert yaml_cache.read(contract, theirs) == expected
    (folder,) = temporary.iterdir()
    assert (folder.name, len(list(folder.iterdir()))) == (f"audience-mockserver-{private_folder._user()}", 1)
    monkeypatch.setattr(private_folder, "is_own", lambda path: False)
    assert yaml_cache.read(contract, theirs) == expected


def test_an_entry_of_another_user_is_not_used(
    contract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cache"
    yaml_cache.read(contract, folder)
    (entry,) = folder.iterdir()
    entry.write_bytes(entry.read_bytes().partition(b"\n")[0] + b'\n"planted"')
    monkeypatch.setattr(yaml_cache, "is_own", lambda path: False)
    assert yaml_cache.read(contract, folder) == {"openapi": "3.1.0", "200": "no"}
