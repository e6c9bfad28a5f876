"""The stage of the people sync: twenty shops of five customers, one of whom has left the newsletter."""

from typing import Any

import requests

from mockserver import World
from tests.client_samples import ortto_people_sync as client
from tests.client_samples.stage import Flaw, Stage, bodies, comes_early

LEFT = "customer0-0@shop.example"


def newsletter(world: World) -> str:
    """The id of the audience."""
    (audience,) = world.records("ortto", "audiences", {"/name": "Subscribers"})
    return str(audience["id"])


def prepare(world: World) -> None:
    """Signs up somebody who leaves the newsletter again."""
    api, headers = f"{world.url('ortto')}/v1", world.headers("ortto")
    person = {"fields": {"str::email": LEFT, "bol::p": True}}
    body: dict[str, Any] = {"people": [person], "merge_by": ["str::email"]}
    requests.post(f"{api}/person/merge", json=body, headers=headers, timeout=10).raise_for_status()
    body = {"audience_id": newsletter(world), "people": [{"email": LEFT, "subscribed": False}]}
    requests.put(f"{api}/audience/subscribe", json=body, headers=headers, timeout=10).raise_for_status()


def shops(broken: int) -> dict[str, list[dict[str, Any]]]:
    """The customers of each shop; the first shops may have a field that Ortto does not know."""
    return {
        f"shop {shop}": [
            {
                "email": f"customer{shop}-{number}@shop.example",
                "newsletter": number % 2 == 0,
                "extra": {"str:cm:no-such-field": "x"} if shop < broken else {},
            }
            for number in range(5)
        ]
        for shop in range(20)
    }


def play(world: World, variant: type[client.PeopleSync], broken: int = 0) -> Any:
    audience = newsletter(world)
    return variant(world.url("ortto"), world.credentials("ortto")["api_key"]).run(shops(broken), audience)


def check(world: World, result: Any) -> None:
    assert result == {"failed": [], "wanted": 60}
    (quiet,) = world.records("ortto", "people", {"/fields/str::email": "customer3-1@shop.example"})
    assert quiet["fields"]["bol::p"] is False
    (left,) = requests.post(
        f"{world.url('ortto')}/v1/person/subscriptions",
        json={"people": [{"email": LEFT}]},
        headers=world.headers("ortto"),
        timeout=10,
    ).json()["people"]
    assert [one["subscribed"] for one in left["subscriptions"]] == [False] * len(left["subscriptions"]) != []


STAGE = Stage(
    vendor="ortto",
    careful=client.PeopleSync,
    world={"people": 20},
    prepare=prepare,
    play=play,
    check=check,
    reads={
        "get_subscriptions": {
            "/people",
            "/people/*/email",
            "/people/*/subscriptions",
            "/people/*/subscriptions/*/unsubscribed_from",
        }
    },
    flaws=(
        Flaw(
            name="calls_on_after_ban",
            rule="kept calling after a ban",
            review="Fifteen bad requests got the address banned, and the next shops were sent all the same.",
            setup="limits on; the customers of sixteen shops have a field that Ortto does not know",
            variant=client.CallsOnAfterBan,
            arm=lambda world: world.configure(limits=True),
            options={"broken": 16},
            shown=lambda journal: comes_early(journal, 10),
        ),
        Flaw(
            name="creates_without_consent",
            rule="contact created without consent",
            review="Without bol::p a new person may be mailed: send what the customer has said.",
            setup="new people who have not asked for the newsletter",
            variant=client.CreatesWithoutConsent,
            shown=lambda journal: any(
                "bol::p" not in person["fields"]
                for body in bodies(journal, "merge_people")
                for person in body["people"]
            ),
        ),
        Flaw(
            name="subscribes_who_has_left",
            rule="contact mailed without consent",
            review="Somebody who has left the newsletter is subscribed again every night.",
            setup="a customer who has unsubscribed from the audience",
            variant=client.SubscribesWhoHasLeft,
            shown=lambda journal: any(
                person["email"] == LEFT
                for body in bodies(journal, "subscribe_people")
                for person in body["people"]
            ),
        ),
        Flaw(
            name="impatient_after_limit",
            rule="retried before Retry-After or the vendor's window",
            review="try-in-seconds says ten, and the client was back at once.",
            setup="two merges are rate limited for ten seconds",
            variant=client.ImpatientAfterLimit,
            arm=lambda world: world.faults.add(
                "ortto", "merge_people", "rate_limited", retry_after="10s", times=2
            ),
            shown=lambda journal: comes_early(journal, 10),
        ),
    ),
)
