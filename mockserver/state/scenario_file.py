"""Reads the scenario file of a user: its size, its encoding, and the YAML features that it may use."""

import json
from pathlib import Path
from typing import Any

import yaml

from mockserver.errors import FileTooLargeError, InvalidScenarioError
from mockserver.formats import yaml_loader
from mockserver.formats.bounded_file import read_file

_MAX_BYTES = 1_000_000
_MAX_DEPTH = 50


def read_document(path: Path, shipped: list[str]) -> Any:
    """The document in the file, with JSON's types only. Raises `InvalidScenarioError`.

    `shipped` are the names that may have been meant instead.
    """
    text = _read_text(path, shipped)
    try:
        _check_yaml_features(path, text)
        return yaml_loader.parse(text)
    except InvalidScenarioError:
        raise
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        what = getattr(error, "problem", None) or str(error)
        raise InvalidScenarioError(where, f"invalid YAML: {what}", "correct the syntax") from error


def _read_text(path: Path, shipped: list[str]) -> str:
    if not path.is_file():
        raise InvalidScenarioError(
            str(path), "file not found", f"give a file, or one of {', '.join(shipped)}"
        )
    try:
        return read_file(path, _MAX_BYTES).decode()
    except FileTooLargeError:
        raise InvalidScenarioError(
            str(path), f"larger than {_MAX_BYTES} bytes", "use `people` to generate records"
        ) from None
    except OSError as error:
        raise InvalidScenarioError(
            str(path), f"cannot be read: {error.strerror}", "make the file readable"
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidScenarioError(
            str(path), f"not UTF-8 at byte {error.start}", "save it as UTF-8"
        ) from error


def _check_yaml_features(path: Path, text: str) -> None:
    """Rejects aliases, tags, deep nesting and repeated keys, before the document is built."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        where = f"{path}:{event.start_mark.line + 1}" if event.start_mark else str(path)
        if isinstance(event, yaml.AliasEvent):
            # a few nested aliases expand to more than any memory holds
            raise InvalidScenarioError(where, f"alias *{event.anchor} is not allowed", "write the value out")
        if tag := getattr(event, "tag", None):
            raise InvalidScenarioError(
                where, f"tag {tag} is not allowed", "write a plain value without a tag"
            )
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise InvalidScenarioError(where, f"nested deeper than {_MAX_DEPTH} levels", "use fewer levels")
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    if root is not None:
        _check_repeated_keys(path, root)


def _check_repeated_keys(path: Path, node: yaml.Node) -> None:
    """Rejects a repeated key in one mapping, of which the YAML parser would use the last one."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_repeated_keys(path, item)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            where = f"{path}:{key.start_mark.line + 1}"
            if not isinstance(key, yaml.ScalarNode):
                raise InvalidScenarioError(
                    where, "a key that is not text", "write a plain word before the colon"
                )
            if key.value in seen:
                raise InvalidScenarioError(
                    where, f"duplicate key {json.dumps(key.value, ensure_ascii=False)}", "remove one of them"
                )
            seen.add(key.value)
            _check_repeated_keys(path, value)
