"""The result of a replay: the world that was rebuilt, and the first difference."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from mockserver.client.world import World
from mockserver.formats.bounded_file import read_file

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module

Capsule = bytes | str | PathLike[str]
"""The bytes of a replay capsule, or the path of its file."""


@dataclass(frozen=True)
class Replay:
    """A capsule that was replayed in a new world.

    `steps` are what was replayed, `{title, exchange, action, status}` each; `exchanges` is the number of
    those in the capsule. `difference` is the first one, `{exchange, step, place, recorded, replayed,
    message}`; None if there is none.
    """

    world: World
    steps: list[dict[str, Any]]
    exchanges: int
    difference: dict[str, Any] | None

    @property
    def message(self) -> str | None:
        """The first difference as one line; None if there is none."""
        return None if self.difference is None else str(self.difference["message"])


def read(capsule: Capsule) -> bytes:
    """The bytes of a capsule."""
    return capsule if isinstance(capsule, bytes) else read_file(Path(capsule))
