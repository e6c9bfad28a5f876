"""Removal of what names the operations that an overlay removes: links, limits, rules of conduct."""

from typing import Any, Final

from mockserver.formats.json_pointer import MISSING

_BY_OPERATION: Final = ("x-conduct", "x-limits")
"""Members of the root that name operations, as keys, values or in lists."""


def forget_operations(root: dict[str, Any], removed: frozenset[str]) -> None:
    """Takes the links to these operations, their limits and their conduct out of the document.

    `removed` has the methods that no operation has any more, too, since limits name these.
    """
    _forget_links(root, removed)
    if root.get("x-first-call") in removed:
        del root["x-first-call"]
    for member in _BY_OPERATION:
        if member in root:
            root[member] = _without(root[member], removed)
            if root[member] in ({}, MISSING):
                del root[member]


def _forget_links(node: Any, removed: frozenset[str]) -> None:
    if isinstance(node, list):
        for one in node:
            _forget_links(one, removed)
    if not isinstance(node, dict):
        return
    links = node.get("links")
    if isinstance(links, dict):
        for name in [name for name, link in links.items() if _leads_to(link, removed)]:
            del links[name]
            if not links:
                del node["links"]
    for one in node.values():
        _forget_links(one, removed)


def _leads_to(link: Any, removed: frozenset[str]) -> bool:
    return isinstance(link, dict) and link.get("operationId") in removed


def _without(node: Any, removed: frozenset[str]) -> Any:
    """The part without these names; `MISSING` if one of its lists has no others, and it says nothing then."""
    if isinstance(node, list):
        kept = [one for one in node if not (isinstance(one, str) and one in removed)]
        return kept if kept or not node else MISSING
    if not isinstance(node, dict):
        return node
    found = {}
    for name, one in node.items():
        if name in removed or (isinstance(one, str) and one in removed):
            continue
        below = _without(one, removed)
        if below is MISSING and isinstance(one, list):
            return MISSING
        if below is not MISSING:
            found[name] = below
    return found
