"""A client of Ortto for the tests of the fake."""

from typing import Any

import requests

from mockserver.client import World


class Ortto:
    """The Ortto of one world, called with `requests`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = world.url("ortto")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update(world.headers("ortto"))

    def reply(self, method: str, path: str, body: object = None) -> requests.Response:
        return self.session.request(method, self.url + path, json=body, timeout=30)

    def send(self, method: str, path: str, body: object = None) -> Any:
        """The body of a 200."""
        reply = self.reply(method, path, body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def error(self, method: str, path: str, body: object = None) -> Any:
        """The body of a 400, without its code and request id."""
        reply = self.reply(method, path, body)
        assert reply.status_code == 400, reply.text
        error = reply.json()
        assert error.pop("code") == 400
        assert error.pop("request_id")
        return error

    def audiences(self, **query: Any) -> Any:
        return self.send("POST", "/v1/audiences/get", query)

    def audience(self, name: str, **query: Any) -> Any:
        """The audience with exactly this name."""
        (found,) = [one for one in self.audiences(**query) or () if one["name"] == name]
        return found

    def audience_id_of(self, name: str) -> str:
        return str(self.audience(name)["id"])

    def people(self, **query: Any) -> Any:
        return self.send("POST", "/v1/person/get", query)

    def matches(self, **query: Any) -> int:
        return int(self.people(limit=1, **query)["meta"]["total_matches"])

    def ids(self, **query: Any) -> list[str]:
        """The ids of the matching people, up to 500."""
        return [one["id"] for one in self.people(limit=500, **query)["contacts"] or ()]

    def merge(self, *fields: dict[str, Any], **options: Any) -> Any:
        """The results of merging people with these fields."""
        body = {"people": [{"fields": one} for one in fields], **options}
        return self.send("POST", "/v1/person/merge", body)["people"]

    def create(self, email: str, **fields: Any) -> str:
        """The id of a new person."""
        named = {key.replace("__", "::"): value for key, value in fields.items()}
        (done,) = self.merge({"str::email": email, **named})
        assert done["status"] == "created"
        return str(done["person_id"])

    def fields(self, id: str, *wanted: str) -> Any:
        """The given fields of one person, if they have a value."""
        contacts = self.send("POST", "/v1/person/get-by-ids", {"contact_ids": [id], "fields": wanted})[
            "contacts"
        ]
        return contacts[id]["fields"]

    def change_people(self, action: str, **selection: object) -> int:
        """Archives, restores or deletes people, and returns how many."""
        method = "DELETE" if action == "delete" else "PUT"
        reply = self.send(method, f"/v1/person/{action}", selection)
        assert reply.pop("scheduled_contacts") == 0
        ((key, number),) = reply.items()
        past = {"archive": "archived", "restore": "restored", "delete": "deleted"}[action]
        assert key == f"{past}_contacts"
        return int(number)

    def subscribe(self, audience_id: str, *people: dict[str, Any], **options: Any) -> Any:
        body = {"audience_id": audience_id, "people": people, **options}
        return self.send("PUT", "/v1/audience/subscribe", body)

    def subscriptions(self, **key: str) -> Any:
        (person,) = self.send("POST", "/v1/person/subscriptions", {"people": [key]})["people"]
        return person

    def backstage(self, action: str, **body: Any) -> Any:
        return self.world.backstage("ortto", action, **body)

    def counts(self, name: str) -> tuple[int, int, int]:
        """The numbers of members, subscribers and SMS opt-ins of the audience."""
        audience = self.audience(name)
        return audience["members"], audience["subscribers"], audience["sms_opted_in"]


def condition(operator: str, field_id: str, **operand: Any) -> dict[str, Any]:
    """A filter of one leaf."""
    return {operator: {"field_id": field_id, **operand}}
