"""Parsing of JSON bodies, limited to what can be encoded again."""

import pytest

from mockserver.contract.json_body import MAX_DEPTH, read_json


@pytest.mark.parametrize(
    "text", [b'{"a": [1, {}]}', "null", b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, "[" + "[]," * 999 + "1]"]
)
def test_values_that_orjson_encodes_are_read(text: bytes | str) -> None:
    read_json(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", b"\xff", "NaN", '"\\ud800"', "\ud800", "[" * 5000),
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        '{"a":' * 300 + "1" + "}" * 300,
    ],
)
def test_invalid_or_deeply_nested_json_is_rejected(text: bytes | str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_json(text)
