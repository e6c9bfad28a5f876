"""The scenario, the profiles or the capsule that a marker names: a file is replaced by its content."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mockserver.errors import InvalidCapsuleError
from mockserver.state.capsule_file import read_capsule
from mockserver.state.data_file import is_path
from mockserver.state.profile import read_profile
from mockserver.state.scenario import read_scenario
from mockserver.state.state_file import is_state_file, read_state


def read_named_files(folder: Path, options: dict[str, Any], default_seed: int) -> None:
    """Replaces the paths of a scenario, a state, profiles and a capsule by the content of the files.

    They are relative to the folder. Raises `InvalidScenarioError`.
    """
    if "capsule" in options:
        _read_capsule(folder, options, default_seed)
        return
    if "profile" in options:
        given = options["profile"]
        several = [given] if isinstance(given, str | Mapping) else given
        options["profile"] = [
            read_profile(folder / one) if isinstance(one, str) and is_path(one) else one for one in several
        ]
    if is_state_file(options.get("scenario")):
        options["state"] = read_state(folder / options.pop("scenario"))
        if options.get("seed") == default_seed:
            del options["seed"]
    elif isinstance(options.get("scenario"), str) and is_path(options["scenario"]):
        options["scenario"] = read_scenario(str(folder / options["scenario"]))


def _read_capsule(folder: Path, options: dict[str, Any], default_seed: int) -> None:
    defaults = {"scenario": "demo", "seed": default_seed}
    own = {**defaults, **{name: options.get(name) for name in ("capsule", "strict", "waiting")}}
    given = [name for name in options if options[name] != own.get(name)]
    if given:
        fix = f"leave out {given[0]}"
        raise InvalidCapsuleError("the marker mockserver", f"a capsule has its own {given[0]}", fix)
    content = read_capsule(folder / options["capsule"])
    for name in defaults:
        options.pop(name, None)
    options["capsule"] = content
