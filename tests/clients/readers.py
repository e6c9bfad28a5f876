"""Clients that read, with a record of every member that they look at."""

from collections.abc import Iterator
from typing import Any

import requests
from requests_oauthlib import OAuth1

from mockserver.client import World
from mockserver.formats.json_pointer import format_pointer


class Recorded(dict[str, Any]):
    """A JSON object that records which of its members are looked at."""

    def __init__(self, members: dict[str, Any], tokens: tuple[str, ...], seen: set[str]) -> None:
        super().__init__({name: record(one, (*tokens, name), seen) for name, one in members.items()})
        self._tokens = tokens
        self._seen = seen

    def _look(self, name: str) -> None:
        self._seen.add(format_pointer((*self._tokens, name)))

    def __getitem__(self, name: str) -> Any:
        self._look(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._look(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self._look(str(name))
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        for name in super().__iter__():
            self._look(name)
            yield name


def record(value: Any, tokens: tuple[str, ...], seen: set[str]) -> Any:
    """The value, in which objects record what is looked at."""
    if isinstance(value, dict):
        return Recorded(value, tokens, seen)
    if isinstance(value, list):
        return [record(item, (*tokens, "*"), seen) for item in value]
    return value


class Reader:
    """A client of one vendor, without sockets; `seen` has the operations with the members looked at."""

    vendor: str
    base = ""

    def __init__(self, world: World) -> None:
        self.url = world.url(self.vendor) + self.base
        self.world = world
        self.session = requests.Session()
        self.session.mount(world.url(self.vendor), world.transport("requests"))
        self.session.headers.update(world.headers(self.vendor))
        self.seen: dict[str, set[str]] = {}

    def send(self, operation: str, method: str, path: str, **options: Any) -> Any:
        """The JSON of a reply."""
        reply = self.session.request(method, self.url + path, timeout=10, **options)
        reply.raise_for_status()
        return record(reply.json(), (), self.seen.setdefault(operation, set()))

    def run(self) -> Any:
        """Does the work once."""
        raise NotImplementedError


class AudienceKinds(Reader):
    """Lists what kinds of audiences are in use."""

    vendor, base = "fanfare", "/api/v1"

    def run(self) -> Any:
        audiences = self.send("list_audiences", "GET", "/audiences")
        return {one["name"]: one["type"] for one in audiences if not one["archived"]}


class MailingList(Reader):
    """Reads the addresses of all consumers, page by page; those without a city come last."""

    vendor, base = "fanfare", "/api/v1"

    def run(self) -> Any:
        found: list[tuple[bool, str]] = []
        query: dict[str, Any] = {"first": 12}
        while True:
            page = self.send("list_consumers", "GET", "/consumers", params=query)
            for one in page["data"]:
                found.append((one["metadata"].get("city") is None, one["email"].lower()))
            if len(page["data"]) < 12:
                return sorted(found)
            query["after"] = page["pageInfo"]["endCursor"]


class PeopleOfOrtto(Reader):
    """Reads the first names of all people, as long as there are more."""

    vendor = "ortto"

    def run(self) -> Any:
        names: list[str] = []
        body: dict[str, Any] = {"limit": 12, "fields": ["str::first", "str::email"]}
        while True:
            page = self.send("get_people", "POST", "/v1/person/get", json=body)
            names += [one["fields"].get("str::first", "friend") for one in page["contacts"]]
            if page["has_more"] is not True:
                return names
            body["offset"] = page["next_offset"]


class NewContact(Reader):
    """Registers a contact, reads it again, and tells what the vendor made of it; returns nothing."""

    vendor, base = "voyado", "/api/v3"

    def run(self) -> Any:
        contact = {"firstName": "Ada", "email": "ada@example.com", "countryCode": "SE"}
        consent = {"acceptsEmail": True, "acceptsSms": False, "acceptsPostal": False}
        made = self.send("create_contact", "POST", "/contacts", json={**contact, "preferences": consent})
        read = self.send("get_contact", "GET", f"/contacts/{made['id']}")
        if read["attributes"]["email"] != "ada@example.com" or not read["preferences"]["acceptsEmail"]:
            raise RuntimeError("the contact is not as it was sent")


class PropertyForm(Reader):
    """Makes a form of the properties of contacts; the description is optional."""

    vendor, base = "spotler", "/integrationservice"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        own = world.credentials("spotler")
        self.session.headers["Accept"] = "application/json"
        self.session.auth = OAuth1(own["consumer_key"], own["consumer_secret"])

    def run(self) -> Any:
        properties = self.send("list_contact_properties", "GET", "/contact/properties/list")
        return [(one["name"], one.get("description") or one["name"], one["type"]) for one in properties]


READERS = (AudienceKinds, MailingList, PeopleOfOrtto, NewContact, PropertyForm)
