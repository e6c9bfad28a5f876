"""The cache of parsed contracts returns what the parser would."""

from pathlib import Path

import pytest

from mockserver.contract import cache
from mockserver.formats import yaml_loader
from mockserver.paths import contracts

SHIPPED = sorted(contracts().glob("*/*.yaml"))


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "shop" / "openapi.yaml"
    path.parent.mkdir()
    path.write_text("openapi: 3.1.0\n200: no\n")
    return path


@pytest.mark.parametrize("path", SHIPPED, ids=[f"{one.parent.name}/{one.name}" for one in SHIPPED])
def test_every_contract_is_returned_unchanged(path: Path, tmp_path: Path) -> None:
    fresh = yaml_loader.read(path)
    for _ in range(2):
        assert cache.read(path, tmp_path) == fresh
    assert list(cache.read(path, tmp_path)) == list(fresh), "in its order"


def test_a_parsed_contract_is_cached(contract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = cache.read(contract, tmp_path / "cache")
    monkeypatch.setattr(yaml_loader, "parse", None)
    assert cache.read(contract, tmp_path / "cache") == first == {"openapi": "3.1.0", "200": "no"}


def test_an_edited_contract_is_parsed_again(contract: Path, tmp_path: Path) -> None:
    cache.read(contract, tmp_path / "cache")
    contract.write_text("openapi: 3.1.1\n")
    assert cache.read(contract, tmp_path / "cache") == {"openapi": "3.1.1"}
    assert len(list((tmp_path / "cache").iterdir())) == 1, "what is out of date does not pile up"


def test_a_changed_parser_invalidates_the_cache(
    contract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.read(contract, tmp_path)
    monkeypatch.setattr(yaml_loader, "__file__", __file__)
    monkeypatch.setattr(yaml_loader, "parse", lambda text: "otherwise")
    assert cache.read(contract, tmp_path) == "otherwise"


@pytest.mark.parametrize("damage", [b"", b"x", b"\n{}", None])
def test_a_damaged_entry_is_parsed_again(contract: Path, tmp_path: Path, damage: bytes | None) -> None:
    first = cache.read(contract, tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(kept.read_bytes()[:-1] if damage is None else damage)
    assert cache.read(contract, tmp_path / "cache") == first


def test_values_that_json_lacks_are_not_cached(contract: Path, tmp_path: Path) -> None:
    contract.write_text("most: .inf\n")
    for _ in range(2):
        assert cache.read(contract, tmp_path / "cache") == {"most": float("inf")}


def test_an_unwritable_folder_is_ignored(contract: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    assert cache.read(contract, nowhere) == {"openapi": "3.1.0", "200": "no"}


def test_other_contracts_are_not_cached(
    contract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    cache.read(contract)
    assert not (tmp_path / "home").exists()
    cache.read(SHIPPED[0])
    assert len(list((tmp_path / "home" / "audience-mockserver").iterdir())) == 1
