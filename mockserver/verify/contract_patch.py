"""Contract patch: updates a contract to match observed responses, without touching other lines."""

from collections.abc import Callable, Iterable, Mapping
from difflib import unified_diff
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import yaml

from mockserver.call import NOTHING
from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.overlay import OVERLAYS
from mockserver.contract.overlay_writing import actions_between, write_overlay
from mockserver.errors import UnsupportedEditError
from mockserver.formats import yaml_loader
from mockserver.homes import CONTRACT_FILE, homes
from mockserver.verify import schema_inference
from mockserver.verify.drift import Drift, UndocumentedReply, find_drift
from mockserver.verify.result import HttpExchange
from mockserver.verify.schema_location import Tokens
from mockserver.verify.yaml_editor import YamlEditor, to_flow_style

_OBSERVED: Final = MappingProxyType({"x-source": "observed"})
_NULL: Final = MappingProxyType({"type": "null", **_OBSERVED})
_MAX_ROUNDS: Final = 10
_COMPOSED: Final = ("anyOf", "oneOf")


class Proposal(NamedTuple):
    """The changed contract, the patch that produces it, and the drift that it does not cover."""

    text: str
    patch: str
    remaining: list[Drift]


class OverlayProposal(NamedTuple):
    """The overlay, as a document, and the drift that it does not cover."""

    document: dict[str, Any]
    remaining: list[Drift]


def propose(vendor: str, path: Path, exchanges: Iterable[HttpExchange]) -> Proposal:
    """The smallest changes of the contract file with which the responses conform to it.

    The patch always names the vendor's own file, `contracts/<vendor>/openapi.yaml` say, wherever the file is.
    Raises `InvalidContractError` for a file that is not a contract.
    """
    original = path.read_bytes().decode()
    settled = _settle(original, Contract.read(path).document.root, vendor, list(exchanges))
    home = homes().found.get(vendor)
    folder = "" if home is None or home.is_shipped else f"{home.shown_code}/"
    name = f"{folder}contracts/{vendor}/{CONTRACT_FILE}"
    return Proposal(settled.text, _patch(name, original, settled.text), settled.remaining)


