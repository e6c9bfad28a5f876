"""The contract as the replies have it: a patch for somebody to review, that changes no other line."""

from collections.abc import Callable, Iterable, Mapping
from difflib import unified_diff
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from mockserver.call import NOTHING
from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.errors import UnsupportedEditError
from mockserver.formats import yaml_loader
from mockserver.verify import schema_inference
from mockserver.verify.drift import Difference, Strange, drift
from mockserver.verify.result import Exchange
from mockserver.verify.schema_location import Tokens
from mockserver.verify.yaml_editor import Splice, inline

FILE: Final = "openapi.yaml"
_OBSERVED: Final = MappingProxyType({"x-source": "observed"})
_NULL: Final = MappingProxyType({"type": "null", **_OBSERVED})
_MOST_ROUNDS: Final = 10
_COMPOSED: Final = ("anyOf", "oneOf")


class Proposal(NamedTuple):
    """The changed contract as text, the patch that makes it, and what is left to a person."""

    text: str
    patch: str
    left: list[Difference]


def propose(vendor: str, path: Path, exchanges: Iterable[Exchange]) -> Proposal:
    """The smallest changes of the contract in the file with which the replies fit it.

    The patch is one of the repository, wherever the file lies: it changes `contracts/<vendor>/openapi.yaml`.
    Raises `InvalidContractError` for a file that is no contract.
    """
    original = path.read_bytes().decode()
    said = list(exchanges)
    text, left = original, drift(Contract.read(path), said)
    # What was behind a difference shows when it is fixed: a value that may be of another type now, say.
    for _round in range(_MOST_ROUNDS):
        changed = _changed(text, left)
        if changed == text:
            break
        text, left = changed, drift(_contract(changed, vendor), said)
    name = f"contracts/{vendor}/{FILE}"
    return Proposal(text, _patch(name, original, text), left)


def _contract(text: str, vendor: str) -> Contract:
    root: dict[str, Any] = yaml_loader.parse(text)
    return Contract(Document(root, f"{vendor}/{FILE}"))


def _changed(text: str, differences: Iterable[Difference]) -> str:
    splice = Splice(text)
    for difference in differences:
        fix = _MENDS.get(difference.way.kind)
        if fix is None:
            continue
        try:
            splice = fix(splice, difference)
        except UnsupportedEditError:
            continue  # it stays among what is left
    return splice.text


def _added(splice: Splice, difference: Difference) -> Splice:
    way = difference.way
    if schema_inference.volatile(way.member):
        raise UnsupportedEditError("names that vary are no properties")
    home, described = way.spot.home, {**schema_inference.schema(difference.values), **_OBSERVED}
    if splice.has(home, "properties"):
        return splice.add((*home, "properties"), way.member, described)
    return splice.add(home, "properties", {way.member: described})


def _missing(splice: Splice, difference: Difference) -> Splice:
    return splice.take_out((*difference.way.spot.home, "required"), difference.way.member)


def _null(splice: Splice, difference: Difference) -> Splice:
    site = difference.way.spot.site
    if splice.has(site, "const"):
        return _value_of(splice, site, None)
    if splice.has(site, "enum"):
        splice = _value_of(splice, site, None)
        return _typed(splice, site, ["null"]) if splice.has(site, "type") else splice
    return _alternative(splice, site, _NULL, ["null"])


def _type(splice: Splice, difference: Difference) -> Splice:
    described = schema_inference.schema(difference.values)
    kinds = described["type"]
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return _alternative(splice, difference.way.spot.site, {**described, **_OBSERVED}, kinds)


def _value(splice: Splice, difference: Difference) -> Splice:
    if schema_inference.volatile(difference.way.value):
        raise UnsupportedEditError("values that vary are no enumeration")
    return _value_of(splice, difference.way.spot.home, difference.way.value)


def _status(splice: Splice, difference: Difference) -> Splice:
    status = difference.schema.rpartition(" ")[2]
    response: dict[str, Any] = {"description": "Seen; no document tells of it.", **_OBSERVED}
    bodies: dict[str, list[Strange]] = {}
    for strange in difference.values:
        if strange.body is not NOTHING:
            bodies.setdefault(strange.media_type or "*/*", []).append(strange)
    for media_type, of_this_type in bodies.items():
        response.setdefault("content", {})[media_type] = _media(of_this_type)
    return splice.add(difference.way.spot.home, status, response, spread=True)


def _media(seen: list[Strange]) -> dict[str, Any]:
    known = {one.known for one in seen}
    if len(known) == 1 and None not in known:
        return {"schema": {"$ref": known.pop()}}
    described = schema_inference.schema([one.body for one in seen])
    return {"schema": described, "example": schema_inference.example(described)}


def _alternative(splice: Splice, site: Tokens, described: Mapping[str, Any], kinds: list[str]) -> Splice:
    """The schema there, or another; said in as few words as its form allows."""
    for word in _COMPOSED:
        if splice.has(site, word):
            return splice.append((*site, word), dict(described))
    if splice.has(site, "$ref"):
        old = f"$ref: {splice.source((*site, '$ref'))}"
        return splice.rewrite(site, "$ref", f"anyOf: [{{{old}}}, {inline(dict(described))}]")
    if splice.has(site, "type") and not any(splice.has(site, word) for word in ("enum", "const", "allOf")):
        return _typed(splice, site, kinds)
    if splice.is_flow(site):
        return splice.replace(site, f"{{anyOf: [{splice.source(site)}, {inline(dict(described))}]}}")
    raise UnsupportedEditError("it is composed of several schemas")


def _typed(splice: Splice, site: Tokens, kinds: list[str]) -> Splice:
    place = (*site, "type")
    known = splice.scalars(place)
    new = [kind for kind in kinds if kind not in known]
    if len(known) == 1 and not splice.is_flow(place):
        return (
            splice.replace(place, f"[{splice.source(place)}, {', '.join(map(inline, new))}]")
            if new
            else splice
        )
    for kind in new:
        splice = splice.append(place, kind)
    return splice


def _value_of(splice: Splice, home: Tokens, value: Any) -> Splice:
    if splice.has(home, "const"):
        only = splice.source((*home, "const"))
        return splice.rewrite(home, "const", f"enum: [{only}, {inline(value)}]")
    return splice.append((*home, "enum"), value)


_MENDS: Final[Mapping[str, Callable[[Splice, Difference], Splice]]] = MappingProxyType(
    {
        "added": _added,
        "missing": _missing,
        "null": _null,
        "type": _type,
        "value": _value,
        "status": _status,
    }
)


def _patch(name: str, old: str, new: str) -> str:
    changes = unified_diff(_lines(old), _lines(new), f"a/{name}", f"b/{name}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in changes
    )


def _lines(text: str) -> list[str]:
    """Lines as git and patch count them: only a newline ends one."""
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])
