"""Worlds' states as files: exported from a snapshot, imported as a snapshot or as a new world.

A state is what a restore of a snapshot brings back: documents, clock, settings, jobs, faults, rate limits and
serial numbers; neither journal nor credentials. Seed data is named by its spec and generated again.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, cast

import orjson

from mockserver import __version__
from mockserver.errors import InvalidContractError, InvalidScenarioError, InvalidStateError, WouldBlockError
from mockserver.formats.timestamps import from_iso, from_micros, to_iso, to_micros
from mockserver.state.clock import ClockState
from mockserver.state.life_jobs import LIVE_JOB
from mockserver.state.scenario import Scenario, parse_scenario
from mockserver.state.secret_references import SecretReferences, reveal
from mockserver.state.seed_data import SeedSpec
from mockserver.state.settings import DEFAULT_SETTINGS
from mockserver.state.state_file import FORMAT, VERSION, Document, WorldState, load_state, pack, vendor_of
from mockserver.state.world_record import WorldRecord, apply_start, world_clock, world_settings
from mockserver.state.worlds import DEFAULT_WORLD, Worlds
from mockserver.storage.layout import (
    CLOCK,
    CREDENTIAL,
    FAULT,
    JOB,
    ROOT_SPACE,
    SETTINGS,
    snapshot_space_name,
    start_space_name,
    world_space_name,
)
from mockserver.storage.store import Row, Space, Store

_WHERE = "the state"
_OWN = ("id", "seen", "spent", "profile")
"""The members of a stored fault that are not planned."""
_IN_MANIFEST = frozenset({(CLOCK, "clock"), (SETTINGS, "settings")})


class NamedState(NamedTuple):
    """A state that a server is started with; `faults` are added to its own."""

    title: str
    content: WorldState
    faults: Sequence[Mapping[str, Any]] = ()


def create_from_named(worlds: Worlds, state: NamedState, settings: Mapping[str, Any]) -> WorldRecord:
    """Creates the default world with the state. Raises `InvalidStateError`."""
    return create_world(
        worlds, state.content, DEFAULT_WORLD, title=state.title, settings=settings, faults=state.faults
    )


def load_named(path: str) -> NamedState:
    """The state in a file, named like it. Raises `InvalidStateError`."""
    return NamedState(Path(path).stem, load_state(path))


def export_snapshot(worlds: Worlds, name: str, snapshot: str) -> bytes:
    """The file of a snapshot. Raises unknown_world, unknown_snapshot, and `InvalidStateError` (too large)."""
    _check_may_wait(worlds.store, name)
    with worlds.store.transaction():
        record = worlds.saved.find(worlds.get(name), snapshot)
        return _export(worlds, record, snapshot_space_name(name, snapshot), worlds.vendors)


def export_start(worlds: Worlds, name: str, vendors: Iterable[str]) -> bytes:
    """The file of the state that a world started with and a reset returns to, with these vendors.

    Raises unknown_world, and `InvalidStateError` (too large).
    """
    _check_may_wait(worlds.store, name)
    with worlds.store.transaction():
        record = worlds.get(name)
        if record.get("state"):
            return _export(worlds, record, start_space_name(name), vendors)
        space = start_space_name(name)  # empty, unless the world started from a state
        apply_start(worlds.store.space(space), record)
        try:
            return _export(worlds, record, space, vendors)
        finally:
            worlds.store.delete_space(space)


def _export(worlds: Worlds, record: WorldRecord, space: str, vendors: Iterable[str]) -> bytes:
    known = [
        orjson.loads(row.body or b"{}")
        for row in worlds.store.space(ROOT_SPACE).iterate(CREDENTIAL, record["name"])
    ]
    references = SecretReferences(worlds.vendors, record["credentials"], known)
    documents = [
        (kind, hidden)
        for kind, row in worlds.store.documents(space)
        if (kind, row.id) not in _IN_MANIFEST and (hidden := references.hide(kind, row)) is not None
    ]
    manifest = _manifest(worlds, record, worlds.store.space(space), documents, vendors)
    return pack(WorldState(manifest, documents))


def _manifest(
    worlds: Worlds, record: WorldRecord, space: Space, documents: Sequence[Document], vendors: Iterable[str]
) -> dict[str, Any]:
    spec = dict(worlds.seed_data.spec(record["base"]))
    del spec["seed"], spec["people"]
    numbers = dict.fromkeys(vendors, 0)
    for kind, _row in documents:
        vendor = vendor_of(kind)
        if vendor is not None:
            numbers[vendor] = numbers.get(vendor, 0) + 1
    settings = DEFAULT_SETTINGS.merged(record.get("settings") or {}).to_dict()
    initial: dict[str, Any] = {"settings": settings, "faults": [*record.get("faults", ())]}
    if record.get("profiles"):
        initial["profiles"] = record["profiles"]
    return {
        "format": FORMAT,
        "version": VERSION,
        "product": __version__,
        **{key: record[key] for key in ("scenario", "seed", "people", "start")},
        "clock": _to_clock(world_clock(space, record).state()),
        "settings": world_settings(space, record).read().to_dict(),
        "initial": initial,
        "seed_data": spec,
        "vendors": {
            vendor: {
                "documents": number,
                "seed_digest": worlds.seed_data.digest(record["base"], worlds.vendors[vendor]),
            }
            for vendor, number in numbers.items()
        },
    }


def import_snapshot(worlds: Worlds, name: str, snapshot: str, state: WorldState) -> None:
    """Adds a state to a world as a snapshot; replaces one of the same name.

    Raises unknown_world, too_many_snapshots and `InvalidStateError`.
    """
    _check_may_wait(worlds.store, name)
    with worlds.store.transaction():
        record = worlds.get(name)
        origin = _register(worlds, state)
        without = {key: value for key, value in record.items() if key != "state"}
        space = worlds.saved.register(cast(WorldRecord, without | origin), snapshot)
        _write(worlds.store.space(space, origin["base"]), state, record["credentials"])


def create_world(
    worlds: Worlds,
    state: WorldState,
    name: str,
    label: str | None = None,
    title: str = "inline",
    settings: Mapping[str, Any] = MappingProxyType({}),
    faults: Sequence[Mapping[str, Any]] = (),
) -> WorldRecord:
    """Creates a world that starts with a state, to which a reset returns; `title` names the state.

    `settings` and `faults` are applied on top. Raises world_exists, too_many_worlds, call_does_not_fit for an
    invalid name, and `InvalidStateError`.
    """
    _check_may_wait(worlds.store, name)
    with worlds.store.transaction():
        new: dict[str, Any] = {"name": name, "label": label, "created": "", "credentials": {}, "state": title}
        worlds.store.lock(name)
        record = worlds.register(cast(WorldRecord, new | _register(worlds, state)))
        _write(worlds.store.space(world_space_name(name), record["base"]), state, record["credentials"])
        if settings:
            world_settings(worlds.store.space(world_space_name(name)), record).change(settings)
        for fault in faults:
            worlds.faults(name).add(fault)
        worlds.store.copy(world_space_name(name), start_space_name(name))
        return record


def _register(worlds: Worlds, state: WorldState) -> dict[str, Any]:
    """The members of a world's record that describe the start of the state, whose seed data is registered."""
    manifest = state.manifest
    _check_vendors(worlds, state)
    _check_content(worlds, state)
    spec = {**manifest["seed_data"], "seed": manifest["seed"], "people": manifest["people"]}
    base = worlds.seed_data.register_spec(cast(SeedSpec, spec))
    for vendor, expected in manifest["vendors"].items():
        if vendor not in worlds.vendors:
            continue
        try:
            is_same = worlds.seed_data.digest(base, worlds.vendors[vendor]) == expected["seed_digest"]
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            what = f"the seed data of {vendor} cannot be made ({error})"
            raise InvalidStateError(_WHERE, what, "export the state again") from error
        if not is_same:
            what = f"its seed data of {vendor} (of release {manifest['product']}) differ from those made here"
            fix = f"use that release, or make the state again with this one ({__version__})"
            raise InvalidStateError(_WHERE, what, fix)
    members = {key: manifest[key] for key in ("scenario", "seed", "people", "start")}
    return {**members, **manifest["initial"], "base": base}


