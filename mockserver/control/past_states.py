"""The state of a world after an exchange of its past, rebuilt by a replay of what happened up to then."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Final, NamedTuple
from uuid import uuid4

import orjson

from mockserver.control.capsule_record import record_capsule
from mockserver.control.capsule_steps import Mask
from mockserver.control.record_access import NOW, named_state
from mockserver.control.replay import Replay
from mockserver.errors import InvalidCapsuleError, Problem, WouldBlockError
from mockserver.formats.address_mask import servers_mask
from mockserver.state.effects import Difference
from mockserver.state.worlds import Worlds
from mockserver.storage.store import Space

_LONGEST_NAME: Final = 40


class States(NamedTuple):
    """The states of a world by name: `start`, `now`, a snapshot, or the number of an exchange."""

    worlds: Worlds
    world: str
    rebuilt: Mapping[str, Space]
    mask: Mask
    """Replaces the addresses of the world and of the worlds in which it was rebuilt."""

    def find(self, name: str) -> Space:
        """The records of the state. Raises unknown_world, unknown_snapshot, other_start."""
        return self.rebuilt.get(name) or named_state(self.worlds, self.world, name)

    def is_real(self, difference: Difference) -> bool:
        """Whether more differs than the addresses of the worlds."""
        if not self.rebuilt:
            return True
        before, after = (
            self.mask(orjson.dumps(one, option=orjson.OPT_SORT_KEYS).decode())
            for one in (difference.before, difference.after)
        )
        return before != after


@contextmanager
def states(worlds: Worlds, world: str, names: Iterable[str], server: str) -> Iterator[States]:
    """The states of these names; those of exchanges exist during the block. Runs without a transaction.

    `server` is the base URL of this server. Raises unknown_world, unknown_exchange, unfit_capsule (not all is
    known that happened to the world) and too_many_worlds.
    """
    with worlds.store.transaction():
        saved, last = worlds.snapshots(world), worlds.journal(world).last_number()
    numbers = {name: int(name) for name in names if name.isdecimal() and name not in saved}
    for number in numbers.values():
        if not 1 <= number <= last:
            raise Problem("unknown_exchange", world=world, number=number, last=last)
    with ExitStack() as stack:
        mask: Mask = lambda text: text  # noqa: E731
        rebuilt: dict[str, Space] = {}
        if numbers:
            rebuilt, mask = stack.enter_context(_rebuilt(worlds, world, numbers, server))
        yield States(worlds, world, rebuilt, mask)


@contextmanager
def _rebuilt(
    worlds: Worlds, world: str, numbers: Mapping[str, int], server: str
) -> Iterator[tuple[dict[str, Space], Mask]]:
    if not worlds.store.may_wait:
        raise WouldBlockError(world)
    made: list[str] = []
    try:
        capsule, mask = record_capsule(worlds, world)
        found: dict[str, Space] = {}
        for name, number in numbers.items():
            past = f"{world[:_LONGEST_NAME]}-at-{number}-{uuid4().hex[:8]}"
            replay = Replay(worlds, capsule, past, server)
            replay.begin(f"{world} after exchange {number}")
            made.append(past)
            difference = replay.run(number)
            if difference is not None:
                raise Problem("unfit_capsule", reason=f"its replay differs: {difference.message}")
            with worlds.store.transaction():
                found[name] = named_state(worlds, past, NOW)
        masks = [mask, *(servers_mask([f"{server}/-"], name) for name in made)]
        yield found, lambda text: _apply(masks, text)
    except InvalidCapsuleError as error:
        raise Problem("unfit_capsule", reason=str(error)) from error
    finally:
        for name in made:
            with suppress(Problem):  # it may have been deleted meanwhile
                worlds.delete(name)


def _apply(masks: Iterable[Mask], text: str) -> str:
    for mask in masks:
        text = mask(text)
    return text
