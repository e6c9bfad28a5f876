"""How a world behaves where its user has a choice."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property, lru_cache
from typing import Any, Final

import orjson

from mockserver.storage.store import Row, ScalarQuery, Space, body_of

_KIND, _ID = "_settings", "settings"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one world.

    `jobs`: on_time (when the world's clock passes them), immediate (right after the call that plans them) or
    manual (when told). `limits`: whether the vendors' rate limits count. `rates`: calls by vendor and limit,
    where they shall not be as documented. `strictness`: vendor (what a vendor overlooks is overlooked) or
    strict (what the contract does not know is refused). `switches`: values by vendor and switch.
    """

    jobs: str = "on_time"
    limits: bool = False
    rates: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    strictness: str = "vendor"
    switches: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As the control contract shows them."""
        return asdict(self)

    def merged(self, change: Mapping[str, Any]) -> "Settings":
        """With a change: what it leaves out stays, null puts back to the default."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        for name, value in change.items():
            if value is None:
                del values[name]
            elif isinstance(value, Mapping):
                values[name] = _merged(values[name], value)
            else:
                values[name] = value
        return Settings(**values)


AS_DOCUMENTED: Final = Settings()
"""What holds where nobody says otherwise."""


class WorldSettings:
    """The settings of one world, kept in its rows: a reset puts back those that it was made with."""

    def __init__(self, space: Space, first: Mapping[str, Any]) -> None:
        self._space = space
        self._first = first

    def query(self) -> ScalarQuery:
        """What to ask the store for `reading`."""
        return body_of(self._space.name, _KIND, _ID)

    def parse(self, answer: bytes | None) -> Settings:
        """The settings, by the answer to the question."""
        return self._standing if answer is None else _read(answer)

    def read(self) -> Settings:
        """The settings now."""
        return self.parse(self._space.store.fetch(self.query())[0])

    @cached_property
    def _standing(self) -> Settings:
        return AS_DOCUMENTED.merged(self._first)

    def change(self, change: Mapping[str, Any]) -> Settings:
        """Changes what is named; gives all."""
        settings = self.read().merged(change)
        self._space.put(_KIND, Row(_ID, "", 0, orjson.dumps(settings.to_dict())))
        return settings


@lru_cache(64)
def _read(kept: bytes) -> Settings:
    return AS_DOCUMENTED.merged(orjson.loads(kept))


def _merged(value: Any, change: Any) -> Any:
    """Two levels of mappings (by vendor, by name); null takes out."""
    if not isinstance(value, Mapping) or not isinstance(change, Mapping):
        return change
    merged = {**value}
    for name, one in change.items():
        if one is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name, {}), one) if isinstance(one, Mapping) else one
    return merged
