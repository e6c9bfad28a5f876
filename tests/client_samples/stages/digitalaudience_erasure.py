"""The stage of the erasure job: two people leave, and three audiences are listed, one of which is active."""

from typing import Any

import requests

from mockserver import World
from tests.client_samples import digitalaudience_erasure as client
from tests.client_samples.stage import Flaw, Stage, calls
from tests.client_samples.stages.digitalaudience_upload import file, signer

LISTED = ("Dutch newsletter", "Last summer", "Not uploaded yet")


def audience_id(world: World, name: str) -> int:
    (audience,) = world.records("digitalaudience", "audiences", {"/name": name})
    return int(audience["id"])


def prepare(world: World) -> None:
    """Activates the first audience of the list, so that it must stay."""
    url, login = world.url("digitalaudience"), world.credentials("digitalaudience")
    session = requests.Session()
    body: dict[str, Any] = {"userName": login["userName"], "password": login["password"]}
    session.post(f"{url}/account/login", json=body, timeout=10).raise_for_status()
    account = world.records("digitalaudience", "platform_accounts", limit=1)[0]["id"]
    period = {"startDate": "2024-01-01T00:00:00Z", "endDate": "2099-01-01T00:00:00Z"}
    body = {
        "audienceId": audience_id(world, LISTED[0]),
        "accountId": account,
        "name": "Dutch",
        "description": "",
    }
    session.post(f"{url}/audience/activate", json=body | period, timeout=10).raise_for_status()


def play(world: World, variant: type[client.Erasure]) -> Any:
    phones = [str(one["phone"]) for one in world.records("fanfare", "consumers", {"/phone": ...}, limit=2)]
    listed = [audience_id(world, name) for name in LISTED]
    login = world.credentials("digitalaudience")
    job = variant(world.url("digitalaudience"), login["userName"], login["password"], signer(world))
    return job.run(phones, listed)


def check(world: World, result: Any) -> None:
    kept = audience_id(world, LISTED[0])
    assert (result["kept"], len(result["deleted"])) == ([kept], 2)
    assert world.records("digitalaudience", "audiences", {"/name": LISTED[1]}) == []
    world.clock.advance("3h")
    (audience,) = world.records("digitalaudience", "audiences", {"/name": "All customers"})
    latest = audience["crm"]["history"][max(audience["crm"]["history"])]
    assert (latest["mode"], latest["dataSet"]["PHONE"]["TOTAL"]) == ("opt-out", 2)


STAGE = Stage(
    vendor="digitalaudience",
    careful=client.Erasure,
    world={"people": 20},
    prepare=prepare,
    play=play,
    check=check,
    reads={
        "list_audiences": {"/success", "/data", "/data/*/id", "/data/*/audienceState", "/data/*/hasSegments"},
        "list_segments": {"/success", "/data", "/data/*/active"},
        "delete_audience": {"/success", "/data"},
    },
    flaws=(
        Flaw(
            name="loads_each",
            rule="N+1 reads where a bulk or a page exists",
            review="loadaudiences has sent all of that already.",
            setup="a scenario with several audiences",
            variant=client.LoadsEach,
            shown=lambda journal: len(calls(journal, "get_audience")) > 3,
        ),
        Flaw(
            name="deletes_unchecked",
            rule="deletes without the check that the vendor's docs ask for",
            review="A deletion takes all connected data along: look for active segments first.",
            setup="an active audience among those that are listed",
            variant=client.DeletesUnchecked,
            shown=lambda journal: (
                not calls(journal, "list_segments") and len(calls(journal, "delete_audience")) == 3
            ),
        ),
        Flaw(
            name="password_in_query",
            rule="credentials in a query string",
            review="The password of the account stands in the URL of the login.",
            setup="any",
            variant=client.PasswordInQuery,
            shown=lambda journal: any("password=" in one["call"]["url"] for one in calls(journal, "login")),
        ),
        Flaw(
            name="plain_phone",
            rule="plain e-mail or phone where the vendor wants a hash",
            review="The numbers of those who want to be forgotten leave the house as they are.",
            setup="any",
            variant=client.PlainPhone,
            shown=lambda journal: "+" in file(journal),
        ),
    ),
)
