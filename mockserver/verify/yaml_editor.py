"""Format-preserving YAML edits: every character outside the change stays as it is."""

import re
from collections.abc import Sequence
from typing import Any, Final

import yaml

from mockserver.errors import UnsupportedEditError

_ALIAS: Final = re.compile(r"\s*:\s*\*[^\s,}\]]+")
_NO_WRAP: Final = 1_000_000


class YamlEditor:
    """A YAML text and its nodes. Each edit returns a new editor, or the same one if nothing changes.

    Nodes are addressed by the tokens of a JSON pointer. All methods raise `UnsupportedEditError`.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._root = yaml.compose(text, Loader=yaml.CSafeLoader)
        except yaml.YAMLError as error:
            raise UnsupportedEditError(f"the result would not be YAML ({error})") from error

    def has_member(self, tokens: Sequence[str], member: str) -> bool:
        """Whether the mapping has the member."""
        return _pair(self._mapping(tokens), member) is not None

    def is_flow(self, tokens: Sequence[str]) -> bool:
        """Whether the node is in flow style (braces or brackets)."""
        return bool(getattr(self._node(tokens), "flow_style", False))

    def source(self, tokens: Sequence[str]) -> str:
        """The source text of a flow node or scalar."""
        return self._source(self._node(tokens))

    def scalars(self, tokens: Sequence[str]) -> list[str]:
        """The scalars of the list, or the scalar itself."""
        node = self._node(tokens)
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return [one.value for one in nodes if isinstance(one, yaml.ScalarNode)]

    def add_member(
        self, tokens: Sequence[str], member: str, value: Any, *, block_style: bool = False
    ) -> "YamlEditor":
        """Adds a member at the end of the mapping; with `block_style`, over several lines."""
        mapping = self._mapping(tokens)
        if _pair(mapping, member):
            return self
        if mapping.flow_style:
            return self._insert_in_flow(mapping, f"{to_flow_style(member)}: {to_flow_style(value)}")
        indent = " " * mapping.value[0][0].start_mark.column
        if block_style:
            dumped = yaml.safe_dump({member: value}, sort_keys=False, width=_NO_WRAP, allow_unicode=True)
            lines = dumped.splitlines()
        else:
            lines = [f"{to_flow_style(member)}: {to_flow_style(value)}"]
        return self._insert_lines(self._end(mapping), [indent + line for line in lines])

    def append_item(self, tokens: Sequence[str], value: Any) -> "YamlEditor":
        """Appends an item to the list."""
        items = self._list(tokens)
        if any(
            self.text[one.start_mark.index : one.end_mark.index] == to_flow_style(value)
            for one in items.value
        ):
            return self
        if items.flow_style:
            return self._insert_in_flow(items, to_flow_style(value))
        indent = " " * items.start_mark.column
        return self._insert_lines(self._end(items), [f"{indent}- {to_flow_style(value)}"])

    def remove_item(self, tokens: Sequence[str], text: str) -> "YamlEditor":
        """Removes an item from the list; removes the whole list with its last item."""
        items = self._list(tokens)
        numbers = [number for number, one in enumerate(items.value) if one.value == text]
        if not numbers:
            return self
        if len(items.value) == 1:
            return self._remove_member(self._mapping(tokens[:-1]), tokens[-1])
        node, last = items.value[numbers[0]], numbers[0] == len(items.value) - 1
        if not items.flow_style:
            return self._cut(*self._line_range(node.start_mark.index, self._end(node)))
        if last:
            return self._cut(items.value[-2].end_mark.index, node.end_mark.index)
        return self._cut(node.start_mark.index, items.value[numbers[0] + 1].start_mark.index)

    def replace_member(self, tokens: Sequence[str], member: str, text: str) -> "YamlEditor":
        """Replaces a member of the mapping by `text` (`name: value`)."""
        pair = _pair(self._mapping(tokens), member)
        if pair is None:
            raise UnsupportedEditError(f"no member {member}")
        return YamlEditor(self.text[: pair[0].start_mark.index] + text + self.text[self._pair_end(*pair) :])

    def replace_node(self, tokens: Sequence[str], text: str) -> "YamlEditor":
        """Replaces a flow node or scalar by the text."""
        node = self._node(tokens)
        source = self._source(node)
        start = node.start_mark.index
        return YamlEditor(self.text[:start] + text + self.text[start + len(source) :])

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
                raise UnsupportedEditError(f"no node {token}")
        return node

    def _mapping(self, tokens: Sequence[str]) -> yaml.MappingNode:
        node = self._node(tokens)
        if not isinstance(node, yaml.MappingNode):
            raise UnsupportedEditError("not a mapping")
        return node

    def _list(self, tokens: Sequence[str]) -> yaml.SequenceNode:
        node = self._node(tokens)
        if not isinstance(node, yaml.SequenceNode):
            raise UnsupportedEditError("not a list")
        return node

    def _source(self, node: Any) -> str:
        if not isinstance(node, yaml.ScalarNode) and not node.flow_style:
            raise UnsupportedEditError("in block style")
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            raise UnsupportedEditError("a block scalar")
        source = self.text[node.start_mark.index : node.end_mark.index]
        if source.startswith("&"):
            raise UnsupportedEditError("has an anchor")
        return source

    def _end(self, node: Any) -> int:
        """Index after the last character of a node; libyaml's end mark of a block is further on."""
        start: int = node.start_mark.index
        if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
            return self._pair_end(*node.value[-1])
        if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
            if node.value[-1].start_mark.index >= start:
                return self._end(node.value[-1])
            raise UnsupportedEditError("ends with an alias")
        return start + len(self.text[start : node.end_mark.index].rstrip())

    def _pair_end(self, key: Any, value: Any) -> int:
        alias = _ALIAS.match(self.text, key.end_mark.index)
        return alias.end() if alias else self._end(value)

    def _line_range(self, start: int, end: int) -> tuple[int, int]:
        """Range from the start of the first line to the end of the last, with a trailing comment."""
        behind = self.text.find("\n", end)
        return self.text.rfind("\n", 0, start) + 1, len(self.text) if behind < 0 else behind + 1

    def _insert_lines(self, end: int, lines: list[str]) -> "YamlEditor":
        _start, behind = self._line_range(end, end)
        newline = "\r\n" if self.text[:behind].endswith("\r\n") else "\n"
        head = self.text[:behind]
        head += "" if head.endswith("\n") else newline
        return YamlEditor(head + "".join(line + newline for line in lines) + self.text[behind:])

    def _insert_in_flow(self, node: Any, text: str) -> "YamlEditor":
        close = node.end_mark.index - 1
        head = self.text[:close].rstrip()
        comma = ("" if head.endswith(",") else ",") + " " if node.value else ""
        return YamlEditor(head + comma + text + self.text[len(head) : close] + self.text[close:])

    def _remove_member(self, mapping: yaml.MappingNode, member: str) -> "YamlEditor":
        at = next(number for number, (key, _value) in enumerate(mapping.value) if key.value == member)
        key, value = mapping.value[at]
        end = self._pair_end(key, value)
        if not mapping.flow_style:
            start, behind = self._line_range(key.start_mark.index, end)
            if self.text[start : key.start_mark.index].strip() or len(mapping.value) == 1:
                raise UnsupportedEditError("shares its line")
            return self._cut(start, behind)
        if at + 1 < len(mapping.value):
            return self._cut(key.start_mark.index, mapping.value[at + 1][0].start_mark.index)
        return self._cut(self._pair_end(*mapping.value[at - 1]) if at else key.start_mark.index, end)

    def _cut(self, start: int, end: int) -> "YamlEditor":
        return YamlEditor(self.text[:start] + self.text[end:])


def to_flow_style(value: Any) -> str:
    """A value in flow style, without the enclosing brackets."""
    dumped: str = yaml.safe_dump(
        [value], default_flow_style=True, sort_keys=False, width=_NO_WRAP, allow_unicode=True
    )
    return dumped.strip()[1:-1]


def _pair(mapping: yaml.MappingNode, member: str) -> tuple[Any, Any] | None:
    return next((pair for pair in mapping.value if pair[0].value == member), None)
