import pytest

from mockserver.errors import UnsupportedEditError
from mockserver.formats import yaml_loader
from mockserver.verify.yaml_editor import YamlEditor, to_flow_style

TEXT = """\
# Länder
flow: {type: string, enum: [a, b]}   # kept
shared: &shared {type: object}
block:
  required:
    - one   # the first
    - two
  properties:
    one: {type: string}
    text: |
      # no comment

      the end

    # of the block

  other: *shared
several:
  - a
single:
  required: [only]
alone: {required: [only], type: object}
last:
  list:
    - x: 1
"""


def changed(new: YamlEditor) -> list[str]:
    """The lines that are other ones, as `-old` and `+new`; everything else is as it was."""
    old, now = TEXT.split("\n"), new.text.split("\n")
    start = next((n for n, pair in enumerate(zip(old, now, strict=False)) if pair[0] != pair[1]), len(old))
    while old and now and old[-1] == now[-1] and len(old) > start < len(now):
        del old[-1], now[-1]
    return [f"-{line}" for line in old[start:]] + [f"+{line}" for line in now[start:]]


@pytest.fixture
def editor() -> YamlEditor:
    return YamlEditor(TEXT)


def test_add_member(editor: YamlEditor) -> None:
    null = {"type": "null", "x-source": "observed"}
    assert changed(editor.add_member(("flow",), "new", null)) == [
        "-flow: {type: string, enum: [a, b]}   # kept",
        "+flow: {type: string, enum: [a, b], new: {type: 'null', x-source: observed}}   # kept",
    ]
    assert changed(editor.add_member(("block", "properties"), "200", 1)) == ["+    '200': 1"]
    behind = editor.add_member(("block", "properties"), "x", 1).text.partition("      the end\n")[2]
    assert behind.startswith("    x: 1\n\n    # of the block\n")
    assert changed(editor.add_member(("block",), "new", {})) == ["+  new: {}"]
    assert changed(editor.add_member(("last", "list", "0"), "y", 2)) == ["+      y: 2"]
    assert changed(editor.add_member(("last",), "y", {"a": [1]}, block_style=True)) == [
        "+  y:",
        "+    a:",
        "+    - 1",
    ]
    assert editor.add_member(("flow",), "type", 1) is editor


def test_append_item(editor: YamlEditor) -> None:
    assert changed(editor.append_item(("flow", "enum"), None))[1] == (
        "+flow: {type: string, enum: [a, b, null]}   # kept"
    )
    assert changed(editor.append_item(("block", "required"), "é")) == ["+    - é"]
    assert changed(editor.append_item(("several",), "no")) == ["+  - 'no'"]
    assert editor.append_item(("flow", "enum"), "b") is editor


def test_remove_item(editor: YamlEditor) -> None:
    assert changed(editor.remove_item(("block", "required"), "one")) == ["-    - one   # the first"]
    assert changed(editor.remove_item(("block", "required"), "two")) == ["-    - two"]
    assert "[b]}" in editor.remove_item(("flow", "enum"), "a").text
    assert "[a]}" in editor.remove_item(("flow", "enum"), "b").text
    assert editor.remove_item(("flow", "enum"), "c") is editor
    assert changed(editor.remove_item(("alone", "required"), "only"))[1] == "+alone: {type: object}"
    with pytest.raises(UnsupportedEditError):
        editor.remove_item(("single", "required"), "only")


def test_replace(editor: YamlEditor) -> None:
    assert changed(editor.replace_member(("flow",), "enum", "const: a"))[1] == (
        "+flow: {type: string, const: a}   # kept"
    )
    assert changed(editor.replace_member(("block",), "other", "other: 1")) == [
        "-  other: *shared",
        "+  other: 1",
    ]
    assert changed(editor.replace_node(("flow", "type"), "integer"))[1].startswith("+flow: {type: integer, ")
    assert editor.source(("flow",)) == "{type: string, enum: [a, b]}"
    assert editor.scalars(("flow", "enum")) == ["a", "b"]
    assert editor.scalars(("flow", "type")) == ["string"]


@pytest.mark.parametrize(
    "path",
    [("nowhere",), ("flow", "enum", "9"), ("several", "x"), ("block",), ("shared",), ("flow", "type", "x")],
)
def test_unsupported_nodes(editor: YamlEditor, path: tuple[str, ...]) -> None:
    with pytest.raises(UnsupportedEditError):
        editor.replace_node(path, "x")


def test_invalid_edits_are_rejected(editor: YamlEditor) -> None:
    with pytest.raises(UnsupportedEditError, match="not be YAML"):
        editor.replace_node(("flow", "type"), "{")
    with pytest.raises(UnsupportedEditError):
        editor.append_item(("flow",), 1)
    with pytest.raises(UnsupportedEditError):
        editor.add_member(("several",), "a", 1)
    with pytest.raises(UnsupportedEditError):
        editor.replace_member(("flow",), "nothing", "")


def test_line_endings() -> None:
    assert YamlEditor("a:\r\n  b: 1\r\n").add_member(("a",), "c", 2).text == "a:\r\n  b: 1\r\n  c: 2\r\n"
    assert YamlEditor("a:\n  b: 1").add_member(("a",), "c", 2).text == "a:\n  b: 1\n  c: 2\n"
    assert YamlEditor("a: {}").add_member(("a",), "c", 2).text == "a: {c: 2}"


@pytest.mark.parametrize(
    "value", ["a: b", "no", "null", "", "200", "é, {", None, True, 1.5, {"a": ["b", {}]}]
)
def test_to_flow_style(value: object) -> None:
    assert yaml_loader.parse(f"{{a: {to_flow_style(value)}}}") == {"a": value}
