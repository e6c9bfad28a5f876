"""A careless and a careful way to do the same thing, for each rule that no client of tests/clients shows."""

import hashlib
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import requests
from requests_oauthlib import OAuth1

from mockserver.client import World


class Caller:
    """Calls to one vendor, without sockets."""

    def __init__(self, world: World, vendor: str) -> None:
        self.world = world
        self.url = world.url(vendor)
        self.session = requests.Session()
        self.session.mount(self.url, world.transport("requests"))
        self.session.headers["User-Agent"] = "flaws/1.0"
        if vendor == "spotler":
            own = world.credentials("spotler")
            self.session.auth = OAuth1(own["consumer_key"], own["consumer_secret"])
            self.session.headers["Accept"] = "application/json"
        elif vendor == "digitalaudience":
            own = world.credentials(vendor)
            self.post("/account/login", {name: own[name] for name in ("userName", "password")})
        else:
            self.session.headers.update(world.headers(vendor))

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """The reply, whatever its status."""
        return self.session.request(method, self.url + path, json=body, timeout=10, **options)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a reply."""
        return self.send("GET", path, params=query).json()

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON of a reply; None without one."""
        reply = self.send("POST", path, body)
        return reply.json() if reply.content else None


class Flaw(NamedTuple):
    """A rule, what violates it, and what does not."""

    rule: str
    careless: Callable[[World], object]
    careful: Callable[[World], object]


# Retries


def _retries(world: World, pause: float) -> None:
    world.faults.add("fanfare", "list_audiences", "status", status=503, times=4)
    caller = Caller(world, "fanfare")
    for attempt in range(5):
        if caller.send("GET", "/api/v1/audiences").ok:
            return
        time.sleep(pause * 2**attempt)


def _sends_again(world: World, times: int) -> None:
    caller = Caller(world, "fanfare")
    for _ in range(times):
        caller.post("/api/v1/audiences", {"name": "", "type": "STATIC"})


def _goes_on_unauthorized(world: World, times: int) -> None:
    caller = Caller(world, "ortto")
    caller.session.headers["X-Api-Key"] = "PRK-wrong"
    for number in range(times):
        caller.post("/v1/tags/get", {"q": str(number)})


# Many at a time


def _creates_one_by_one(world: World) -> None:
    caller = Caller(world, "fanfare")
    for number in range(6):
        caller.post("/api/v1/consumers", {"email": f"new{number}@example.com"})


def _creates_together(world: World) -> None:
    caller = Caller(world, "fanfare")
    caller.post("/api/v1/consumers/batch", [{"email": f"new{number}@example.com"} for number in range(6)])


def _reads_consumers(world: World, first: int, *, all_pages: bool) -> None:
    caller, query = Caller(world, "fanfare"), {"first": first}
    while True:
        page = caller.get("/api/v1/consumers", **query)
        if not all_pages or len(page["data"]) < first:
            return
        query["after"] = page["pageInfo"]["endCursor"]


# Work that takes time


def _counts(world: World, pause: float) -> None:
    caller = Caller(world, "voyado")
    for _ in range(5):
        caller.get("/api/v3/contacts/count")
        time.sleep(pause)


def _begins_a_batch(world: World, *, polls: int) -> None:
    world.configure(jobs="on_time")
    caller = Caller(world, "voyado")
    batch = caller.post("/api/v3/contacts/bulk", [{"email": "ada@example.com", "firstName": "Ada"}])
    for _ in range(polls):
        found = caller.get("/api/v3/contacts/bulk/status", batchId=batch)
        if found["status"] == "Finished":
            return
        time.sleep(600)


def _searches(world: World, times: int) -> None:
    caller = Caller(world, "ortto")
    for _ in range(times):
        caller.post("/v1/audiences/get", {"search_term": "no such audience"})


# Signatures


def _signs(world: World, **parameters: Any) -> None:
    caller, own = Caller(world, "spotler"), world.credentials("spotler")
    caller.session.auth = OAuth1(own["consumer_key"], own["consumer_secret"], **parameters)
    for _ in range(2):
        caller.send("GET", "/integrationservice/contact/properties/list")


# Deletes


def _deletes(world: World, *, looks: bool) -> None:
    audience = Caller(world, "digitalaudience").get("/audience/loadaudiences")["data"][0]["id"]
    world.journal.clear()
    caller = Caller(world, "digitalaudience")
    if looks:
        caller.get(f"/segment/loadsegmentsbyaudienceid/{audience}")
    caller.send("DELETE", "/audience/delete", params={"audienceId": audience})


def _removes(world: World, body: Any) -> None:
    caller = Caller(world, "spotler")
    caller.post("/integrationservice/audience", {"externalId": "top", "name": "Top"})
    options = {} if body is None else {"data": body, "headers": {"Content-Type": "application/json"}}
    caller.send("DELETE", "/integrationservice/audience/top/contact", **options)


# Personal data


