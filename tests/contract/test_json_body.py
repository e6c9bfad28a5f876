"""JSON as callers send it, read so that it can be written again."""

import pytest

from mockserver.contract.json_body import MAX_DEPTH, read_json


@pytest.mark.parametrize(
    "text", [b'{"a": [1, {}]}', "null", b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, "[" + "[]," * 999 + "1]"]
)
def test_reads_what_can_be_written(text: bytes | str) -> None:
    read_json(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", b"\xff", "NaN", '"\\ud800"', "\ud800", "[" * 5000),
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        '{"a":' * 300 + "1" + "}" * 300,
    ],
)
def test_refuses_what_is_no_json_or_nested_too_deeply(text: bytes | str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_json(text)
