"""Reads an OpenAPI document in JSON or YAML, within limits, with a clear reason if it cannot be used."""

import json
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any, Final

import yaml

from mockserver.errors import FileTooLargeError, ScaffoldError
from mockserver.formats import yaml_loader
from mockserver.formats.bounded_file import read_file
from mockserver.formats.json_pointer import MISSING, resolve
from mockserver.formats.json_text import half_character

MAX_BYTES: Final = 16_000_000
MAX_VALUES: Final = 1_500_000
"""The values of a document, with those that a YAML alias repeats."""
MAX_DEPTH: Final = 100
_VERSIONS: Final = ("3.0.", "3.1.")


class SourceDocument:
    """The document, and what its references lead to."""

    def __init__(self, root: dict[str, Any], name: str) -> None:
        self.root = root
        self.name = name
        self.is_3_0: bool = str(root["openapi"]).startswith("3.0")

    def follow(self, node: Any) -> Any:
        """The node, or the target of its `$ref` (chain). Raises `ScaffoldError`."""
        seen: set[str] = set()
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            if reference in seen:
                raise ScaffoldError(f"{self.name}: $ref {reference} leads to itself; remove the loop")
            seen.add(reference)
            node = self.target(reference)
        return node

    def target(self, reference: str) -> Any:
        """The target of a reference. Raises `ScaffoldError`."""
        if not reference.startswith("#/"):
            fix = "bundle the document into one file, such as with `redocly bundle`"
            raise ScaffoldError(f"{self.name}: $ref {reference} leads out of the document; {fix}")
        found = resolve(self.root, reference[1:])
        if found is MISSING:
            found = resolve(self.root, _unquoted(reference[1:]))
        if found is MISSING:
            raise ScaffoldError(f"{self.name}: $ref {reference} leads to nothing; add its target")
        return found


def read_document(path: Path) -> SourceDocument:
    """The document in the file. Raises `ScaffoldError`."""
    try:
        text = read_file(path, MAX_BYTES)
    except FileTooLargeError:
        problem = f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB"
        raise ScaffoldError(f"{problem}; keep the operations that you need") from None
    except OSError as error:
        raise ScaffoldError(f"cannot read {path} ({error.strerror}); name an OpenAPI document") from error
    root = _parsed(text, path.name)
    _check(root, path.name)
    return SourceDocument(root, path.name)


def _parsed(text: bytes, name: str) -> Any:
    try:
        root = _from_json(text) if text.lstrip()[:1] == b"{" else None
        if root is None:
            _check_events(text, name)
            root = yaml_loader.parse(text)
        _check_size(root, name)
        _check_texts(root, text, name)
        return root
    except RecursionError:
        raise _too_large(name) from None
    except ScaffoldError:
        raise
    except (ValueError, yaml.YAMLError) as error:
        if "nesting depth" in str(error):
            raise _too_large(name) from None
        reason = " ".join(str(error).split())[:200]
        raise ScaffoldError(f"{name} is neither JSON nor YAML ({reason}); correct it") from error


def _from_json(text: bytes) -> Any:
    """The value; None if the text is not JSON: YAML may begin with a brace as well."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _check(root: Any, name: str) -> None:
    if not isinstance(root, dict) or not {"openapi", "swagger"} & root.keys():
        raise ScaffoldError(f"{name} is not an OpenAPI document; it begins with `openapi: 3.1.0`, say")
    if "openapi" not in root:
        fix = "convert it to OpenAPI 3, such as with `npx swagger2openapi`"
        raise ScaffoldError(
            f"{name} is Swagger {root['swagger']}, and only OpenAPI 3.0 and 3.1 are read; {fix}"
        )
    version = str(root["openapi"])
    if not f"{version}.".startswith(_VERSIONS):
        raise ScaffoldError(f"{name} is OpenAPI {version}, and only 3.0 and 3.1 are read; convert it")
    paths = root.get("paths")
    if not isinstance(paths, dict) or not any(isinstance(item, dict) and item for item in paths.values()):
        raise ScaffoldError(f"{name} has no paths, so there is nothing to answer; add operations")


def _check_size(root: Any, name: str) -> None:
    """Rejects what is nested too deeply or has too many values."""
    level, values = [root], 0
    for _ in range(MAX_DEPTH):
        values += len(level)
        if values > MAX_VALUES:
            break
        if any(isinstance(node, float) and not isfinite(node) for node in level):
            raise ScaffoldError(f"{name} has a number that is not finite, and JSON has none; correct it")
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise _too_large(name)


def _check_texts(root: Any, text: bytes, name: str) -> None:
    """Rejects half a surrogate pair."""
    half = half_character(root) if b"\\ud" in text.lower() else None
    if half is not None:
        raise ScaffoldError(f"{name} has \\u{ord(half):x}, half a character, in a text; correct it")


def _check_events(text: bytes, name: str) -> None:
    """Rejects YAML that is nested too deeply, or has too many values once its aliases are replaced.

    The sizes are found before anything is built: a few aliases of aliases describe billions of values.
    """
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    values = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            values += sizes.get(str(event.anchor), MAX_VALUES)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            open_nodes.append((event.anchor, values))
            values += 1
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            anchor, before = open_nodes.pop()
            if anchor:
                sizes[anchor] = values - before
        elif isinstance(event, yaml.ScalarEvent):
            values += 1
            if event.anchor:
                sizes[event.anchor] = 1
        if values > 2 * MAX_VALUES or len(open_nodes) > MAX_DEPTH:
            raise _too_large(name)


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def _too_large(name: str) -> ScaffoldError:
    limits = f"{MAX_VALUES:,} values, {MAX_DEPTH} levels"
    return ScaffoldError(f"{name} is too large or nested too deeply (at most {limits}); simplify it")


def _unquoted(pointer: str) -> str:
    """The pointer with its percent-encoded characters, as some tools write them."""
    return pointer.replace("%7B", "{").replace("%7D", "}").replace("%20", " ").replace("%2F", "/")


def as_mapping(node: Any) -> Mapping[str, Any]:
    """The node if it is an object, else an empty one."""
    return node if isinstance(node, dict) else {}
