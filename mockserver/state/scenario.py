"""Scenarios: named starts of a world, read from YAML files (people, time, data of each vendor)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from mockserver.errors import InvalidScenarioError
from mockserver.state.data_file import DataKind, parse_faults, quoted
from mockserver.state.people_contradictions import find_contradiction
from mockserver.state.profile import Profile, parse_starts
from mockserver.state.scenario_accounts import lift_accounts

_MAX_PEOPLE = 1_000_000
SCENARIOS: Final = DataKind("scenario", "scenarios")


@dataclass(frozen=True)
class Scenario:
    """The start of a world, as data. `now` is None if the world starts at the real time.

    `people` is the number of all people; the first are those of `named`, each with its given fields.
    `overlays` are the actions, by vendor, that adapt the contracts of a server started with the scenario;
    `overlays_at` is their place in it.
    """

    name: str
    description: str
    people: int
    seed: int
    locales: Mapping[str, float] = field(hash=False)
    now: datetime | None
    vendors: Mapping[str, Mapping[str, Any]] = field(hash=False)
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    faults: Sequence[Mapping[str, Any]] = field(default=(), hash=False)
    named: Sequence[Mapping[str, Any]] = field(default=(), hash=False)
    life: Mapping[str, Any] = field(default_factory=dict, hash=False)
    profiles: Sequence[Profile] = field(default=(), hash=False)
    overlays: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict, hash=False)
    overlays_at: Mapping[str, str] = field(default_factory=dict, hash=False)

    @cached_property
    def fingerprint(self) -> str:
        """12 hex digits, equal for scenarios that produce the same records, whatever their names."""
        # a vendor may depend on the order in its section; the order of locales has no effect
        content: tuple[Any, ...] = (
            self.people,
            self.seed,
            sorted(self.locales.items()),
            str(self.now),
            self.vendors,
        )
        content += (self.named,) if self.named else ()
        content += (self.life,) if self.life else ()
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]


def scenario_names() -> list[str]:
    """The names of the scenarios that come with the server."""
    return SCENARIOS.names()


def load_scenario(name_or_path: str) -> Scenario:
    """Loads the scenario of this name, or of this file if the text has a slash or ends in .yaml or .yml.

    Raises `InvalidScenarioError`. Text from the network must be one of `scenario_names()`, never a path.
    """
    path = SCENARIOS.find(name_or_path)
    return parse_scenario(path.stem, str(path), SCENARIOS.read(path))


def read_scenario(name_or_path: str) -> Any:
    """The unchecked document of a scenario. Raises `InvalidScenarioError` for a file that cannot be read."""
    return SCENARIOS.read(SCENARIOS.find(name_or_path))


def parse_scenario(name: str, where: str, document: Any) -> Scenario:
    """The scenario of a document; `where` names the document in errors. Raises `InvalidScenarioError`."""
    content = SCENARIOS.check(where, document)
    parsed = {
        "seed": int(content["seed"]),  # 2.0 is an integer in JSON Schema
        "faults": parse_faults(where, content["faults"]),
        "profiles": parse_starts(where, content["profiles"]),
        "now": _parse_now(where, content["now"]),
    }
    content |= lift_accounts(where, content)
    return Scenario(name, **content | parsed | _parse_people(where, content["people"], content["life"]))


def _parse_people(where: str, people: Any, life: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(people, list):
        return {"people": int(people)}
    named = [one for one in people if isinstance(one, dict)]
    for number, one in enumerate(people):
        found = find_contradiction(one, life.get("history", 0)) if isinstance(one, dict) else None
        if found:
            raise InvalidScenarioError(f"{where} at /people/{number}/{found.field}", found.what, found.fix)
    for key in ("email", "phone"):
        first: dict[str, int] = {}
        for number, one in enumerate(people):
            value = one.get(key, "").casefold() if isinstance(one, dict) else ""
            if value and first.setdefault(value, number) != number:
                what = f"{quoted(one[key])} is also that of /people/{first[value]}"
                raise InvalidScenarioError(f"{where} at /people/{number}/{key}", what, "give another")
    generated = sum(int(one) for one in people if not isinstance(one, dict))
    if len(named) + generated > _MAX_PEOPLE:
        what = f"there are {len(named) + generated} people"
        raise InvalidScenarioError(f"{where} at /people", what, f"ask for at most {_MAX_PEOPLE}")
    return {"people": len(named) + generated, "named": named}


def _parse_now(where: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError as error:
        # the schema accepts leap seconds, Python does not
        raise InvalidScenarioError(f"{where} at /now", str(error), "use another second") from error
