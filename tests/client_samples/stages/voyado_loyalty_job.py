"""The stage of the loyalty job: a batch of three, and two members of whom one has 150 transactions."""

from typing import Any

import requests

from mockserver import World
from tests.client_samples import voyado_loyalty_job as client
from tests.client_samples.stage import Flaw, Stage, answers, calls

LIST = "list_point_transactions"
AGREED: dict[str, Any] = {
    "countryCode": "SE",
    "preferences": {"acceptsEmail": True, "acceptsSms": False, "acceptsPostal": False},
    "consents": [{"id": "memberTerms", "value": True, "source": "shop"}],
}
BATCH = [
    {"email": "ann@shop.example", "firstName": "Ann", **AGREED},
    {"email": "bea@shop.example", "firstName": "Bea", **AGREED},
    {"email": "no address", "firstName": "Cia", **AGREED},
]
MEMBERS = ("busy@shop.example", "calm@shop.example")


def prepare(world: World) -> None:
    api, headers = f"{world.url('voyado')}/api/v3", world.headers("voyado")
    for email, number in zip(MEMBERS, (150, 1), strict=True):
        body = {"email": email, "firstName": "Member", "countryCode": "SE"}
        contact = requests.post(f"{api}/contacts", json=body, headers=headers, timeout=10).json()["id"]
        row = {"contactId": contact, "amount": 2, "definitionId": 1, "source": "shop", "description": "visit"}
        requests.post(
            f"{api}/point-accounts/transactions", json=[row] * number, headers=headers, timeout=10
        ).raise_for_status()


def play(world: World, variant: type[client.LoyaltyJob], **options: Any) -> Any:
    job = variant(world.url("voyado"), world.credentials("voyado")["apikey"], **options)
    return job.run(BATCH, [*MEMBERS])


def check(world: World, result: Any) -> None:
    assert world.records("voyado", "contacts", {"/email": "bea@shop.example"})
    assert [one["index"] for one in result["refused"]] == [2]
    assert result["points"] == {MEMBERS[0]: 300, MEMBERS[1]: 2}


STAGE = Stage(
    vendor="voyado",
    careful=client.LoyaltyJob,
    world={"people": 5},
    prepare=prepare,
    play=play,
    check=check,
    reads={
        "get_bulk_status": {"/status", "/errors", "/errors/*/index", "/errors/*/message"},
        "list_point_definitions": {"/*/name", "/*/id"},
        LIST: {"/items", "/items/*/amount", "/totalCount"},
    },
    flaws=(
        Flaw(
            name="never_polls",
            rule="never polled a job",
            review="The batch is only accepted: its status would have said that a contact was refused.",
            setup="a batch of which one contact is invalid",
            variant=client.NeverPolls,
            shown=lambda journal: not calls(journal, "get_bulk_status"),
        ),
        Flaw(
            name="first_page_only",
            rule="stopped before the last page",
            review="totalCount says 150, and the report has added up 100.",
            setup="a member with 150 transactions",
            variant=client.FirstPageOnly,
            shown=lambda journal: sum(len(page["items"]) for page in answers(journal, LIST)) < 151,
        ),
        Flaw(
            name="reads_kinds_again",
            rule="read again what it had, unchanged",
            review="The kinds of points do not change between two members: read them once.",
            setup="two members",
            variant=client.ReadsKindsAgain,
            shown=lambda journal: len(calls(journal, "list_point_definitions")) > 1,
        ),
        Flaw(
            name="no_timeout",
            rule="no timeout (with a trickled answer)",
            review="One slow answer holds up the night: set a timeout, and ask again.",
            setup="the answer of the first page of transactions is trickled for seconds",
            variant=client.NoTimeout,
            arm=lambda world: world.faults.add("voyado", LIST, "trickle", seconds=1.2),
            options={"timeout": 0.5},
            shown=lambda journal: len(calls(journal, LIST)) == 2,
        ),
    ),
)