def _uploads(world: World, *rows: str) -> None:
    caller = Caller(world, "digitalaudience")
    audience = caller.get("/audience/loadaudiences")["data"][0]["id"]
    path = f"onboard/audience={audience}/opt-in/20260101_000002.csv"
    signed = world.backstage("digitalaudience", "sign_upload", path=path)["url"]
    caller.session.put(signed, data="\r\n".join(rows) + "\r\n", timeout=10).raise_for_status()
    caller.get(f"/audience/loadaudiencebyid/{audience}")


def _uploads_hashes_of(world: World, form: Callable[[str], str]) -> None:
    people = Caller(world, "fanfare").get("/api/v1/consumers", first=5)["data"]
    rows = [hashlib.sha256(form(one["email"]).encode()).hexdigest() for one in people]
    _uploads(world, "email_sha256", *rows)


def _uploads_hashes_of_numbers(world: World, form: Callable[[str], str]) -> None:
    people = Caller(world, "fanfare").get("/api/v1/consumers", first=5)["data"]
    rows = [hashlib.sha256(form(one["phone"]).encode()).hexdigest() for one in people]
    _uploads(world, "phone_sha256", *rows)


def _sends_a_voucher(world: World, *, looks: bool) -> None:
    world.backstage("spotler", "add_campaign", name="Welcome", triggers=["go"], mailings=["Hello"])
    caller = Caller(world, "spotler")
    campaigns = caller.get("/integrationservice/campaign/list")
    trigger = next(one["encryptedId"] for campaign in campaigns for one in campaign["triggers"])
    properties: dict[str, Any] = {"email": "c7@example.com"}
    if looks:
        properties["permissions"] = [{"bit": 1, "enabled": True}]
    contact = {"externalId": "c-7", "properties": properties}
    caller.post("/integrationservice/contact", {"update": True, "contact": contact})
    reply = caller.send(
        "POST", f"/integrationservice/campaign/trigger/{trigger}", {"externalContactId": "c-7"}
    )
    assert reply.ok, reply.text


def _digits(phone: str) -> str:
    return phone.lstrip("+")


FLAWS: tuple[Flaw, ...] = (
    Flaw("retried-without-pause", lambda w: _retries(w, 0.01), lambda w: _retries(w, 1)),
    Flaw("repeated-what-is-refused", lambda w: _sends_again(w, 3), lambda w: _sends_again(w, 1)),
    Flaw(
        "kept-calling-unauthorized",
        lambda w: _goes_on_unauthorized(w, 5),
        lambda w: _goes_on_unauthorized(w, 1),
    ),
    Flaw("wrote-one-by-one", _creates_one_by_one, _creates_together),
    Flaw(
        "read-the-first-page-only",
        lambda w: _reads_consumers(w, 100, all_pages=False),
        lambda w: _reads_consumers(w, 100, all_pages=True),
    ),
    Flaw("polled-what-cannot-change", lambda w: _counts(w, 60), lambda w: _counts(w, 1200)),
    Flaw(
        "never-asked-after",
        lambda w: _begins_a_batch(w, polls=0),
        lambda w: _begins_a_batch(w, polls=5),
    ),
    Flaw(
        "left-before-the-end",
        lambda w: _begins_a_batch(w, polls=1),
        lambda w: _begins_a_batch(w, polls=5),
    ),
    Flaw("took-null-for-a-failure", lambda w: _searches(w, 3), lambda w: _searches(w, 1)),
    Flaw("signed-with-a-wrong-clock", lambda w: _signs(w, timestamp="1700000000"), _signs),
    Flaw("sent-a-signature-again", lambda w: _signs(w, nonce="abc", timestamp=str(int(time.time()))), _signs),
    Flaw("deleted-without-a-look", lambda w: _deletes(w, looks=False), lambda w: _deletes(w, looks=True)),
    Flaw("emptied-by-omission", lambda w: _removes(w, None), lambda w: _removes(w, "null")),
    Flaw(
        "sent-plain-identifiers",
        lambda w: _uploads(w, "email_sha256", "ada@example.com"),
        lambda w: _uploads(w, "custom", "ada@example.com"),
    ),
    Flaw(
        "hashed-in-another-way",
        lambda w: _uploads(w, "email_sha256", hashlib.md5(b"ada@example.com").hexdigest()),  # noqa: S324
        lambda w: _uploads_hashes_of(w, str),
    ),
    Flaw(
        "hashed-before-normalising",
        lambda w: _uploads_hashes_of(w, str.upper),
        lambda w: _uploads_hashes_of(w, str.lower),
    ),
    Flaw(
        "hashed-before-normalising",
        lambda w: _uploads_hashes_of(w, "{}\n".format),
        lambda w: _uploads_hashes_of(w, str.lower),
    ),
    Flaw(
        "hashed-before-normalising",
        lambda w: _uploads_hashes_of_numbers(w, str),
        lambda w: _uploads_hashes_of_numbers(w, _digits),
    ),
    Flaw(
        "mailed-without-consent",
        lambda w: _sends_a_voucher(w, looks=False),
        lambda w: _sends_a_voucher(w, looks=True),
    ),
)