def propose_overlay(contract: Contract, vendor: str, exchanges: Iterable[HttpExchange]) -> OverlayProposal:
    """The overlay of the smallest changes of the contract with which the responses conform to it.

    A contract that is adapted by overlays already needs those first.
    """
    root = {name: value for name, value in contract.document.root.items() if name != OVERLAYS}
    original = yaml.dump(root, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
    settled = _settle(original, root, vendor, list(exchanges))
    actions = actions_between(root, settled.root)
    return OverlayProposal(write_overlay(f"what was observed of {vendor}", actions), settled.remaining)


class _Settled(NamedTuple):
    """The changed text, its document, and the drift that its changes do not cover."""

    text: str
    root: dict[str, Any]
    remaining: list[Drift]


def _settle(text: str, root: dict[str, Any], vendor: str, seen: list[HttpExchange]) -> _Settled:
    """The contract with all changes that cover drift."""
    remaining = _find_drift(root, vendor, seen)
    # Fixing one deviation can reveal the next, e.g. in a value whose type is now allowed.
    for _round in range(_MAX_ROUNDS):
        changed = _apply_fixes(text, remaining)
        if changed == text:
            break
        text, root = changed, yaml_loader.parse(changed)
        remaining = _find_drift(root, vendor, seen)
    return _Settled(text, root, remaining)


def _find_drift(root: dict[str, Any], vendor: str, seen: list[HttpExchange]) -> list[Drift]:
    return find_drift(Contract(Document(root, f"{vendor}/{CONTRACT_FILE}")), seen)


def _apply_fixes(text: str, drifts: Iterable[Drift]) -> str:
    fixable = [drift for drift in drifts if drift.deviation.kind in _FIXES]
    if not fixable:
        return text
    editor = YamlEditor(text)
    for drift in fixable:
        try:
            editor = _FIXES[drift.deviation.kind](editor, drift)
        except UnsupportedEditError:
            continue  # it stays in `remaining`
    return editor.text


def _add_property(editor: YamlEditor, drift: Drift) -> YamlEditor:
    deviation = drift.deviation
    if schema_inference.is_volatile(deviation.member):
        raise UnsupportedEditError("the property's name varies")
    definition = deviation.location.definition
    described = {**schema_inference.infer_schema(drift.values), **_OBSERVED}
    if editor.has_member(definition, "properties"):
        return editor.add_member((*definition, "properties"), deviation.member, described)
    return editor.add_member(definition, "properties", {deviation.member: described})


def _drop_required(editor: YamlEditor, drift: Drift) -> YamlEditor:
    return editor.remove_item((*drift.deviation.location.definition, "required"), drift.deviation.member)


def _allow_null(editor: YamlEditor, drift: Drift) -> YamlEditor:
    usage = drift.deviation.location.usage
    if editor.has_member(usage, "const"):
        return _add_enum_value(editor, usage, None)
    if editor.has_member(usage, "enum"):
        editor = _add_enum_value(editor, usage, None)
        return _add_types(editor, usage, ["null"]) if editor.has_member(usage, "type") else editor
    return _add_alternative(editor, usage, _NULL, ["null"])


def _allow_type(editor: YamlEditor, drift: Drift) -> YamlEditor:
    described = schema_inference.infer_schema(drift.values)
    types = described["type"]
    types = [types] if isinstance(types, str) else types
    return _add_alternative(editor, drift.deviation.location.usage, {**described, **_OBSERVED}, types)


def _allow_value(editor: YamlEditor, drift: Drift) -> YamlEditor:
    if schema_inference.is_volatile(drift.deviation.value):
        raise UnsupportedEditError("the value varies")
    return _add_enum_value(editor, drift.deviation.location.definition, drift.deviation.value)


def _add_response(editor: YamlEditor, drift: Drift) -> YamlEditor:
    status = drift.schema.rpartition(" ")[2]
    response: dict[str, Any] = {"description": "Observed; not documented.", **_OBSERVED}
    bodies: dict[str, list[UndocumentedReply]] = {}
    for reply in drift.values:
        if reply.body is not NOTHING:
            bodies.setdefault(reply.media_type or "*/*", []).append(reply)
    for media_type, replies in bodies.items():
        response.setdefault("content", {})[media_type] = _media_type(replies)
    return editor.add_member(drift.deviation.location.definition, status, response, block_style=True)


def _media_type(replies: list[UndocumentedReply]) -> dict[str, Any]:
    known = {one.schema_ref for one in replies}
    if len(known) == 1 and None not in known:
        return {"schema": {"$ref": known.pop()}}
    described = schema_inference.infer_schema([one.body for one in replies])
    return {"schema": described, "example": schema_inference.make_example(described)}


def _add_alternative(
    editor: YamlEditor, usage: Tokens, described: Mapping[str, Any], types: list[str]
) -> YamlEditor:
    """Allows a second schema beside the one at `usage`, in the shortest form that its notation permits."""
    for word in _COMPOSED:
        if editor.has_member(usage, word):
            return editor.append_item((*usage, word), dict(described))
    if editor.has_member(usage, "$ref"):
        old = f"$ref: {editor.source((*usage, '$ref'))}"
        return editor.replace_member(usage, "$ref", f"anyOf: [{{{old}}}, {to_flow_style(dict(described))}]")
    if editor.has_member(usage, "type") and not any(
        editor.has_member(usage, word) for word in ("enum", "const", "allOf")
    ):
        return _add_types(editor, usage, types)
    if editor.is_flow(usage):
        return editor.replace_node(
            usage, f"{{anyOf: [{editor.source(usage)}, {to_flow_style(dict(described))}]}}"
        )
    raise UnsupportedEditError("the schema is composed of several")


def _add_types(editor: YamlEditor, usage: Tokens, types: list[str]) -> YamlEditor:
    location = (*usage, "type")
    known = editor.scalars(location)
    new = [type_name for type_name in types if type_name not in known]
    if len(known) == 1 and not editor.is_flow(location):
        return (
            editor.replace_node(
                location, f"[{editor.source(location)}, {', '.join(map(to_flow_style, new))}]"
            )
            if new
            else editor
        )
    for type_name in new:
        editor = editor.append_item(location, type_name)
    return editor


def _add_enum_value(editor: YamlEditor, definition: Tokens, value: Any) -> YamlEditor:
    if editor.has_member(definition, "const"):
        only = editor.source((*definition, "const"))
        return editor.replace_member(definition, "const", f"enum: [{only}, {to_flow_style(value)}]")
    return editor.append_item((*definition, "enum"), value)


_FIXES: Final[Mapping[str, Callable[[YamlEditor, Drift], YamlEditor]]] = MappingProxyType(
    {
        "added": _add_property,
        "missing": _drop_required,
        "null": _allow_null,
        "type": _allow_type,
        "value": _allow_value,
        "status": _add_response,
    }
)


def _patch(name: str, old: str, new: str) -> str:
    changes = unified_diff(_split_lines(old), _split_lines(new), f"a/{name}", f"b/{name}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in changes
    )


def _split_lines(text: str) -> list[str]:
    """Lines as git and patch count them: only a newline ends a line."""
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])
