"""The stage of the nightly sync: forty customers of a shop, two of them new and two with another name."""

from typing import Any

from mockserver import World
from tests.client_samples import fanfare_nightly_sync as client
from tests.client_samples.stage import Flaw, Stage, bodies, calls, comes_early

NEW = "shop-900001"


def customers(world: World) -> list[dict[str, Any]]:
    wanted = ("externalId", "email", "phone", "fullName")
    people = [{name: one[name] for name in wanted} for one in world.records("fanfare", "consumers", limit=38)]
    people[3]["fullName"], people[7]["fullName"] = "Ada Berg-Holm", "Bo Ek-Lind"
    people += [
        {"externalId": NEW, "email": None, "phone": "+46701234567", "fullName": "Cleo Dahl"},
        {"externalId": "shop-900002", "email": "dag@shop.example", "phone": None, "fullName": "Dag Alm"},
    ]
    return [{**one, "metadata": {"loyal": one["externalId"] == NEW}} for one in people]


def guests(world: World) -> str:
    """The id of the static audience."""
    (audience,) = world.records("fanfare", "audiences", {"/name": "Launch party guests"})
    return str(audience["id"])


def play(world: World, variant: type[client.NightlySync]) -> Any:
    people, audience = customers(world), guests(world)
    return variant(world.url("fanfare"), world.credentials("fanfare")["secret_key"]).run(people, audience)


def check(world: World, result: Any) -> None:
    (cleo,) = world.records("fanfare", "consumers", {"/externalId": NEW})
    assert world.records("fanfare", "members", {"/audienceId": guests(world), "/consumerId": cleo["id"]})
    assert world.records("fanfare", "consumers", {"/fullName": "Ada Berg-Holm"})
    assert result == {"changed": 2, "loyal": 1}


STAGE = Stage(
    vendor="fanfare",
    careful=client.NightlySync,
    world={"people": 120},
    play=play,
    check=check,
    reads={
        "list_consumers": {
            "/data",
            "/data/*/externalId",
            "/data/*/id",
            "/data/*/fullName",
            "/data/*/phone",
            "/pageInfo",
            "/pageInfo/endCursor",
        },
        "create_consumer": {"/id"},
    },
    flaws=(
        Flaw(
            name="blind_create_retry",
            rule="retried a non-idempotent create after a lost answer without looking first",
            review="The first create may have been carried out: search by externalId before the second.",
            setup="the reply of the create of a customer without an e-mail address is lost",
            variant=client.BlindCreateRetry,
            arm=lambda world: world.faults.add(
                "fanfare", "create_consumer", "drop_after", where={"/externalId": NEW}
            ),
            shown=lambda journal: (
                sum(one["externalId"] == NEW for one in bodies(journal, "create_consumer")) > 1
            ),
        ),
        Flaw(
            name="looks_up_each",
            rule="N+1 reads where a bulk or a page exists",
            review="Forty searches for forty customers: two pages of consumers have them all.",
            setup="a scenario of 120 people, of whom the shop has 38",
            variant=client.LooksUpEach,
            shown=lambda journal: len(calls(journal, "search_consumers")) >= 40,
        ),
        Flaw(
            name="updates_everybody",
            rule="sent unchanged updates",
            review="38 consumers are updated, and two have changed.",
            setup="a scenario of 120 people, of whom the shop has 38 and changes two",
            variant=client.UpdatesEverybody,
            shown=lambda journal: sum(len(one) for one in bodies(journal, "update_consumers")) > 2,
        ),
        Flaw(
            name="ignores_retry_after",
            rule="retried before Retry-After or the vendor's window",
            review="Fanfare asked for 30 seconds, and the client was back after one.",
            setup="two calls of the list are rate limited, with Retry-After: 30",
            variant=client.IgnoresRetryAfter,
            arm=lambda world: world.faults.add(
                "fanfare", "list_consumers", "rate_limited", retry_after="30s", times=2
            ),
            shown=lambda journal: comes_early(journal, 30),
        ),
    ),
)
