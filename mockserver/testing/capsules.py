"""Replay capsules of tests: written for those that fail, and replayed for those that name one."""

import re
from collections.abc import Iterable, Mapping
from hashlib import blake2s
from pathlib import Path
from typing import Any, Final

from mockserver.client import Control, World
from mockserver.errors import ControlError

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module
_MAX_NAME: Final = 80


def create_world(control: Control, name: str, label: str, options: Mapping[str, Any]) -> World:
    """A new world with the options of the marker; or the one of a capsule, rebuilt. Raises ControlError."""
    if "capsule" not in options:
        return control.create_world(name, label=label, **options)
    replay = control.replay(options["capsule"], name)
    if replay.difference is not None:
        replay.world.delete()
        raise ControlError("replay_differs", f"the capsule of this test does not replay: {replay.message}")
    replay.world.is_replayed = True
    return replay.world


def write_capsules(folder: Path, test: str, worlds: Iterable[World]) -> list[str]:
    """Writes a capsule of each world in which something happened; returns a line about each."""
    lines, used = [], 0
    for world in worlds:
        if world.is_deleted:
            continue
        file = folder / _file_name(test, used)
        try:
            if not world.journal.newest() and not world.actions():
                continue
            used += 1
            content = world.capsule()
            folder.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        except (ControlError, OSError) as error:
            lines.append(f"no capsule of world {world.name}: {error}")
        else:
            lines.append(f"world {world.name}: replay it with `mockserver replay {file}`")
    return lines


def _file_name(test: str, number: int) -> str:
    """A name that is unique for the test, and says which one it is."""
    words = re.sub(r"[^A-Za-z0-9_.-]+", "-", test).strip("-.")[-_MAX_NAME:].strip("-.")
    unique = blake2s(test.encode(), digest_size=4).hexdigest()
    return f"{words}-{unique}{f'-{number + 1}' if number else ''}.capsule.zip"
