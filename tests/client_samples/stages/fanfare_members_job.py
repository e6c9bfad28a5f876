"""The stage of the members' job: a file of 130 rows for an audience that has members already."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from mockserver import World
from tests.client_samples import fanfare_members_job as client
from tests.client_samples.stage import Exchanges, Flaw, Stage, answers, calls
from tests.client_samples.stages.fanfare_nightly_sync import guests

FILE = "email,fullName\n" + "".join(f"guest{one}@party.example,Guest {one}\n" for one in range(130))
LIST = "list_audience_members"


def play(world: World, variant: type[client.MembersJob]) -> Any:
    audience = guests(world)
    return variant(world.url("fanfare"), world.credentials("fanfare")["secret_key"]).run(audience, FILE)


def check(world: World, result: Any) -> None:
    members = world.records("fanfare", "members", {"/audienceId": guests(world)})
    assert len(result) == len({email for email, _ in result}) == len(members) > 130
    assert ("guest129@party.example", "Guest 129") in result


def cursors(journal: Exchanges) -> list[str]:
    """The cursors that the client has sent."""
    queries = [parse_qs(urlsplit(one["call"]["url"]).query) for one in calls(journal, LIST)]
    return [query["after"][0] for query in queries if "after" in query]


STAGE = Stage(
    vendor="fanfare",
    careful=client.MembersJob,
    world={"people": 60},
    play=play,
    check=check,
    reads={
        "create_audience_import": {"/uploadUrl"},
        "get_audience_import": {"/status"},
        LIST: {"/data", "/data/*/email", "/data/*/fullName", "/pageInfo", "/pageInfo/endCursor"},
    },
    flaws=(
        Flaw(
            name="default_page_size",
            rule="page size left at a small default",
            review="Seven pages of 20 where two of 100 would do.",
            setup="an audience of more than 130 members",
            variant=client.DefaultPageSize,
            shown=lambda journal: any("first=" not in one["call"]["url"] for one in calls(journal, LIST)),
        ),
        Flaw(
            name="own_cursor",
            rule="built its own cursor",
            review="Cursors are opaque: take pageInfo.endCursor as it is.",
            setup="an audience of more than 100 members",
            variant=client.OwnCursor,
            shown=lambda journal: (
                not {*cursors(journal)}.issubset(
                    page["pageInfo"]["endCursor"] for page in answers(journal, LIST)
                )
            ),
        ),
        Flaw(
            name="hot_polling",
            rule="polled a job faster than it can change",
            review="Dozens of reads of an import that has not changed: ask every few seconds.",
            setup="an import, which takes some seconds",
            variant=client.HotPolling,
            shown=lambda journal: len(calls(journal, "get_audience_import")) > 5,
        ),
        Flaw(
            name="includes_audiences",
            rule="asked for members that it never used",
            review="include=audiences makes each page several times as large, and nobody reads it.",
            setup="an audience of more than 100 members",
            variant=client.IncludesAudiences,
            shown=lambda journal: any("include=" in one["call"]["url"] for one in calls(journal, LIST)),
        ),
    ),
)
