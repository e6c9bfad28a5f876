"""A client of Voyado for tests."""

import uuid
from typing import Any

import requests

from mockserver.client import Control, World

SWEDES, SILVER, MEMBER = (
    "91a2ea56-c08b-48fe-b510-ffff006aedde",
    "5b195078-0f72-4206-ac1a-aaaa006ce19e",
    "1ef5e951-a0f1-4822-b69e-cccc006cf38a",
)


def receipt(key: str, id: str = "600-1", price: float = 499.0, **members: Any) -> dict[str, Any]:
    """A receipt over one item for the contact with this id, or with the key of another type."""
    item = {"type": "PURCHASE", "sku": "7323450000012", "quantity": 1, "grossPaidPrice": price}
    item |= {"taxAmount": price / 5, "taxPercent": 25, "articleNumber": "4711", "articleName": "Jacket"}
    return {
        "contact": {"matchKey": key, "matchKeyType": "contactId"},
        "uniqueReceiptId": id,
        "createdDate": "2026-01-05T10:00:00+01:00",
        "storeExternalId": "600",
        "currency": "SEK",
        "totalGrossPrice": price,
        "paymentMethods": [{"type": "CARD", "value": price}],
        "items": [item],
        **members,
    }


class Engage:
    """Sends calls to Voyado in one world, with its key."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = world.url("voyado")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update(world.headers("voyado") | {"Content-Type": "application/json"})

    def fork(self, control: Control) -> "Engage":
        """Returns the client of a fork of the world, which has the same records."""
        return Engage(control.create_world(fork=self.world.name))

    def send(self, method: str, path: str, body: Any = None, **params: Any) -> requests.Response:
        """Sends one call and returns any response."""
        return self.session.request(method, self.url + path, json=body, params=params, timeout=10)

    def get(self, path: str, **params: Any) -> Any:
        """Sends a GET that must succeed and returns the body."""
        response = self.send("GET", path, **params)
        assert response.status_code == 200, response.text
        return response.json()

    def expect_error(self, status: int, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """Sends a call that must fail and returns the error, which has a message and a request id."""
        response = self.send(method, path, body, **params)
        assert response.status_code == status, response.text
        error = response.json()
        assert error["message"]
        assert uuid.UUID(error["requestId"])
        return error

    def create(self, email: str, unapproved: Any = False, **attributes: Any) -> str:
        """Creates a contact and returns its id."""
        body = {"email": email, **attributes}
        flag = {"createAsUnapproved": "true"} if unapproved else {}
        response = self.send("POST", "/api/v3/contacts", body, **flag)
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    def patch(self, id: str, **attributes: Any) -> Any:
        """Updates a contact and returns it."""
        response = self.send("PATCH", f"/api/v3/contacts/{id}", attributes)
        assert response.status_code == 200, response.text
        return response.json()

    def overview(self, id: str) -> Any:
        """Returns the overview of a contact."""
        return self.get("/api/v3/contactoverview", contactId=id)

    def audiences(self, id: str) -> list[str]:
        """Returns the names of a contact's target audiences."""
        return [audience["name"] for audience in self.overview(id)["audiences"]]

    def all_ids(self) -> list[str]:
        """Returns the ids of all contacts."""
        ids: list[str] = self.get("/api/v3/contacts/changes", changeType="Created", fromDate="2000-01-01")
        return ids

    def create_audience(self, name: str, filter: dict[str, Any]) -> str:
        """Creates a target audience and returns its id."""
        created = self.world.backstage("voyado", "create_target_audience", name=name, filter=filter)
        return str(created["id"])

    def recalculate(self) -> dict[str, int]:
        """Recalculates all target audiences and returns the number of members of each."""
        reply = self.world.backstage("voyado", "recalculate_target_audiences")
        return {audience["name"]: audience["members"] for audience in reply["targetAudiences"]}
