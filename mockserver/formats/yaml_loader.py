"""Loads YAML without surprises: dates stay text, only true and false are booleans, keys are text."""

import re
from pathlib import Path
from typing import Any

import yaml
from yaml import YAMLError

from mockserver.formats.bounded_file import read_file
from mockserver.formats.json_text import MAX_DEPTH

__all__ = ["YAMLError", "parse", "read"]

_TOO_DEEP = f"it is nested deeper than {MAX_DEPTH} levels, or has an alias inside its own anchor"


class _Loader(yaml.CSafeLoader):
    """libyaml's safe loader without YAML 1.1's implicit types (`NO` is Norway, `2024-01-01` is a string).

    A key that occurs twice in a mapping is an error: the first value would be lost silently.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping. Raises `yaml.constructor.ConstructorError` for a duplicate key."""
        seen: set[str] = set()
        for key, _value in node.value:
            if key.tag != "tag:yaml.org,2002:merge" and isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} occurs twice; remove one", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_time_as_text(self, node: yaml.ScalarNode) -> str:
        """The text of a time such as 10:30, which YAML 1.1 reads as a number of base 60."""
        return str(node.value)


_TIME = "tag:mockserver,time"
_KEPT = (
    "tag:yaml.org,2002:null",
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
    "tag:yaml.org,2002:merge",
)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _KEPT]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_BASE_60 = re.compile(r"^[-+]?[0-9_]+(?::[0-9]+)+(?:\.[0-9_]*)?$")
for _first in "+-0123456789":  # before the numbers
    _Loader.yaml_implicit_resolvers[_first].insert(0, (_TIME, _BASE_60))
_Loader.add_constructor(_TIME, _Loader.construct_time_as_text)
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def read(path: Path) -> Any:
    """The document in the file, with every mapping key as text.

    Raises `yaml.YAMLError`, `OSError` and `FileTooLargeError`.
    """
    return parse(read_file(path))


def parse(text: bytes | str) -> Any:
    """The document in the text, with every mapping key as text. Raises `yaml.YAMLError`."""
    try:
        return _keys_as_text(yaml.load(text, Loader=_Loader), MAX_DEPTH)  # noqa: S506 - it is a safe loader
    except RecursionError:
        raise YAMLError(_TOO_DEEP) from None
    except ValueError:
        raise YAMLError("a number has too many digits") from None


def _keys_as_text(node: Any, levels: int) -> Any:
    if levels < 0:
        raise YAMLError(_TOO_DEEP)
    if isinstance(node, dict):
        return {str(key): _keys_as_text(value, levels - 1) for key, value in node.items()}
    if isinstance(node, list):
        return [_keys_as_text(item, levels - 1) for item in node]
    return node
