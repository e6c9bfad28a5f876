"""JSON texts that are not UTF-8."""

import json

import pytest

from mockserver.formats.lenient_json import read_marked, replace_invalid


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'"\xe9"', '"\ufffd"'),
        (b'"\xed\xa0\x80"', '"\ufffd\ufffd\ufffd"'),
        (rb'"\ud800"', '"\ufffd"'),
        (rb'"\udfff\ud83d\ude00"', '"\ufffd\\ud83d\\ude00"'),
        (rb'"\ud800\ud83d\ude00"', '"\ufffd\\ud83d\\ude00"'),
        (rb'"\\ud800\n"', '"\\\\ud800\\n"'),
        ('"å"'.encode(), '"å"'),
    ],
)
def test_invalid_characters_are_replaced(raw: bytes, text: str) -> None:
    assert replace_invalid(raw).decode() == text
    assert read_marked(raw).decode() == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(encoding: str) -> None:
    raw = '{"å": "\\ud800"}'.encode(encoding)
    assert json.loads(read_marked(raw)) == {"å": "\ufffd"}
