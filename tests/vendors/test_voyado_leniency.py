"""Voyado: spellings of paths, parameters and GUIDs that ASP.NET accepts, and calls without Content-Type."""

import uuid
from typing import Any

import pytest
import requests

from mockserver.client import World
from tests.vendors.voyado import Engage, receipt

V2_AND_V3 = pytest.mark.parametrize("version", ["v2", "v3"])
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def bare(engage: Engage, method: str, path: str, body: bytes = b"") -> requests.Response:
    """A call with the key alone, as working clients send it."""
    key = engage.session.headers["apikey"]
    return requests.request(method, engage.url + path, data=body, headers={"apikey": key}, timeout=10)


@V2_AND_V3
def test_reads_and_deletes_need_no_content_type(engage: Engage, version: str) -> None:
    id = engage.create("bare@example.com")
    for path in (
        "target-audiences",
        "consents",
        "stores",
        f"contacts/{id}",
        f"contactoverview?contactId={id}",
    ):
        assert bare(engage, "GET", f"/api/{version}/{path}").status_code == 200
    change = f"/api/{version}/contacts/{id}/updateContactType?contactTypeId=Contact"
    assert bare(engage, "POST", change).status_code == 200
    assert bare(engage, "DELETE", f"/api/{version}/contacts/{id}").status_code == 200


def test_a_body_without_content_type_is_the_documented_500(engage: Engage) -> None:
    id = engage.create("body@example.com")
    for method, path in (
        ("POST", "/api/v3/contacts"),
        ("PATCH", f"/api/v3/contacts/{id}"),
        ("POST", "/api/v3/receipts"),
        ("POST", "/api/v3/stores"),
        ("PATCH", "/api/v3/contacts/bulk"),
    ):
        reply = bare(engage, method, path, b'{"lastName": "Doe"}')
        assert (reply.status_code, reply.json()) == (500, {"message": "An error has occurred"})
    assert engage.overview(id)["attributes"]["lastName"] is None


@V2_AND_V3
@pytest.mark.parametrize(
    ("plain", "other"),
    [
        ("consents", "Consents/"),
        ("target-audiences", "TARGET-AUDIENCES"),
        ("contacts/count", "contacts/Count/"),
        (
            "contacts/id?email=jane@example.com&contactType=Member",
            "contacts/id/?Email=jane@example.com&CONTACTTYPE=member",
        ),
        (
            "contacts/changes?changeType=Created&fromDate=2026-01-05",
            "Contacts/Changes/?ChangeType=created&FROMDATE=2026-01-05",
        ),
        (
            "contactoverview?contactType=Member&email=jane@example.com",
            "ContactOverview/?contacttype=MEMBER&EMAIL=jane@example.com",
        ),
        ("stores?includeInactive=true", "Stores/?IncludeInactive=True"),
    ],
)
def test_case_and_a_last_slash_do_not_matter(engage: Engage, version: str, plain: str, other: str) -> None:
    engage.create("jane@example.com")
    assert engage.get(f"/api/{version}/{plain}") == engage.get(f"/API/{version}/{other}")


@pytest.mark.parametrize(
    "spell",
    [
        str.upper,
        lambda id: id.replace("-", ""),
        lambda id: f"{{{id}}}",
        lambda id: f"({id.upper()})",
    ],
)
def test_a_guid_may_have_other_spellings(engage: Engage, spell: Any) -> None:
    id = engage.create("guid@example.com")
    assert uuid.UUID(id) == uuid.UUID(spell(id).strip("()"))
    assert engage.get(f"/api/v3/contacts/{spell(id)}")["id"] == id
    assert engage.get("/api/v3/contactoverview", contactId=spell(id))["id"] == id
    changed = engage.send("PATCH", f"/api/v3/CONTACTS/{spell(id)}/", {"lastName": "Doe"})
    assert changed.json()["id"] == id
    engage.send("POST", "/api/v3/receipts", receipt(spell(id)))
    engage.world.clock.advance(minutes=15)
    assert engage.get(f"/api/v2/contacts/{spell(id)}/transactions")["totalCount"] == 1


@pytest.mark.parametrize(
    ("flag", "approved"), [("True", False), ("TRUE", False), ("False", True), ("false", True)]
)
def test_booleans_have_any_case(engage: Engage, flag: str, approved: bool) -> None:
    new = engage.send("POST", "/api/v3/contacts", {"email": "new@example.com"}, CreateAsUnapproved=flag)
    assert new.json()["meta"]["approved"] is approved
    engage.session.headers["createasunapproved"] = flag
    old = engage.send("POST", "/api/v2/contacts", {"email": "old@example.com"})
    assert old.json()["meta"]["approved"] is approved


@V2_AND_V3
@pytest.mark.mockserver(strict=False)
def test_changes_bulk_id_and_count_are_never_contact_ids(engage: Engage, version: str) -> None:
    id = engage.create("first@example.com")
    changes = engage.get(f"/api/{version}/contacts/changes", changeType="Created", fromDate="2026-01-05")
    assert changes == [id]
    for method in ("POST", "PATCH"):
        assert (
            engage.send(method, f"/api/{version}/contacts/bulk", [{"email": "b@example.com"}]).status_code
            == 200
        )
    for name in ("changes", "bulk", "id", "count"):
        assert engage.send("DELETE", f"/api/{version}/contacts/{name}").status_code == 405
        assert engage.send("GET", f"/api/{version}/contacts/{name.upper()}/promotions").status_code == 404
