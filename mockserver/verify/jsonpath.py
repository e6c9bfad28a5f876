"""JSONPath (RFC 9535), the subset that stories use: member and index paths, and `count`.

$.contacts[0].id      $..field_id      $[?count($..contacts[*]) == 2]
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

_SEGMENT: Final = re.compile(
    r"(?P<deep>\.\.)(?:(?P<deep_name>[A-Za-z_][A-Za-z0-9_]*)|(?P<deep_all>\*|\[\*\]))"
    r"|\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)|\['(?P<quoted>[^'\\]*)'\]|\[(?P<index>-?\d+)\]|(?P<all>\.\*|\[\*\])"
)
_COUNT: Final = re.compile(
    r"\$\[\?\s*count\((?P<path>\$[^()]*)\)\s*(?P<sign>==|!=|<=|>=|<|>)\s*(?P<number>\d+)\s*\]"
)
_SIGNS: Final[Mapping[str, Callable[[int, int], bool]]] = MappingProxyType(
    {
        "==": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
)


def is_supported(query: str) -> bool:
    """Whether `selects` supports the query."""
    counted = _COUNT.fullmatch(query)
    try:
        _segments(counted["path"] if counted else query)
    except ValueError:
        return False
    return True


def selects(query: str, document: Any) -> bool:
    """Whether the query selects any node. Raises `ValueError` for an unsupported query."""
    counted = _COUNT.fullmatch(query)
    if counted is None:
        return any(True for _ in _nodes(_segments(query), document))
    count = sum(1 for _ in _nodes(_segments(counted["path"]), document))
    # Per RFC 9535 a filter selects children of the root, so it selects nothing in a root without children.
    has_children = bool(document) and isinstance(document, (dict, list))
    return has_children and _SIGNS[counted["sign"]](count, int(counted["number"]))


def _segments(path: str) -> list[re.Match[str]]:
    if not path.startswith("$"):
        raise ValueError(f"the JSONPath {path} does not start with $")
    found, at = [], 1
    while at < len(path):
        segment = _SEGMENT.match(path, at)
        if segment is None:
            raise ValueError(f"the JSONPath {path} is not supported from {path[at:]} on")
        found.append(segment)
        at = segment.end()
    return found


def _nodes(segments: list[re.Match[str]], document: Any) -> Iterator[Any]:
    if not segments:
        yield document
        return
    first, *rest = segments
    for node in _step(first, document):
        yield from _nodes(rest, node)


def _step(segment: re.Match[str], node: Any) -> Iterator[Any]:
    holders = _descendants(node) if segment["deep"] else iter((node,))
    name = segment["deep_name"] or segment["name"] or segment["quoted"]
    for holder in holders:
        if segment["index"] is not None:
            if isinstance(holder, list) and -len(holder) <= int(segment["index"]) < len(holder):
                yield holder[int(segment["index"])]
        elif name is not None:
            if isinstance(holder, dict) and name in holder:
                yield holder[name]
        else:
            yield from _children(holder)


def _children(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from node.values()
    elif isinstance(node, list):
        yield from node


def _descendants(node: Any) -> Iterator[Any]:
    yield node
    for child in _children(node):
        yield from _descendants(child)
