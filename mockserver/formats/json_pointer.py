"""JSON pointers (RFC 6901) and the tokens that they are made of."""

from collections.abc import Iterator
from typing import Any


def pointer_tokens(pointer: str) -> list[str]:
    """The unescaped tokens of a JSON pointer: `/a~1b/0` is `["a/b", "0"]`."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def pointer(tokens: Iterator[Any] | list[Any]) -> str:
    """The JSON pointer of the tokens: `["a/b", 0]` is `/a~1b/0`."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)
