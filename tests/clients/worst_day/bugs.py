"""The bugs that the search has to find, each with its correct twin and the number of events that it takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mockserver.client import World
from mockserver.client.fault_search import KINDS
from mockserver.worst_day import Run, raised_or_done, same_result
from tests.clients.worst_day import audiences, campaigns, consumers, people, stores
from tests.clients.worst_day.connection import UndoFailedError, Work

Works = tuple[type[Work], ...]
WITHOUT_PROBLEMS: Final = tuple(kind for kind in KINDS if kind != "problem")


@dataclass(frozen=True)
class Bug:
    """A bug that takes `events` events, in the clients `flawed`; `correct` do the same without it."""

    flawed: Works
    correct: Works
    events: int
    invariant: Callable[[Run], object] = raised_or_done
    kinds: Sequence[str] = KINDS

    @property
    def name(self) -> str:
        """The name of the flawed client."""
        return self.flawed[0].__name__

    def prepare(self, world: World) -> None:
        """What is there before the client begins."""
        getattr(self.flawed[0], "prepare", lambda _world: None)(world)


def one(flawed: type[Work], events: int = 2, **options: Any) -> Bug:
    """A bug of one client, whose base class is correct."""
    correct: type[Work] = flawed.__bases__[0]
    return Bug((flawed,), (correct,), events, **options)


def nothing_if_refused(run: Run) -> None:
    """A client that says that nothing was done has left nothing behind."""
    if run.error is not None and not isinstance(run.error, UndoFailedError):
        assert "nothing was registered" not in str(run.error) or not run.changes, "something is left behind"


def exactly_one(run: Run) -> None:
    """One audience is in use at the end, if no worker has raised; deleted ones stay as archived."""
    found = run.world.records("fanfare", "audiences", {"/name": audiences.NAME, "/archived": False})
    assert run.errors or len(found) == 1, f"{len(found)} audiences are in use"


BUGS: Final = (
    one(audiences.FailedLookMeansMissing),
    one(audiences.TwoFailedLooksMeanMissing, 3),
    one(audiences.FallsOutOfTheLoop),
    one(audiences.NoListIsAnEmptyList, 3),
    one(audiences.IgnoresFailedDeletes, invariant=exactly_one, kinds=(*KINDS, "duplicate")),
    one(consumers.ForgetsParked),
    one(consumers.LeavesConsumer, invariant=nothing_if_refused),
    one(consumers.AssumesTheBest),
    one(consumers.EmptiesTarget),
    one(consumers.EndsAtFailure, invariant=same_result),
    one(consumers.EveryRefusalIsADouble),
    one(consumers.MovesBeforeRetry),
    one(campaigns.RenewsOnceInALife),
    one(campaigns.IgnoresFailedLogin),
    one(campaigns.NewSessionNoCampaigns),
    one(people.ForgetsWhoFailsAgain),
    one(people.DropsWhileOpen),
    # A planned "exists" is the truth for these clients: one takes another id, one leaves the store alone.
    one(stores.ForgetsLostReply, kinds=WITHOUT_PROBLEMS),
    Bug(
        (stores.LeavesItToTheOther, stores.OtherShare),
        (stores.ShareStore, stores.OtherShare),
        2,
        kinds=WITHOUT_PROBLEMS,
    ),
    Bug(
        (audiences.BothGiveWay, audiences.BothGiveWay),
        (audiences.DropsOwnDouble, audiences.DropsOwnDouble),
        3,
        invariant=exactly_one,
    ),
)
