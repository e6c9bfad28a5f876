"""JSON text of which only the start is kept: its value as far as it goes, and where it was cut."""

import json
import re
from typing import Any, Final, NamedTuple

_WORD: Final = re.compile(r'"(?:[^"\\]|\\.)*(?P<end>"?)|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_CLOSERS: Final = {"{": "}", "[": "]"}


class Start(NamedTuple):
    """The value that the text begins with, and the members (`*`: items) that are open where it ends."""

    value: Any
    open: tuple[str, ...]


def parse_start(text: str) -> Start | None:
    """The start of an object or an array; None for any other text."""
    brackets: list[str] = []
    names: list[str] = []
    whole, previous = (0, ""), ""
    for found in _WORD.finditer(text):
        word = found.group()
        if word in ("{", "["):
            brackets.append(word)
            names.append("*" if word == "[" else "")
        elif word in ("}", "]") and brackets:
            brackets.pop()
            names.pop()
        elif word[0] == '"' and not found["end"]:
            break
        elif word[0] == '"' and previous in ("{", ",") and brackets and brackets[-1] == "{":
            names[-1] = json.loads(word)
        if word in ("{", "[", "}", "]", ","):
            end = found.start() if word == "," else found.end()
            whole = end, "".join(_CLOSERS[one] for one in reversed(brackets))
        previous = word
    try:
        return Start(json.loads(text[: whole[0]] + whole[1]), tuple(names))
    except ValueError:
        return None
