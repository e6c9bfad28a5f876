"""The rules of conduct on clients that were written by somebody who had not seen them.

Ten careful clients have no findings, and the forty flaws that are seeded into them are found, each by a rule
for what its reviewer says. What is not found is in NOT_FOUND, with the reason. The reviewer's own look at the
journal comes first: it sees each flaw, and none in a careful client.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from mockserver import World
from mockserver.conduct.catalogue import RULES as CATALOGUE
from tests.client_samples.fanfare_members_job import MembersJob
from tests.client_samples.ortto_audience_report import AudienceReport
from tests.client_samples.stage import Flaw
from tests.client_samples.stages.digitalaudience_upload import EMAILS
from tests.client_samples.stages.fanfare_nightly_sync import guests
from tests.client_samples.table import CLIENTS, FLAWS, RULES, run

KNOWN: dict[str, Any] = {
    # The answers of these clients trickle for 1.2 s, as tests should not take long; the default is 30 s.
    "patience": 1,
    # No call shows the address behind a hash, so the report is given what the clients hash.
    "identifiers": EMAILS,
}
FOUND_BY: dict[str, set[str]] = {
    "retried before Retry-After or the vendor's window": {"retried-too-early"},
    "retried a non-idempotent create after a lost answer without looking first": {"create-repeated-blindly"},
    "kept calling after a ban": {"kept-calling-when-rejected"},
    "N+1 reads where a bulk or a page exists": {"read-one-by-one"},
    "page size left at a small default": {"pages-are-small"},
    "stopped before the last page": {"stopped-before-the-end", "read-the-first-page-only"},
    "asked beyond the last page": {"asked-beyond-the-end"},
    "built its own cursor": {"made-up-a-cursor"},
    "logged in for every call": {"logged-in-for-every-call"},
    "polled a job faster than it can change": {"polled-too-fast", "polled-what-cannot-change"},
    "never polled a job": {"never-asked-after"},
    "read again what it had, unchanged": {"read-again-unchanged"},
    "sent unchanged updates": {"sent-unchanged-updates"},
    "asked for members that it never used": {"asked-for-what-is-unused"},
    "no timeout (with a trickled answer)": {"waited-without-end"},
    "no User-Agent where asked": {"no-user-agent"},
    "credentials in a query string": {"credentials-in-query"},
    "plain e-mail or phone where the vendor wants a hash": {"sent-plain-identifiers"},
    "a hash not normalised first": {"hashed-before-normalising"},
    "contact created without consent": {"created-without-consent"},
    "contact mailed without consent": {"mailed-without-consent"},
    "deletes without the check that the vendor's docs ask for": {"deleted-without-a-look"},
    "clock skew in signatures": {"signed-with-a-wrong-clock"},
    "ignored null for []": {"took-null-for-a-failure"},
}
"""The rules that find a flaw, by what its reviewer says."""


def read_members(world: World, client: type[MembersJob]) -> Any:
    job = client(world.url("fanfare"), world.credentials("fanfare")["secret_key"])
    with job.client:
        return [(one["email"], one["fullName"]) for one in job.members(guests(world))]


def read_report(world: World, client: type[AudienceReport]) -> Any:
    return client(world.url("ortto"), world.credentials("ortto")["api_key"]).run(["SMS subs"])


NEEDS = {
    "includes_audiences": (read_members, "list_audience_members"),
    "asks_for_all_fields": (read_report, "get_people"),
}
"""The flaws that calls alone do not show, and what plays them: the part that reads, many times over."""
NOT_FOUND: dict[tuple[str, str], str] = {}
"""The flaws that no rule finds, with the reason."""
UNUSED = [(client, flaw) for client, flaw in FLAWS if flaw.name in NEEDS]

BAD_DAYS = [(client, flaw) for client, flaw in FLAWS if flaw.needs_its_world]
"""The flaws whose world is harder than that of their stage: the careful client copes with it."""


@pytest.mark.parametrize("client", CLIENTS)
def test_a_careful_client_has_no_findings(mockserver_server: Any, client: str) -> None:
    with mockserver_server.world(**CLIENTS[client].world) as world:
        run(world, client)
        conduct = world.conduct(**KNOWN)
        assert conduct.exchanges > 0
        conduct.assert_clean()


def each_flaw() -> Iterator[Any]:
    """The flaws; a second one of the same kind for a thorough run only."""
    seen: set[str] = set()
    for client, flaw in FLAWS:
        marks = [pytest.mark.thorough] if flaw.rule in seen else []
        seen.add(flaw.rule)
        yield pytest.param(client, flaw, marks=marks, id=f"{client}-{flaw.name}")


@pytest.mark.parametrize(("client", "flaw"), [*each_flaw()])
def test_a_seeded_flaw_shows_and_is_found(mockserver_server: Any, client: str, flaw: Flaw) -> None:
    stage = CLIENTS[client]
    with mockserver_server.world(**stage.world) as world:
        run(world, client, flaw.name)
        assert flaw.shown(world.journal(stage.vendor))
        if flaw.name not in NEEDS and (client, flaw.name) not in NOT_FOUND:
            assert FOUND_BY[flaw.rule] & {*world.conduct(**KNOWN).rules}, flaw.review


@pytest.mark.parametrize(
    ("client", "flaw"), BAD_DAYS, ids=[f"{client}-{flaw.name}" for client, flaw in BAD_DAYS]
)
def test_a_careful_client_on_a_bad_day_has_no_findings(
    mockserver_server: Any, client: str, flaw: Flaw
) -> None:
    stage = CLIENTS[client]
    with mockserver_server.world(**stage.world) as world:
        run(world, client, flaw.name, careful=True)
        assert not flaw.shown(world.journal(stage.vendor))
        world.conduct(**KNOWN).assert_clean()


@pytest.mark.parametrize(("client", "flaw"), UNUSED, ids=[flaw.name for _client, flaw in UNUSED])
def test_what_is_asked_for_in_vain_is_found(mockserver_server: Any, client: str, flaw: Flaw) -> None:
    with mockserver_server.world(people=60) as world:
        for variant in (CLIENTS[client].careful, flaw.variant):
            reader, operation = NEEDS[flaw.name]
            needs = world.needs(partial(reader, world, variant), operations=[operation], changes=["removed"])
            assert needs.used
            found = world.conduct(needs=needs).rules
            assert found == (["asked-for-what-is-unused"] if variant is flaw.variant else [])


def test_the_exceptions_are_few_and_real() -> None:
    assert {*FOUND_BY} == {*RULES}
    assert {*NOT_FOUND} <= {(client, flaw.name) for client, flaw in FLAWS}
    assert {flaw.name for _client, flaw in UNUSED} == {*NEEDS}
    assert set().union(*FOUND_BY.values()) <= {rule.name for rule in CATALOGUE}
