"""Changes in a YAML text that leave every other character as it is: edited in place, never dumped anew."""

import re
from collections.abc import Sequence
from typing import Any, Final

import yaml

from mockserver.errors import UnsupportedEditError

_ALIAS: Final = re.compile(r"\s*:\s*\*[^\s,}\]]+")
_WIDE: Final = 1_000_000


class Splice:
    """A YAML text and its nodes. Each change gives a new one; what is so already stays.

    All of them raise `UnsupportedEditError`. Places are the tokens of JSON pointers.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._root = yaml.compose(text, Loader=yaml.CSafeLoader)
        except yaml.YAMLError as error:
            raise UnsupportedEditError(f"it would be no YAML any more ({error})") from error

    def has(self, tokens: Sequence[str], member: str) -> bool:
        """Whether the mapping there has the member."""
        return _pair(self._mapping(tokens), member) is not None

    def is_flow(self, tokens: Sequence[str]) -> bool:
        """Whether what stands there is written in one piece, with braces or brackets."""
        return bool(getattr(self._node(tokens), "flow_style", False))

    def source(self, tokens: Sequence[str]) -> str:
        """What stands there, as it is written in one piece."""
        return self._source(self._node(tokens))

    def scalars(self, tokens: Sequence[str]) -> list[str]:
        """The scalars of the list there, or the one scalar."""
        node = self._node(tokens)
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return [one.value for one in nodes if isinstance(one, yaml.ScalarNode)]

    def add(self, tokens: Sequence[str], member: str, value: Any, *, spread: bool = False) -> "Splice":
        """The mapping there with one more member, at its end; `spread` over several lines."""
        mapping = self._mapping(tokens)
        if _pair(mapping, member):
            return self
        if mapping.flow_style:
            return self._into(mapping, f"{inline(member)}: {inline(value)}")
        indent = " " * mapping.value[0][0].start_mark.column
        if spread:
            dumped = yaml.safe_dump({member: value}, sort_keys=False, width=_WIDE, allow_unicode=True)
            lines = dumped.splitlines()
        else:
            lines = [f"{inline(member)}: {inline(value)}"]
        return self._after(self._end(mapping), [indent + line for line in lines])

    def append(self, tokens: Sequence[str], value: Any) -> "Splice":
        """The list there with one more item."""
        items = self._list(tokens)
        if any(self.text[one.start_mark.index : one.end_mark.index] == inline(value) for one in items.value):
            return self
        if items.flow_style:
            return self._into(items, inline(value))
        indent = " " * items.start_mark.column
        return self._after(self._end(items), [f"{indent}- {inline(value)}"])

    def take_out(self, tokens: Sequence[str], text: str) -> "Splice":
        """The list there without the item; without any item, its mapping without the list."""
        items = self._list(tokens)
        numbers = [number for number, one in enumerate(items.value) if one.value == text]
        if not numbers:
            return self
        if len(items.value) == 1:
            return self._without(self._mapping(tokens[:-1]), tokens[-1])
        node, last = items.value[numbers[0]], numbers[0] == len(items.value) - 1
        if not items.flow_style:
            return self._cut(*self._lines(node.start_mark.index, self._end(node)))
        if last:
            return self._cut(items.value[-2].end_mark.index, node.end_mark.index)
        return self._cut(node.start_mark.index, items.value[numbers[0] + 1].start_mark.index)

    def rewrite(self, tokens: Sequence[str], member: str, text: str) -> "Splice":
        """The mapping there with `text` (`name: value`) in the place of a member."""
        pair = _pair(self._mapping(tokens), member)
        if pair is None:
            raise UnsupportedEditError(f"there is no {member}")
        return Splice(self.text[: pair[0].start_mark.index] + text + self.text[self._pair_end(*pair) :])

    def replace(self, tokens: Sequence[str], text: str) -> "Splice":
        """The text in the place of what stands there in one piece."""
        node = self._node(tokens)
        source = self._source(node)
        start = node.start_mark.index
        return Splice(self.text[:start] + text + self.text[start + len(source) :])

    def _node(self, tokens: Sequence[str]) -> Any:
        node = self._root
        for token in tokens:
            if isinstance(node, yaml.MappingNode):
                pair = _pair(node, token)
                node = pair[1] if pair else None
            elif isinstance(node, yaml.SequenceNode) and token.isdecimal() and int(token) < len(node.value):
                node = node.value[int(token)]
            else:
                node = None
            if node is None:
                raise UnsupportedEditError(f"there is no {token}")
        return node

    def _mapping(self, tokens: Sequence[str]) -> yaml.MappingNode:
        node = self._node(tokens)
        if not isinstance(node, yaml.MappingNode):
            raise UnsupportedEditError("it is not a mapping")
        return node

    def _list(self, tokens: Sequence[str]) -> yaml.SequenceNode:
        node = self._node(tokens)
        if not isinstance(node, yaml.SequenceNode):
            raise UnsupportedEditError("it is not a list")
        return node

    def _source(self, node: Any) -> str:
        if not isinstance(node, yaml.ScalarNode) and not node.flow_style:
            raise UnsupportedEditError("it is written over several lines")
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            raise UnsupportedEditError("it is a text of several lines")
        source = self.text[node.start_mark.index : node.end_mark.index]
        if source.startswith("&"):
            raise UnsupportedEditError("others refer to it")
        return source

    def _end(self, node: Any) -> int:
        """Behind the last character of a node; libyaml's own mark of a block is behind what follows it."""
        start: int = node.start_mark.index
        if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
            return self._pair_end(*node.value[-1])
        if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
            if node.value[-1].start_mark.index >= start:
                return self._end(node.value[-1])
            raise UnsupportedEditError("it ends with an alias")
        return start + len(self.text[start : node.end_mark.index].rstrip())

    def _pair_end(self, key: Any, value: Any) -> int:
        alias = _ALIAS.match(self.text, key.end_mark.index)
        return alias.end() if alias else self._end(value)

    def _lines(self, start: int, end: int) -> tuple[int, int]:
        """From the start of the first line to the end of the last; a comment behind it goes with it."""
        behind = self.text.find("\n", end)
        return self.text.rfind("\n", 0, start) + 1, len(self.text) if behind < 0 else behind + 1

    def _after(self, end: int, lines: list[str]) -> "Splice":
        _start, behind = self._lines(end, end)
        newline = "\r\n" if self.text[:behind].endswith("\r\n") else "\n"
        head = self.text[:behind]
        head += "" if head.endswith("\n") else newline
        return Splice(head + "".join(line + newline for line in lines) + self.text[behind:])

    def _into(self, node: Any, text: str) -> "Splice":
        close = node.end_mark.index - 1
        head = self.text[:close].rstrip()
        comma = ("" if head.endswith(",") else ",") + " " if node.value else ""
        return Splice(head + comma + text + self.text[len(head) : close] + self.text[close:])

    def _without(self, mapping: yaml.MappingNode, member: str) -> "Splice":
        at = next(number for number, (key, _value) in enumerate(mapping.value) if key.value == member)
        key, value = mapping.value[at]
        end = self._pair_end(key, value)
        if not mapping.flow_style:
            start, behind = self._lines(key.start_mark.index, end)
            if self.text[start : key.start_mark.index].strip() or len(mapping.value) == 1:
                raise UnsupportedEditError("it shares its line")
            return self._cut(start, behind)
        if at + 1 < len(mapping.value):
            return self._cut(key.start_mark.index, mapping.value[at + 1][0].start_mark.index)
        return self._cut(self._pair_end(*mapping.value[at - 1]) if at else key.start_mark.index, end)

    def _cut(self, start: int, end: int) -> "Splice":
        return Splice(self.text[:start] + self.text[end:])


def inline(value: Any) -> str:
    """A value as it stands in a flow mapping."""
    dumped: str = yaml.safe_dump(
        [value], default_flow_style=True, sort_keys=False, width=_WIDE, allow_unicode=True
    )
    return dumped.strip()[1:-1]


def _pair(mapping: yaml.MappingNode, member: str) -> tuple[Any, Any] | None:
    return next((pair for pair in mapping.value if pair[0].value == member), None)
