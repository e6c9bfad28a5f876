import pytest

from mockserver.errors import UnsupportedEditError
from mockserver.formats import yaml_loader
from mockserver.verify.yaml_editor import Splice, inline

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


def changed(new: Splice) -> list[str]:
    """The lines that are other ones, as `-old` and `+new`; everything else is as it was."""
    old, now = TEXT.split("\n"), new.text.split("\n")
    start = next((n for n, pair in enumerate(zip(old, now, strict=False)) if pair[0] != pair[1]), len(old))
    while old and now and old[-1] == now[-1] and len(old) > start < len(now):
        del old[-1], now[-1]
    return [f"-{line}" for line in old[start:]] + [f"+{line}" for line in now[start:]]


@pytest.fixture
def splice() -> Splice:
    return Splice(TEXT)


def test_members_are_added(splice: Splice) -> None:
    null = {"type": "null", "x-source": "observed"}
    assert changed(splice.add(("flow",), "new", null)) == [
        "-flow: {type: string, enum: [a, b]}   # kept",
        "+flow: {type: string, enum: [a, b], new: {type: 'null', x-source: observed}}   # kept",
    ]
    assert changed(splice.add(("block", "properties"), "200", 1)) == ["+    '200': 1"]
    behind = splice.add(("block", "properties"), "x", 1).text.partition("      the end\n")[2]
    assert behind.startswith("    x: 1\n\n    # of the block\n")
    assert changed(splice.add(("block",), "new", {})) == ["+  new: {}"]
    assert changed(splice.add(("last", "list", "0"), "y", 2)) == ["+      y: 2"]
    assert changed(splice.add(("last",), "y", {"a": [1]}, spread=True)) == ["+  y:", "+    a:", "+    - 1"]
    assert splice.add(("flow",), "type", 1) is splice


def test_items_are_appended(splice: Splice) -> None:
    assert changed(splice.append(("flow", "enum"), None))[1] == (
        "+flow: {type: string, enum: [a, b, null]}   # kept"
    )
    assert changed(splice.append(("block", "required"), "é")) == ["+    - é"]
    assert changed(splice.append(("several",), "no")) == ["+  - 'no'"]
    assert splice.append(("flow", "enum"), "b") is splice


def test_items_are_taken_out(splice: Splice) -> None:
    assert changed(splice.take_out(("block", "required"), "one")) == ["-    - one   # the first"]
    assert changed(splice.take_out(("block", "required"), "two")) == ["-    - two"]
    assert "[b]}" in splice.take_out(("flow", "enum"), "a").text
    assert "[a]}" in splice.take_out(("flow", "enum"), "b").text
    assert splice.take_out(("flow", "enum"), "c") is splice
    assert changed(splice.take_out(("alone", "required"), "only"))[1] == "+alone: {type: object}"
    with pytest.raises(UnsupportedEditError):
        splice.take_out(("single", "required"), "only")


def test_what_stands_there_is_replaced(splice: Splice) -> None:
    assert changed(splice.rewrite(("flow",), "enum", "const: a"))[1] == (
        "+flow: {type: string, const: a}   # kept"
    )
    assert changed(splice.rewrite(("block",), "other", "other: 1")) == ["-  other: *shared", "+  other: 1"]
    assert changed(splice.replace(("flow", "type"), "integer"))[1].startswith("+flow: {type: integer, ")
    assert splice.source(("flow",)) == "{type: string, enum: [a, b]}"
    assert splice.scalars(("flow", "enum")) == ["a", "b"]
    assert splice.scalars(("flow", "type")) == ["string"]


@pytest.mark.parametrize(
    "place",
    [("nowhere",), ("flow", "enum", "9"), ("several", "x"), ("block",), ("shared",), ("flow", "type", "x")],
)
def test_what_is_not_edited(splice: Splice, place: tuple[str, ...]) -> None:
    with pytest.raises(UnsupportedEditError):
        splice.replace(place, "x")


def test_what_would_be_no_yaml_is_not_done(splice: Splice) -> None:
    with pytest.raises(UnsupportedEditError, match="no YAML"):
        splice.replace(("flow", "type"), "{")
    with pytest.raises(UnsupportedEditError):
        splice.append(("flow",), 1)
    with pytest.raises(UnsupportedEditError):
        splice.add(("several",), "a", 1)
    with pytest.raises(UnsupportedEditError):
        splice.rewrite(("flow",), "nothing", "")


def test_other_ends_of_lines() -> None:
    assert Splice("a:\r\n  b: 1\r\n").add(("a",), "c", 2).text == "a:\r\n  b: 1\r\n  c: 2\r\n"
    assert Splice("a:\n  b: 1").add(("a",), "c", 2).text == "a:\n  b: 1\n  c: 2\n"
    assert Splice("a: {}").add(("a",), "c", 2).text == "a: {c: 2}"


@pytest.mark.parametrize(
    "value", ["a: b", "no", "null", "", "200", "é, {", None, True, 1.5, {"a": ["b", {}]}]
)
def test_values_in_line(value: object) -> None:
    assert yaml_loader.parse(f"{{a: {inline(value)}}}") == {"a": value}
