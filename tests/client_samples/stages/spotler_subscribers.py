"""The stage of the subscriber sync: twenty-one known subscribers, one with another name, and 130 new ones."""

import time
from typing import Any

import requests
from requests_oauthlib import OAuth1

from mockserver import World
from tests.client_samples import spotler_subscribers as client
from tests.client_samples.stage import Flaw, Stage, bodies, calls

AUDIENCE = "subscribers"


def known_contacts(world: World, number: int) -> list[str]:
    """The numbers of contacts who are in an audience of the scenario."""
    members = world.records("spotler", "members", limit=200)
    return list(dict.fromkeys(str(one["contact"]) for one in members))[:number]


def make_audience(world: World, name: str) -> None:
    keys = world.credentials("spotler")
    requests.post(
        f"{world.url('spotler')}/integrationservice/audience",
        json={"externalId": name, "name": name},
        auth=OAuth1(keys["consumer_key"], keys["consumer_secret"]),
        headers={"Accept": "application/json"},
        timeout=10,
    ).raise_for_status()


def subscribers(world: World) -> list[dict[str, Any]]:
    people = []
    for number in known_contacts(world, 21):
        properties = world.record("spotler", "contacts", number)["properties"]
        wanted = {name: properties[name] for name in ("email", "firstName")}
        people.append({"id": number, **wanted, "agreed": True})
    people[4]["firstName"] = "Adelheid"
    new = [f"reader{number}" for number in range(130)]
    readers = [{"id": one, "email": f"{one}@paper.example", "firstName": "Reader"} for one in new]
    return people + [{**one, "agreed": one["id"] != "reader7"} for one in readers]


def play(world: World, variant: type[client.SubscriberSync], **options: Any) -> Any:
    keys, people = world.credentials("spotler"), subscribers(world)
    job = variant(world.url("spotler"), keys["consumer_key"], keys["consumer_secret"], **options)
    return job.run(people, AUDIENCE)


def check(world: World, result: Any) -> None:
    assert result == {"changed": 131, "refused": []}
    assert (
        world.record("spotler", "contacts", known_contacts(world, 5)[4])["properties"]["firstName"]
        == "Adelheid"
    )
    assert world.record("spotler", "contacts", "reader7")["properties"]["permissions"]["1"] is False
    assert world.record("spotler", "contacts", "reader8")["properties"]["permissions"]["1"] is True
    members = world.backstage("spotler", "list_members", audience=AUDIENCE, limit=200)
    assert "reader129" in str(members)


def fast_clock() -> float:
    """The clock of a host that is ten minutes fast."""
    return time.time() + 600


STAGE = Stage(
    vendor="spotler",
    careful=client.SubscriberSync,
    world={"people": 150},
    prepare=lambda world: make_audience(world, AUDIENCE),
    play=play,
    check=check,
    reads={
        "list_contact_updates": {
            "/contacts",
            "/contacts/*/externalId",
            "/contacts/*/properties",
            "/contacts/*/properties/email",
            "/contacts/*/properties/firstName",
            "/paging",
            "/paging/next",
        },
        "list_contact_properties": {
            "/*/name",
            "/*/entries",
            "/*/entries/*/bit",
            "/*/entries/*/description",
        },
        "create_contacts": {"/*/code"},
    },
    flaws=(
        Flaw(
            name="skewed_clock",
            rule="clock skew in signatures",
            review="The host is ten minutes fast, and each signature refused: go by the Date of a reply.",
            setup="a client whose clock is ten minutes fast",
            variant=client.SkewedClock,
            options={"clock": fast_clock},
            shown=lambda journal: {one["reply"]["status"] for one in journal} == {401},
            ends=requests.HTTPError,
        ),
        Flaw(
            name="sends_everybody",
            rule="sent unchanged updates",
            review="151 contacts are sent, and 131 are new or changed.",
            setup="twenty subscribers whom the account has as they are",
            variant=client.SendsEverybody,
            shown=lambda journal: (
                sum(len(one["contacts"]) for one in bodies(journal, "create_contacts")) > 131
            ),
        ),
        Flaw(
            name="reads_properties_again",
            rule="read again what it had, unchanged",
            review="The properties of the account are read for each contact; once is enough.",
            setup="131 subscribers to send",
            variant=client.ReadsPropertiesAgain,
            shown=lambda journal: len(calls(journal, "list_contact_properties")) > 100,
        ),
        Flaw(
            name="no_timeout",
            rule="no timeout (with a trickled answer)",
            review="One slow answer holds up the night: set a timeout, and ask again.",
            setup="the first page of contacts is trickled for seconds",
            variant=client.NoTimeout,
            arm=lambda world: world.faults.add("spotler", "list_contact_updates", "trickle", seconds=1.2),
            options={"timeout": 0.5},
            shown=lambda journal: len(calls(journal, "list_contact_updates")) == 1,
        ),
    ),
)