def _check_vendors(worlds: Worlds, state: WorldState) -> None:
    """Refuses documents, jobs and faults of vendors that this server does not serve, and unknown jobs."""
    used = {vendor_of(kind) for kind, _row in state.documents}
    for kind, row in state.documents:
        body = orjson.loads(row.body or b"{}") if kind in (FAULT, JOB) else {}
        used.add(body.get("vendor"))
        is_own = body.get("job") == LIVE_JOB and state.manifest["seed_data"].get("life")
        if kind == JOB and body and body["vendor"] in worlds.vendors and not is_own:
            try:
                worlds.vendors[body["vendor"]].job(body["job"])
            except InvalidContractError as error:
                what = f"unknown job {body['job']!r} of {body['vendor']}"
                raise InvalidStateError(_WHERE, what, "use the release that exported it") from error
    unknown = sorted(one for one in used if one is not None and one not in worlds.vendors)
    if unknown:
        known = ", ".join(worlds.vendors)
        what = f"it has documents of {unknown[0]!r}, which this server does not serve (it serves {known})"
        raise InvalidStateError(_WHERE, what, "start the server with that vendor")


def _check_content(worlds: Worlds, state: WorldState) -> None:
    """Validates spec, settings and faults as those of a scenario."""
    manifest = state.manifest
    spec, initial = manifest["seed_data"], manifest["initial"]
    named = spec.get("named", [])
    try:
        parsed = parse_scenario(
            manifest["scenario"],
            f"{_WHERE}, seed_data",
            {
                "people": [*named, manifest["people"] - len(named)],
                "seed": manifest["seed"],
                "locales": spec["locales"],
                "vendors": spec["vendors"],
                "life": spec.get("life", {}),
                "now": spec["anchor"],
            },
        )
        plans = [initial, *initial.get("profiles", ())]
        checked = [
            (manifest["settings"], _planned_faults(state)),
            *((one["settings"], one["faults"]) for one in plans),
            *((change, ()) for change in _layered_settings(state)),
        ]
        for settings, faults in checked:
            worlds.check_scenario(_with(parsed, settings, faults))
    except InvalidStateError:
        raise
    except InvalidScenarioError as error:
        raise InvalidStateError(error.where, error.what, error.fix) from error


