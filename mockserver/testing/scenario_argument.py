"""The scenario that a marker names: a file is replaced by its content."""

from pathlib import Path
from typing import Any

from mockserver.state.scenario import read_scenario
from mockserver.state.state_file import is_state_file, read_state


def read_named_file(folder: Path, options: dict[str, Any], default_seed: int) -> None:
    """Replaces the path of a scenario or of an exported state, relative to the folder, by the content.

    Raises `InvalidScenarioError`.
    """
    path = str(folder / options["scenario"])
    if not is_state_file(path):
        options["scenario"] = read_scenario(path)
        return
    del options["scenario"]
    options["state"] = read_state(path)
    if options.get("seed") == default_seed:
        del options["seed"]
