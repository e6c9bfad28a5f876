"""The stage of the weekly upload: four addresses, as people have typed them."""

import hashlib
from collections.abc import Callable
from typing import Any

from mockserver import World
from tests.client_samples import digitalaudience_upload as client
from tests.client_samples.stage import Exchanges, Flaw, Stage, calls

EMAILS = ("ann@shop.example", " Bea@Shop.example", "CIA@shop.example ", "dag@shop.example")
BEA = hashlib.sha256(b"bea@shop.example").hexdigest()


def signer(world: World) -> Callable[[str], str]:
    """What signs uploads: in production, with the keys of the bucket."""
    return lambda path: str(world.backstage("digitalaudience", "sign_upload", path=path)["url"])


def play(world: World, variant: type[client.AudienceUpload]) -> Any:
    login = world.credentials("digitalaudience")
    job = variant(world.url("digitalaudience"), login["userName"], login["password"], signer(world))
    return job.run("Autumn buyers", "audience campaign", "DV360 Netherlands", [*EMAILS])


def check(world: World, result: Any) -> None:
    (audience,) = world.records("digitalaudience", "audiences", {"/name": "Autumn buyers"})
    assert (audience["state"], audience["crm"]["size"]) == ("READY", 4)
    found = world.backstage(
        "digitalaudience", "find_member", audienceId=audience["id"], type="EMAIL", value="bea@shop.example"
    )
    assert found["member"] is True
    assert world.records("digitalaudience", "segments", {"/segmentId": result, "/audienceId": audience["id"]})


def file(journal: Exchanges) -> str:
    """The content of the file that was dropped."""
    (put,) = calls(journal, "put_file")
    return put["call"]["body"]


STAGE = Stage(
    vendor="digitalaudience",
    careful=client.AudienceUpload,
    world={"people": 20},
    play=play,
    check=check,
    reads={
        "list_campaigns": {"/success", "/data", "/data/*/name", "/data/*/id"},
        "create_crm_audience": {"/success", "/data", "/data/id"},
        "get_audience": {"/success", "/data", "/data/audienceState"},
        "list_platform_accounts": {"/success", "/data", "/data/*/name", "/data/*/id"},
        "activate_audience": {"/success", "/data", "/data/segmentId"},
    },
    flaws=(
        Flaw(
            name="logs_in_for_every_call",
            rule="logged in for every call",
            review="A session lives for an hour without a call: log in once, and again after a 401.",
            setup="any",
            variant=client.LogsInForEveryCall,
            shown=lambda journal: len(calls(journal, "login")) > 5,
        ),
        Flaw(
            name="plain_email",
            rule="plain e-mail or phone where the vendor wants a hash",
            review="The file has addresses that anybody can read; the column takes SHA-256.",
            setup="any",
            variant=client.PlainEmail,
            shown=lambda journal: "@" in file(journal),
        ),
        Flaw(
            name="hashes_as_typed",
            rule="a hash not normalised first",
            review="Trim and lower-case before hashing: two of four addresses match nobody.",
            setup="addresses with blanks and capitals",
            variant=client.HashesAsTyped,
            shown=lambda journal: BEA not in file(journal),
        ),
        Flaw(
            name="hot_polling",
            rule="polled a job faster than it can change",
            review="A file takes an hour or more, a day says the documentation: every ten minutes is plenty.",
            setup="a file, which takes 71 minutes",
            variant=client.HotPolling,
            shown=lambda journal: len(calls(journal, "get_audience")) > 100,
        ),
    ),
)
