"""Ortto: PUT /v1/person/archive and /v1/person/restore, DELETE /v1/person/delete."""

import pytest

from mockserver.client import World
from tests.vendors.ortto import Ortto


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


def test_an_archived_person_leaves_audiences_and_lists(ortto: Ortto) -> None:
    mail, text = ortto.counts("Subscribers"), ortto.counts("SMS subscribers")
    id = ortto.create("leaver@test.example", bol__sp=True)
    other = ortto.ids()[1]
    assert ortto.change_people("archive", inclusion_ids=[id.upper(), id, other], exclusion_ids=[other]) == 1
    assert (ortto.counts("Subscribers"), ortto.counts("SMS subscribers")) == (mail, text)
    assert id not in ortto.ids()
    assert ortto.people()["meta"]["total_contacts"] == 200
    assert [one["id"] for one in ortto.people(type="archived")["contacts"]] == [id]
    assert ortto.people(type="archived", q="leaver")["meta"]["total_matches"] == 1
    assert ortto.people(type="archived", q="else")["contacts"] == []
    archived = ortto.people(type="archived", fields=["str::email", "str::last"])["contacts"]
    assert archived == [{"id": id, "fields": {"str::email": "leaver@test.example"}}]
    assert ortto.subscriptions(person_id=id)["subscriptions"] == []
    assert ortto.fields(id, "str::email") == {"str::email": "leaver@test.example"}
    assert ortto.change_people("archive", inclusion_ids=[id]) == 0


def test_a_restored_person_enters_the_audiences_again(ortto: Ortto) -> None:
    id = ortto.create("back@test.example", bol__sp=True)
    everyone, counts = ortto.ids(), ortto.counts("Subscribers")
    assert ortto.change_people("restore", inclusion_ids=[id]) == 0
    ortto.change_people("archive", inclusion_ids=[id])
    assert ortto.change_people("restore", inclusion_ids=[id]) == 1
    assert (ortto.ids(), ortto.counts("Subscribers")) == (everyone, counts)
    assert ortto.merge({"str::email": "back@test.example"}) == [{"person_id": id, "status": "merged"}]


def test_an_archived_person_is_not_merged(ortto: Ortto) -> None:
    id = ortto.create("again@test.example")
    ortto.change_people("archive", inclusion_ids=[id])
    assert ortto.create("again@test.example") != id
    assert ortto.merge({"str::person_id": id}, merge_by=["str::person_id"], skip_non_existing=True) == [
        {"status": "skipped"}
    ]


def test_only_archived_people_are_deleted(ortto: Ortto) -> None:
    id = ortto.create("gone@test.example")
    assert ortto.change_people("delete", inclusion_ids=[id]) == 0
    assert ortto.change_people("delete", all_rows_selected=True) == 0
    ortto.change_people("archive", inclusion_ids=[id])
    assert ortto.change_people("delete", inclusion_ids=[id]) == 1
    assert ortto.change_people("restore", inclusion_ids=[id]) == 0
    assert ortto.people(type="archived")["contacts"] is None
    assert ortto.send("POST", "/v1/person/get-by-ids", {"contact_ids": [id]}) == {"contacts": {}}


def test_all_people_but_one(ortto: Ortto) -> None:
    keep = ortto.ids()[7]
    assert (
        ortto.change_people("archive", all_rows_selected=True, exclusion_ids=[keep], inclusion_ids=[keep])
        == 199
    )
    assert ortto.ids() == [keep]
    members = {one["name"]: one["members"] for one in ortto.audiences()}
    assert set(members.values()) <= {0, 1}
    assert ortto.change_people("restore", all_rows_selected=True) == 199
    assert len(ortto.ids()) == 200
    ortto.change_people("archive", all_rows_selected=True)
    assert {one["members"] for one in ortto.audiences()} == {0}
    assert ortto.change_people("delete", all_rows_selected=True) == 200


def test_nothing_selected(ortto: Ortto) -> None:
    assert ortto.change_people("archive") == 0
    assert (
        ortto.change_people("archive", inclusion_ids=["00609c898a4490c5800a5400"], all_rows_selected=False)
        == 0
    )