def _planned_faults(state: WorldState) -> list[dict[str, Any]]:
    found = [orjson.loads(row.body) for kind, row in state.documents if kind == FAULT and row.body]
    return [{key: value for key, value in one.items() if key not in _OWN} for one in found]


def _layered_settings(state: WorldState) -> list[dict[str, Any]]:
    """The settings below the layers of profiles, and each of the layers."""
    found = [orjson.loads(row.body) for kind, row in state.documents if kind == SETTINGS and row.body]
    return [part for one in found for part in (one["base"], *(layer["change"] for layer in one["layers"]))]


def _with(scenario: Scenario, settings: Mapping[str, Any], faults: Sequence[Mapping[str, Any]]) -> Scenario:
    return Scenario(
        scenario.name, "", scenario.people, scenario.seed, scenario.locales, None, {}, settings, faults
    )


def _write(space: Space, state: WorldState, credentials: Mapping[str, Mapping[str, str]]) -> None:
    """Writes the documents of the state into an empty space."""
    clock = _from_clock(state.manifest["clock"])
    space.put(CLOCK, Row("clock", "", 0, orjson.dumps(clock)))
    space.put(SETTINGS, Row("settings", "", 0, orjson.dumps(state.manifest["settings"])))
    for kind, documents in groupby(state.documents, key=lambda one: one[0]):
        rows = [reveal(row, credentials) for _kind, row in documents]
        space.bulk_insert(kind, [row for row in rows if row.body is not None])
        for row in rows:
            if row.body is None:
                space.put(kind, row)


def _to_clock(state: ClockState) -> dict[str, Any]:
    if state["frozen_at"] is not None:
        return {"mode": "frozen", "now": to_iso(from_micros(state["frozen_at"]))}
    return {"mode": "shifted", "offset_us": state["offset"]} if state["offset"] else {"mode": "real"}


def _from_clock(clock: Mapping[str, Any]) -> ClockState:
    frozen_at = to_micros(from_iso(clock["now"])) if "now" in clock else None
    return {"offset": clock.get("offset_us", 0), "frozen_at": frozen_at}


def _check_may_wait(store: Store, name: str) -> None:
    """Raises `WouldBlockError` in a thread that must not wait: seed data and digests take long."""
    if not store.may_wait:
        raise WouldBlockError(name)
