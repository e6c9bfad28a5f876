"""The table of the sample clients and of the flaws that are seeded into them, and what plays them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mockserver import World
from tests.client_samples.stage import Flaw, Stage
from tests.client_samples.stages import (
    digitalaudience_erasure,
    digitalaudience_upload,
    fanfare_members_job,
    fanfare_nightly_sync,
    ortto_audience_report,
    ortto_people_sync,
    spotler_campaign,
    spotler_subscribers,
    voyado_loyalty_job,
    voyado_signup,
)

CLIENTS: dict[str, Stage] = {
    module.__name__.rpartition(".")[2]: module.STAGE
    for module in (
        fanfare_nightly_sync,
        fanfare_members_job,
        voyado_signup,
        voyado_loyalty_job,
        digitalaudience_upload,
        digitalaudience_erasure,
        spotler_subscribers,
        spotler_campaign,
        ortto_people_sync,
        ortto_audience_report,
    )
}
FLAWS: list[tuple[str, Flaw]] = [(name, flaw) for name, stage in CLIENTS.items() for flaw in stage.flaws]

RULES = (
    "retried before Retry-After or the vendor's window",
    "retried a non-idempotent create after a lost answer without looking first",
    "kept calling after a ban",
    "N+1 reads where a bulk or a page exists",
    "page size left at a small default",
    "stopped before the last page",
    "asked beyond the last page",
    "built its own cursor",
    "logged in for every call",
    "polled a job faster than it can change",
    "never polled a job",
    "read again what it had, unchanged",
    "sent unchanged updates",
    "asked for members that it never used",
    "no timeout (with a trickled answer)",
    "no User-Agent where asked",
    "credentials in a query string",
    "plain e-mail or phone where the vendor wants a hash",
    "a hash not normalised first",
    "contact created without consent",
    "contact mailed without consent",
    "deletes without the check that the vendor's docs ask for",
    "clock skew in signatures",
    "ignored null for []",
)
"""What a reviewer looks for, in words."""


def flaw_of(client: str, name: str) -> Flaw:
    """The flaw of a client, by its name."""
    (found,) = (flaw for flaw in CLIENTS[client].flaws if flaw.name == name)
    return found


def set_up(world: World, client: str, flaw: str | None = None) -> None:
    """Prepare a world of `CLIENTS[client].world`; the journal then begins with the client's first call."""
    CLIENTS[client].prepare(world)
    if flaw is not None:
        flaw_of(client, flaw).arm(world)
    world.journal.clear()


def run(world: World, client: str, flaw: str | None = None, *, careful: bool = False) -> Any:
    """Play a client in a new world of `CLIENTS[client].world`: careful, or with one flaw.

    With a flaw and `careful`, the careful client plays in the world that the flaw needs. Nothing sleeps: the
    client's waits move the world's clock. The exception that a flawed client ends by is not an error.
    """
    set_up(world, client, flaw)
    return play(world, client, flaw, careful=careful)


def play(world: World, client: str, flaw: str | None = None, *, careful: bool = False) -> Any:
    """Play a client in a world that is set up."""
    stage = CLIENTS[client]
    # Signatures have the time of the client, so that it must be that of the world.
    with world.waiting(clock=stage.vendor == "spotler"):
        if flaw is None:
            return stage.play(world, stage.careful)
        seeded = flaw_of(client, flaw)
        if careful or seeded.ends is None:
            return stage.play(world, stage.careful if careful else seeded.variant, **seeded.options)
        with ends_by(seeded.ends):
            stage.play(world, seeded.variant, **seeded.options)
    return None


@contextmanager
def ends_by(end: type[Exception]) -> Iterator[None]:
    """The block ends by this exception, and no other way."""
    try:
        yield
    except end:
        return
    raise AssertionError(f"the client did not end by {end.__name__}")
