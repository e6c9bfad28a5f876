"""JSONPath (RFC 9535) of one place in a document."""

from collections.abc import Iterable
from typing import Any

from mockserver.formats.json_pointer import resolve


def format_json_path(root: Any, tokens: Iterable[str]) -> str:
    """The normalized path of the place with these JSON pointer tokens, such as `$['paths']['/people']`."""
    steps, node = "$", root
    for token in tokens:
        steps += f"[{token}]" if isinstance(node, list) else f"[{quote(token)}]"
        node = resolve(node, [token])
    return steps


def quote(text: str) -> str:
    """The text as a string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
