"""Vendors made from a document keep state: every action on a record shows in the next."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from mockserver.call import Call
from mockserver.state.world import World
from tests.scaffold.fake import NOTES, ORIGIN, SHOP, Fake
from tests.shop import module

OWNER = {"name": "Ada", "password": "secret", "city": "Utrecht"}


@pytest.fixture
def shop(tmp_path: Path) -> Fake:
    return Fake(SHOP, tmp_path)


@pytest.fixture
def notes(tmp_path: Path) -> "Notes":
    return Notes(NOTES, tmp_path)


class Notes(Fake):
    """The fake of the notes, whose credential is sent by basic authentication."""

    def send(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        token = b64encode(f"me:{self.key}".encode()).decode()
        return super().send(method, path, body, **{"authorization": f"Basic {token}", **headers})


def test_life_of_a_record(shop: Fake) -> None:
    status, ada = shop.send("POST", "/owners", OWNER)
    assert (status, ada["name"], ada["city"]) == (201, "Ada", "Utrecht")
    assert "password" not in ada  # it is write-only
    assert ada["createdAt"] == "2026-01-01T00:00:00Z"
    assert shop.send("GET", f"/owners/{ada['id']}") == (200, ada)
    assert shop.send("GET", "/owners")[1]["data"] == [ada]
    status, changed = shop.send("PATCH", f"/owners/{ada['id']}", {"nickname": "A"})
    assert (status, changed) == (200, {**ada, "nickname": "A", "updatedAt": changed["updatedAt"]})
    status, replaced = shop.send("PUT", f"/owners/{ada['id']}", {"name": "Eva", "password": "x"})
    assert (status, replaced["name"], replaced["id"]) == (200, "Eva", ada["id"])
    assert replaced["createdAt"] == ada["createdAt"]
    assert not {"city", "nickname"} & replaced.keys()
    assert shop.send("DELETE", f"/owners/{ada['id']}") == (204, b"")
    status, error = shop.send("GET", f"/owners/{ada['id']}")
    assert (status, error["error"]["status"]) == (404, 404)
    assert error["error"]["detail"] == f"{ada['id']} does not exist in owners"
    assert shop.send("GET", "/owners")[1]["data"] == []
    assert shop.send("POST", "/owners", OWNER)[1]["id"] > ada["id"]  # ids are not used again


def test_nested_records_live_and_end_with_the_enclosing_one(shop: Fake) -> None:
    one, other = (shop.send("POST", "/owners", OWNER)[1]["id"] for _ in range(2))
    status, pet = shop.send("POST", f"/owners/{one}/pets", {"kind": "cat", "price": 3, "shoe": 1})
    assert (status, pet) == (200, {"id": pet["id"], "ownerId": one, "kind": "cat", "price": 3})
    assert shop.last()["effects"][0]["collection"] == "pets"
    assert shop.send("GET", f"/owners/{one}/pets") == (200, [pet])
    assert shop.send("GET", f"/owners/{other}/pets") == (200, [])
    assert shop.send("GET", f"/owners/{other}/pets/{pet['id']}")[0] == 404
    assert shop.send("POST", "/owners/999/pets", {"kind": "cat"})[0] == 404
    assert shop.send("DELETE", f"/owners/{one}")[0] == 204
    changed = {(one["collection"], one["change"]) for one in shop.last()["effects"]}
    assert changed == {("owners", "removed"), ("pets", "removed")}


def test_pages_and_filters(shop: Fake) -> None:
    for name, city in (("a", "X"), ("b", "Y"), ("c", "X")):
        assert shop.send("POST", "/owners", {"name": name, "password": "p", "city": city})[0] == 201
    _, page = shop.send("GET", "/owners?limit=2")
    assert [one["name"] for one in page["data"]] == ["a", "b"]
    assert page["meta"]["total"] == 3
    assert page["meta"]["next"].startswith(f"{ORIGIN}/owners?limit=2&")
    assert "offset=2" in page["meta"]["next"]
    _, page = shop.send("GET", "/owners?limit=2&offset=2")
    assert ([one["name"] for one in page["data"]], page["meta"]) == (["c"], {"total": 3, "next": None})
    _, page = shop.send("GET", "/owners?city=X")
    assert ([one["name"] for one in page["data"]], page["meta"]["total"]) == (["a", "c"], 2)
    owner = page["data"][0]["id"]
    pets = [shop.send("POST", f"/owners/{owner}/pets", {"kind": kind})[1] for kind in ("cat", "dog", "cat")]
    assert shop.send("GET", f"/owners/{owner}/pets?page=2&per_page=2") == (200, pets[2:])
    assert shop.send("GET", f"/owners/{owner}/pets?kind=dog") == (200, [pets[1]])


def test_records_that_cannot_be_created_exist_at_the_start(shop: Fake) -> None:
    countries = [{"code": "NL", "name": "Netherlands"}, {"code": "SE", "name": "Sweden"}]
    assert shop.send("GET", "/countries", authorization="") == (200, countries)
    assert shop.send("GET", "/countries/SE", authorization="") == (200, countries[1])
    assert shop.send("GET", "/countries/DE", authorization="")[0] == 404


def test_invalid_calls_in_the_error_schema_of_the_document(shop: Fake) -> None:
    status, error = shop.send("POST", "/owners", {"name": ""})
    assert (status, error["error"]["status"]) == (422, 422)
    assert shop.send("GET", "/owners?limit=many")[1]["error"]["status"] == 400
    assert shop.send("GET", "/owners", authorization="")[1]["error"]["status"] == 401
    assert shop.send("GET", "/nowhere")[1]["error"]["status"] == 404
    assert shop.send("PATCH", "/owners")[1]["error"]["status"] == 405


def test_operations_of_no_resource_answer_examples(shop: Fake) -> None:
    assert shop.send("POST", "/reports/monthly", {"amount": 1}) == (202, {"state": "started"})
    assert shop.last()["remarks"] == ["run_report answers an example; it keeps no state"]
    assert shop.send("POST", "/reports/monthly", {"amount": 0})[0] == 400
    assert shop.send("PUT", "/logo", b"\x89PNG", **{"content-type": "image/png"}) == (204, b"")
    answers = [id for id, words in shop.proposed.operations.items() if words == "answers an example"]
    assert answers == ["run_report", "put_logo"]


def test_replacing_creates_where_nothing_else_does(notes: Notes) -> None:
    assert notes.send("GET", "/notes/one")[0] == 404
    assert notes.send("PUT", "/notes/one", {"text": "x"}) == (200, {"note": {"slug": "one", "text": "x"}})
    assert notes.send("PUT", "/notes/one", {"text": None})[1] == {"note": {"slug": "one", "text": None}}
    assert notes.send("GET", "/notes/one")[1] == {"note": {"slug": "one", "text": None}}
    assert notes.send("DELETE", "/notes/one") == (204, b"")
    assert notes.send("DELETE", "/notes/one")[0] == 404


def test_cursor(notes: Notes) -> None:
    for number in range(3):
        tags = ["odd"] if number % 2 else []
        assert notes.send("PUT", f"/notes/n{number}", {"text": str(number), "tags": tags})[0] == 200
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        _, page = notes.send("GET", f"/notes?limit=2&cursor={cursor}")
        seen += [one["slug"] for one in page["items"]]
        pages, cursor = pages + 1, page.get("next_cursor")
        assert page["has_more"] is (cursor is not None)
    assert (seen, pages) == (["n0", "n1", "n2"], 2)
    assert [one["slug"] for one in notes.send("GET", "/notes?tags=odd")[1]["items"]] == ["n1"]


def test_credentials(notes: Notes, shop: Fake) -> None:
    assert notes.send("GET", "/notes", authorization=f"Bearer {notes.key}")[0] == 200
    assert notes.send("GET", "/notes", authorization="Bearer other")[0] == 401
    assert notes.send("GET", "/notes", authorization="Basic %%%")[0] == 401
    assert notes.send("GET", "/health", authorization="") == (200, b"ok")
    assert shop.send("GET", "/owners", **{"authorization": "", "x-api-key": shop.key})[0] == 200


def test_function_of_the_vendor_takes_the_place_of_the_resource(tmp_path: Path) -> None:
    def get_owner(call: Call, world: World) -> object:
        return {"id": call.params["ownerId"], "createdAt": "2026-01-01T00:00:00Z", "name": "own"}

    shop = Fake(SHOP, tmp_path, module("fake.owners", get_owner=get_owner))
    assert shop.send("GET", "/owners/12")[1]["name"] == "own"
    assert shop.send("GET", "/owners")[1]["data"] == []


def test_every_guess_is_marked(shop: Fake) -> None:
    nodes = [node for item in shop.root["paths"].values() for node in item.values()]
    assert len(nodes) == 14
    for node in nodes:
        assert (node["x-source"], node["x-source-at"]) == ("seed", "document")
        assert node["x-resource"]["x-source"] == "inferred"
    components = shop.root["components"]
    assert {name: one["x-source"] for name, one in components["schemas"].items()} == dict.fromkeys(
        components["schemas"], "seed"
    )
    assert components["responses"]["UnknownPath"]["x-source"] == "inferred"
    assert components["examples"]["not_found"]["x-source"] == "seed"  # the body is the document's
    assert {one["x-source"] for one in shop.root["x-resources"].values()} == {"inferred"}


def test_schemas_are_converted(shop: Fake, notes: Notes) -> None:
    schemas = shop.root["components"]["schemas"]
    own, request = schemas["Owner"]["allOf"][1], schemas["OwnerRequest"]["allOf"][1]
    assert own["required"] == ["name"]
    assert request["required"] == ["name", "password"]
    assert "password" not in own["properties"]
    assert own["properties"]["nickname"] == {"type": ["string", "null"]}
    assert own["properties"]["size"] == {"type": ["string", "null"], "enum": ["s", "m", None]}
    assert own["properties"]["city"] == {"type": "string"}  # its example, 7, does not fit
    assert schemas["OwnerRequest"]["allOf"][0] == {"$ref": "#/components/schemas/BaseRequest"}
    assert "required" not in schemas["BaseRequest"]
    assert schemas["Friend"] == {
        "x-source": "seed",
        "x-source-at": "document",
        "anyOf": [{"allOf": [{"$ref": "#/components/schemas/Country"}]}, {"type": "null"}],
    }
    assert schemas["Pet"]["properties"]["price"] == {"type": "number", "exclusiveMinimum": 0}
    assert schemas["Base"]["properties"]["id"]["maximum"] == 2**63 - 1
    assert shop.proposed.notes == ["the parameter filter (deepObject): list_owners"]
    moved = notes.root["components"]["schemas"]
    assert moved["Note"]["properties"]["tags"]["items"] == {"$ref": "#/components/schemas/Note_defs_Tag"}
    assert moved["Note_defs_Tag"]["minLength"] == 1
