"""Overlays (OpenAPI Overlay 1.0): files that adapt a vendor's contract to the account of one customer."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from mockserver.errors import InvalidContractError, InvalidYamlError
from mockserver.formats import yaml_cache
from mockserver.formats.suggestions import suggest

OVERLAY: Final = "overlay"
"""The `x-source` of a rule that an overlay has added or changed."""
OVERLAYS: Final = "x-overlays"
"""The member of a contract that lists the overlays which it was adapted by, with their changes."""
CONTRACT: Final = "openapi.yaml"
BACKSTAGE: Final = "backstage.yaml"
_ENDINGS: Final = (".yaml", ".yml", ".json")
_VERSION: Final = re.compile(r"1\.\d+(\.\d+)?")
_MEMBERS: Final = ("target", "description", "update", "remove")
_ROOT_MEMBERS: Final = ("overlay", "info", "extends", "actions")
_MAX_TARGET: Final = 1_000
"""The longest JSONPath; the library calls itself for each segment."""
_START: Final = "start it with `overlay: 1.0.0`"


@dataclass(frozen=True, slots=True)
class Overlay:
    """The actions of one overlay, in order; `where` names its file, or its place in a scenario, in errors.

    `document` is the file of the vendor that it adapts: its contract, or that of its backstage.
    """

    vendor: str
    where: str
    title: str
    actions: tuple[Mapping[str, Any], ...]
    document: str = CONTRACT

    @property
    def digest(self) -> str:
        """A digest of the actions, by which the same overlay is known elsewhere."""
        text = json.dumps(self.actions, sort_keys=True, default=str)
        return hashlib.blake2s(text.encode(), digest_size=8).hexdigest()


def read_overlays(paths: Iterable[Path]) -> tuple[Overlay, ...]:
    """The overlays in these files and folders; those of a folder in the order of their names.

    A file is named after its vendor, as in `<vendor>.yaml` or `<vendor>.europe.yaml`.
    Raises `InvalidContractError`.
    """
    return tuple(_read(file) for path in paths for file in _files(path))


def parse_actions(vendor: str, where: str, title: str, actions: Any, document: str = CONTRACT) -> Overlay:
    """The overlay with these actions. Raises `InvalidContractError` for one that is not an action."""
    if not isinstance(actions, list) or not actions:
        raise InvalidContractError(where, "has no actions", "write at least one below `actions`")
    for number, action in enumerate(actions):
        _check_action(f"{where}#/actions/{number}", action)
    try:
        orjson.dumps(actions)
    except TypeError as error:
        raise InvalidContractError(where, f"has a value that JSON lacks ({error})", "write a text") from None
    return Overlay(vendor, where, title, tuple(actions), document)


def account_members(schemas: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The members that overlays have added to named schemas, by schema."""
    return {
        name: frozenset(
            member
            for member, part in schema.get("properties", {}).items()
            if isinstance(part, dict) and part.get("x-source") == OVERLAY
        )
        for name, schema in schemas.items()
        if isinstance(schema, dict)
    }


def overlays_of(vendor: str, overlays: Iterable[Overlay], document: str = CONTRACT) -> tuple[Overlay, ...]:
    """The overlays of one document of a vendor, by default of its contract."""
    return tuple(one for one in overlays if (one.vendor, one.document) == (vendor, document))


def check_vendors(overlays: Iterable[Overlay], known: Sequence[str]) -> None:
    """Raises `InvalidContractError` for an overlay of a vendor that does not exist."""
    for one in overlays:
        if one.vendor not in known:
            close = suggest(one.vendor, known)
            fix = f"did you mean {close}?" if close else f"name it after one of {', '.join(known)}"
            raise InvalidContractError(one.where, f"is for the unknown vendor {one.vendor!r}", fix)


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    found = sorted(one for one in path.iterdir() if one.suffix in _ENDINGS)
    if not found:
        fix = "put files such as <vendor>.yaml into it, or leave it out"
        raise InvalidContractError(str(path), "has no overlays", fix)
    yield from found


def _read(path: Path) -> Overlay:
    where = str(path)
    try:
        document = yaml_cache.read(path)
    except OSError as error:
        fix = "give the file of an overlay, or a folder of such files"
        raise InvalidContractError(where, f"cannot be read ({error.strerror})", fix) from None
    except (InvalidYamlError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InvalidContractError(where, f"is not YAML ({reason})", "fix the file at that line") from None
    if not isinstance(document, dict) or not _VERSION.fullmatch(str(document.get("overlay"))):
        raise InvalidContractError(where, "is not an overlay of OpenAPI Overlay 1.0", _START)
    for member in document:
        if member not in _ROOT_MEMBERS and not member.startswith("x-"):
            close = suggest(member, _ROOT_MEMBERS)
            fix = f"did you mean {close}?" if close else "remove it"
            raise InvalidContractError(f"{where}#/{member}", "is not a member of an overlay", fix)
    info = document.get("info")
    if not isinstance(info, dict) or not all(isinstance(info.get(one), str) for one in ("title", "version")):
        fix = "add `info: {title: our account, version: 1.0.0}`"
        raise InvalidContractError(where, "has no info with title and version", fix)
    vendor, actions = path.name.partition(".")[0], document.get("actions")
    return parse_actions(vendor, where, info["title"], actions, _target(where, document.get("extends", "")))


def _target(where: str, extends: Any) -> str:
    """The document that `extends` names; any but that of the backstage is the contract."""
    if not isinstance(extends, str):
        raise InvalidContractError(f"{where}#/extends", "is not a text", f"write `extends: {BACKSTAGE}`")
    return BACKSTAGE if extends.rpartition("/")[2] == BACKSTAGE else CONTRACT


def _check_action(where: str, action: Any) -> None:
    if not isinstance(action, dict) or not isinstance(target := action.get("target"), str) or not target:
        fix = "write {target: $.paths, update: …} or {target: …, remove: true}"
        raise InvalidContractError(where, "is not an action with a target", fix)
    if len(target) > _MAX_TARGET:
        what = f"has a target of {len(target):,} characters"
        raise InvalidContractError(where, what, f"use at most {_MAX_TARGET:,}")
    for member in action:
        if member not in _MEMBERS and not str(member).startswith("x-"):
            close = suggest(member, _MEMBERS)
            fix = f"did you mean {close}?" if close else f"choose of {', '.join(_MEMBERS)}"
            raise InvalidContractError(f"{where}/{member}", "is not a member of an action", fix)
    if not isinstance(action.get("remove", False), bool):
        raise InvalidContractError(f"{where}/remove", "is not true or false", "write `remove: true`")
    if "update" not in action and not action.get("remove"):
        raise InvalidContractError(where, "neither updates nor removes", "add `update: …` or `remove: true`")
