"""Collections show stored records without what is internal or secret."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver import vendors
from mockserver.formats import yaml_cache
from mockserver.paths import contracts
from mockserver.state.change_log import ChangeLog
from mockserver.state.collection_spec import Collections, CollectionSpec
from mockserver.state.effects import summarize
from mockserver.storage.store import Row
from mockserver.verify.collection_lint import find_errors
from tests.read_vendors import read_vendor

VALID: dict[str, Any] = {
    "collections": {
        "people": {
            "title": "People",
            "description": "All.",
            "records": "person",
            "refers": {"/in/*": "groups"},
        },
        "groups": {
            "title": "Groups",
            "description": "All.",
            "index": "member",
            "members": ["group", "person"],
        },
    },
    "internal": {"directory": "finds people", "/by_name": "finds groups"},
}


def spec(**options: Any) -> CollectionSpec:
    return CollectionSpec("shop", "people", "People", "All.", "shop.person", **options)


def shown(record: Any, **options: Any) -> dict[str, Any]:
    return spec(**options).show("1", "archived", orjson.dumps(record))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"shown": {"name": "Ann", "id": 1}, "id": 2, "rank": 3, "key": "k"}),
        ({"hides": ("/rank", "/none", "/shown/id")}, {"shown": {"name": "Ann"}, "id": 2, "key": "k"}),
        ({"shows": "/shown", "hides": ("/rank",)}, {"name": "Ann", "id": 1, "key": "k"}),
        ({"shows": "/absent"}, {"shown": {"name": "Ann", "id": 1}, "id": 2, "rank": 3, "key": "k"}),
        ({"secrets": ("/key", "/none"), "hides": ("/shown",)}, {"id": 2, "rank": 3, "key": "…"}),
        ({"list_member": "list", "hides": ("/shown", "/rank", "/key")}, {"list": "archived", "id": 2}),
    ],
)
def test_a_record_is_shown_as_declared(options: dict[str, Any], expected: dict[str, Any]) -> None:
    stored = {"shown": {"name": "Ann", "id": 1}, "id": 2, "rank": 3, "key": "k"}
    assert shown(stored, **options) == expected


@pytest.mark.parametrize(("key", "target"), [("a", "b"), ("a:b", "c/d"), ("", "x"), ("1:", "é")])
def test_an_entry_of_an_index_is_a_record_with_two_members(key: str, target: str) -> None:
    entries = spec(members=("group", "person"))
    stored = f"{len(key)}:{key}{target}"
    assert entries.show(stored, key, b"1") == {"group": key, "person": target}
    assert entries.id(stored) == f"{key}/{target}"
    if "/" not in key:
        assert entries.stored_id(entries.id(stored)) == stored


def test_the_kinds_of_records_are_the_vendors_own(tmp_path: Path) -> None:
    (tmp_path / "collections.yaml").write_text(json.dumps(VALID), encoding="utf-8")
    found = Collections.read("shop", tmp_path / "collections.yaml")
    assert found.internal == {"shop.directory": "finds people", "shop/by_name": "finds groups"}
    assert {kind: one.name for kind, one in found.by_kind.items()} == {
        "shop.person": "people",
        "shop/member": "groups",
    }


def test_a_valid_document_has_no_errors() -> None:
    assert [*find_errors(VALID)] == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"records": "person", "index": "member", "members": ["a", "b"]}, "/collections/people"),
        ({"title": 1}, "/collections/people/title"),
        ({"hides": ["rank"]}, "/collections/people/hides/0"),
        ({"refers": {"/in/*": "nothing"}}, "/collections/people/refers"),
        ({"colour": "red"}, "/collections/people"),
    ],
)
def test_an_invalid_collection_is_found(change: dict[str, Any], place: str) -> None:
    people = {**VALID["collections"]["people"], **change}
    document = {**VALID, "collections": {**VALID["collections"], "people": people}}
    assert [where for where, _what, _fix in find_errors(document)] == [place]


@pytest.mark.parametrize("vendor", vendors.names())
def test_shipped_collections_are_valid(vendor: str) -> None:
    assert [*find_errors(yaml_cache.read(contracts() / vendor / "collections.yaml"))] == []
    assert len(read_vendor(vendor).collections) >= 5


def test_changes_beyond_those_that_are_shown_are_counted_alone() -> None:
    log, people = ChangeLog(), spec()
    rows = [Row(f"p{number}", "", 0, b'{"name":"%d"}' % number) for number in range(5)]
    log.note(people.kind, "p0", None, rows[0])
    log.note(people.kind, "p1", None, rows[1])
    log.note(people.kind, "p2", rows[2], None)
    log.note(people.kind, "p3", rows[3], rows[3])
    log.note(people.kind, "p4", rows[4], rows[4]._replace(body=b'{"name":"x"}'))
    shown, counts = summarize(log, {people.kind: people}, most=1)
    assert [(one.id, one.change) for one in shown] == [("p0", "added")]
    assert counts == {"shop.people": {"added": 2, "removed": 1, "updated": 1}}
