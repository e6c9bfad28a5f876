"""The settings of a world: choices about how it behaves."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property, lru_cache, reduce
from typing import Any, Final, TypedDict, cast

import orjson

from mockserver.storage.layout import SETTINGS
from mockserver.storage.reads import Body
from mockserver.storage.store import Row, Space

_ID: Final = "settings"
_LAYERS_ID: Final = "layers"


class SettingsRecord(TypedDict):
    """Settings as JSON: as stored, and as in the control contract."""

    jobs: str
    limits: bool
    rates: dict[str, dict[str, int]]
    strictness: str
    switches: dict[str, dict[str, Any]]
    magic_values: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one world.

    `jobs`: on_time (run when the world's clock reaches them), no_events (the same, but calendar events such
    as a night wait), immediate (run right after the call that schedules them) or manual (run on request).
    `limits`: whether rate limits are enforced. `rates`: calls per window, by vendor and limit, where they
    differ from the documented ones. `strictness`: vendor (as lenient as the vendor) or strict (whatever the
    contract does not know is rejected). `switches`: values by vendor and switch. `magic_values`: whether
    identities in calls provoke problems.
    """

    jobs: str = "on_time"
    limits: bool = False
    rates: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    strictness: str = "vendor"
    switches: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    magic_values: bool = False

    def to_dict(self) -> SettingsRecord:
        """The settings as in the control contract."""
        return cast(SettingsRecord, asdict(self))

    def merged(self, change: Mapping[str, Any]) -> "Settings":
        """These settings with a change: an absent setting stays, null restores its default."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        for name, value in change.items():
            if value is None:
                del values[name]
            elif isinstance(value, Mapping):
                values[name] = _merged(values[name], value)
            else:
                values[name] = value
        return Settings(**values)


DEFAULT_SETTINGS: Final = Settings()


class Layer(TypedDict):
    """A named change that lies on the settings for a while."""

    name: str
    change: dict[str, Any]


class _Layers(TypedDict):
    """The settings below all layers, and the layers, the lowest first."""

    base: SettingsRecord
    layers: list[Layer]


class WorldSettings:
    """The settings of one world, stored in its space: a reset restores those it was created with."""

    def __init__(self, space: Space, initial: Mapping[str, Any]) -> None:
        self._space = space
        self._initial = initial

    def query(self) -> Body:
        """The read that `parse` needs."""
        return Body(self._space.name, SETTINGS, _ID)

    def parse(self, result: bytes | None) -> Settings:
        """The settings, from what `query` reads."""
        return self._initial_settings if result is None else _parse(result)

    def read(self) -> Settings:
        """The current settings."""
        return self.parse(self._space.store.fetch(self.query())[0])

    @cached_property
    def _initial_settings(self) -> Settings:
        return DEFAULT_SETTINGS.merged(self._initial)

    def change(self, change: Mapping[str, Any]) -> Settings:
        """Merges a change into the settings, takes it out of the layers, and returns all settings."""
        found = self._read_layers()
        if found is None:
            return self._put(self.read().merged(change))
        layers: list[Layer] = [
            {"name": one["name"], "change": _without(one["change"], change)} for one in found["layers"]
        ]
        return self._put_layers(DEFAULT_SETTINGS.merged(found["base"]).merged(change), layers)

    def add_layer(self, name: str, change: Mapping[str, Any]) -> Settings:
        """Lays a change on the settings, above other layers, until `remove_layer`."""
        base, layers = self._split()
        return self._put_layers(base, [*layers, {"name": name, "change": dict(change)}])

    def remove_layer(self, name: str) -> Settings:
        """Takes a layer away: what is below it shows again."""
        base, layers = self._split()
        return self._put_layers(base, [one for one in layers if one["name"] != name])

    def layers(self) -> list[str]:
        """The names of the layers, the lowest first."""
        return [one["name"] for one in self._split()[1]]

    def layer(self, name: str) -> dict[str, Any]:
        """The change of a layer, without what has been changed since."""
        return next((one["change"] for one in self._split()[1] if one["name"] == name), {})

    def _split(self) -> tuple[Settings, list[Layer]]:
        """The settings below all layers, and the layers."""
        found = self._read_layers()
        return (self.read(), []) if found is None else (_parse(orjson.dumps(found["base"])), found["layers"])

    def _read_layers(self) -> _Layers | None:
        row = self._space.get(SETTINGS, _LAYERS_ID)
        if row is None:
            return None
        found: _Layers = orjson.loads(row.body or b"{}")
        return found

    def _put_layers(self, base: Settings, layers: list[Layer]) -> Settings:
        if layers:
            body = orjson.dumps({"base": base.to_dict(), "layers": layers})
            self._space.put(SETTINGS, Row(_LAYERS_ID, "", 0, body))
        else:
            self._space.delete(SETTINGS, _LAYERS_ID)
        return self._put(reduce(Settings.merged, (one["change"] for one in layers), base))

    def _put(self, settings: Settings) -> Settings:
        self._space.put(SETTINGS, Row(_ID, "", 0, orjson.dumps(settings.to_dict())))
        return settings


@lru_cache(64)
def _parse(body: bytes) -> Settings:
    return DEFAULT_SETTINGS.merged(orjson.loads(body))


def _merged(value: Any, change: Any) -> Any:
    """Merges mappings of two levels (by vendor, by name); null removes a key."""
    if not isinstance(value, Mapping) or not isinstance(change, Mapping):
        return change
    merged = {**value}
    for name, one in change.items():
        if one is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name, {}), one) if isinstance(one, Mapping) else one
    return merged


def _without(change: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The change without all that another one changes."""
    left: dict[str, Any] = {}
    for name, value in change.items():
        if name not in other:
            left[name] = value
        elif isinstance(value, Mapping) and isinstance(other[name], Mapping):
            rest = _without(value, other[name])
            left |= {name: rest} if rest else {}
    return left
