"""Ids, times and envelopes of records, where the schemas of a document disagree with each other."""

from pathlib import Path
from typing import Any

import pytest

from tests.scaffold.fake import Fake

DOCUMENT = Path(__file__).parent / "documents" / "odd-ids.yaml"


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(DOCUMENT, tmp_path)


def test_records_whose_ids_are_numbers_are_found(fake: Fake) -> None:
    status, made = fake.send("POST", "/things", {"name": "a"})
    assert (status, made["id"]) == (201, 1)
    assert fake.send("GET", "/things/1") == (200, made)
    assert fake.send("GET", "/things/1.0") == (200, made)
    assert fake.send("GET", "/things/1.5")[0] == 404
    assert fake.send("DELETE", "/things/1")[0] == 204
    assert fake.send("GET", "/things/1")[0] == 404


def test_replacement_keeps_the_time_of_creation(fake: Fake) -> None:
    made = fake.send("POST", "/things", {"name": "a", "kind": "x"})[1]
    assert fake.send("PUT", "/things/1", {"name": "b"}) == (200, {**without(made, "kind"), "name": "b"})
    sent = "2020-02-02T00:00:00Z"
    assert fake.send("PUT", "/things/1", {"name": "b", "created_at": sent})[1]["created_at"] == sent


def test_id_in_the_path_is_text_and_a_number_in_the_record(fake: Fake) -> None:
    for value in ("v", "w"):
        assert fake.send("PUT", "/slots/7", {"value": value}) == (200, {"number": 7, "value": value})
    assert fake.send("GET", "/slots/7") == (200, {"number": 7, "value": "w"})
    assert fake.send("DELETE", "/slots/7")[0] == 204
    assert fake.send("GET", "/slots/7")[0] == 404


@pytest.mark.parametrize("id", ["seven", "07", "11", "1.5"])
def test_id_that_no_record_can_have_is_refused(fake: Fake, id: str) -> None:
    status, error = fake.send("PUT", f"/slots/{id}", {"value": "v"})
    assert (status, error["message"]) == (400, f"{id} is not an id of slots")
    assert fake.send("GET", f"/slots/{id}")[0] == 404


def test_id_of_thousands_of_digits_is_refused(fake: Fake) -> None:
    id = "9" * 5000
    assert fake.send("PUT", f"/slots/{id}", {"value": "v"})[0] == 400


def test_id_that_is_taken_is_refused(fake: Fake) -> None:
    assert fake.send("POST", "/tickets", {"id": 7})[0] == 201
    status, error = fake.send("POST", "/tickets", {"id": 7})
    assert (status, error["message"]) == (409, "7 exists in tickets already")


def test_replies_do_not_share_their_parts(fake: Fake) -> None:
    assert fake.send("POST", "/things", {"name": "a"})[0] == 201
    handler: Any = fake.vendor.handlers["get_things"]
    first, second = handler._envelope(), handler._envelope()
    first["data"]["rows"].append("of another world")
    assert "of another world" not in second["data"]["rows"]


def without(record: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != name}


def test_new_id_passes_those_that_callers_chose(fake: Fake) -> None:
    sent = range(160, 480)
    for id in sent:
        assert fake.send("POST", "/tickets", {"id": id, "text": "sent"})[0] == 201
    made = [fake.send("POST", "/tickets", {"text": "new"}) for _ in range(2)]
    assert [status for status, _one in made] == [201, 201]
    assert len({one["id"] for _status, one in made} - {*sent}) == 2
