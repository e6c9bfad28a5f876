"""The stage of the weekly report: seven hundred people, and a term that no audience has in its name."""

from typing import Any

from mockserver import World
from tests.client_samples import ortto_audience_report as client
from tests.client_samples.stage import Exchanges, Flaw, Stage, answers, bodies

TERMS = ("SMS subs", "Subscribers", "no such audience")


def play(world: World, variant: type[client.AudienceReport]) -> Any:
    return variant(world.url("ortto"), world.credentials("ortto")["api_key"]).run([*TERMS])


def check(world: World, result: Any) -> None:
    (audience,) = world.records("ortto", "audiences", {"/name": "Subscribers"})
    assert len(result["Subscribers"]) == len({*result["Subscribers"]}) == audience["counts"]["members"] > 500


def asks_beyond(journal: Exchanges) -> bool:
    """Whether a page is asked for after one that has no more."""
    pages = answers(journal, "get_people")
    return any(
        not page["contacts"] and body["offset"]
        for page, body in zip(pages, bodies(journal, "get_people"), strict=True)
    )


STAGE = Stage(
    vendor="ortto",
    careful=client.AudienceReport,
    world={"people": 700},
    play=play,
    check=check,
    reads={
        "get_audiences": {"/*/id", "/*/name"},
        "get_people": {
            "/contacts",
            "/contacts/*/fields",
            "/contacts/*/fields/str::email",
            "/contacts/*/fields/str::first",
            "/has_more",
            "/next_offset",
            "/cursor_id",
        },
    },
    flaws=(
        Flaw(
            name="ignores_null",
            rule="ignored null for []",
            review="Ortto says null for an empty list; asking again does not change it.",
            setup="a term that no audience has in its name",
            variant=client.IgnoresNull,
            shown=lambda journal: answers(journal, "get_audiences").count(None) > 1,
            ends=TypeError,
        ),
        Flaw(
            name="default_page_size",
            rule="page size left at a small default",
            review="Fifty people in a page, where 500 are allowed.",
            setup="a scenario of 700 people",
            variant=client.DefaultPageSize,
            shown=lambda journal: any("limit" not in one for one in bodies(journal, "get_people")),
        ),
        Flaw(
            name="asks_for_all_fields",
            rule="asked for members that it never used",
            review="Fifteen fields of each person are asked for, and two are written.",
            setup="any",
            variant=client.AsksForAllFields,
            shown=lambda journal: any(len(one["fields"]) > 2 for one in bodies(journal, "get_people")),
        ),
        Flaw(
            name="asks_beyond_the_end",
            rule="asked beyond the last page",
            review="has_more was false, and another page was asked for.",
            setup="any audience",
            variant=client.AsksBeyondTheEnd,
            shown=asks_beyond,
        ),
    ),
)
