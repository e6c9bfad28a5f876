"""Who is in an audience, by what the vendor declares of its collections."""

from pathlib import Path

import pytest

from mockserver.state.collection_spec import Collections
from mockserver.state.memberships import Audiences, People
from mockserver.storage.store import Row, Space, Store

COLLECTIONS = """
collections:
  people: {title: People, description: All., records: person}
  audiences: {title: Audiences, description: All., records: audience}
internal: {}
people: {collection: people, name: [/name], email: /email}
audiences: {collection: audiences, name: /name, members: {part: /in/*}}
"""


@pytest.fixture
def collections(tmp_path: Path) -> Collections:
    (tmp_path / "collections.yaml").write_text(COLLECTIONS)
    return Collections.read("shop", tmp_path / "collections.yaml")


@pytest.fixture
def space(store: Store) -> Space:
    space = store.space("w/x")
    space.put("shop.audience", Row("1", "", 1, b'{"name": "VIP"}'))
    space.put("shop.person", Row("ann", "", 1, b'{"name": "Ann", "email": "ann@shop.example", "in": ["1"]}'))
    space.put("shop.person", Row("ben", "", 2, b'{"name": "Ben", "email": "ben@shop.example", "in": []}'))
    return space


def audiences(space: Space, collections: Collections, people: People | None) -> Audiences:
    assert collections.audiences
    return Audiences(space, collections, collections.audiences, people)


def test_members_are_those_whose_record_names_the_audience(space: Space, collections: Collections) -> None:
    assert collections.people
    people = People(space, collections, collections.people)
    found = audiences(space, collections, people)
    (vip,) = found.all()
    assert [one.name for one in found.members(vip)] == ["Ann"]
    assert [one.id for one in found.containing(next(found.members(vip)))] == ["1"]


def test_a_vendor_without_people_has_no_members(space: Space, collections: Collections) -> None:
    found = audiences(space, collections, None)
    (vip,) = found.all()
    assert [*found.members(vip)] == []
    assert found.makeup(vip) == (0, {}, {})
