"""Syntax errors in the words of Go's scanner, by the states of `scanner.go`."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.vendors.ortto.go_scanner import TOO_DEEP, syntax_error

VALUE, KEY = "looking for beginning of value", "looking for beginning of object key string"


@pytest.mark.parametrize(
    ("raw", "wrong"),
    [
        (b'{"X": "foo", "Y"}', "'}' after object key"),
        (b"[1, 2, 3+]", "'+' after array element"),
        (b'{"X":12x}', "'x' after object key:value pair"),
        (b'[2, 3 "a"]', "'\"' after array element"),
        (b'{"a":1,}', f"'}}' {KEY}"),
        (b"[1,]", f"']' {VALUE}"),
        (b"{'a':1}", f"'\\'' {KEY}"),
        (b"{a:1}", f"'a' {KEY}"),
        (b"{} {}", "'{' after top-level value"),
        (b'{"a":01}', "'1' after object key:value pair"),
        (b"-x", "'x' in numeric literal"),
        (b"[1.]", "']' after decimal point in numeric literal"),
        (b"[1e+]", "']' in exponent of numeric literal"),
        (b"trux", "'x' in literal true (expecting 'e')"),
        (b"NaN", f"'N' {VALUE}"),
        (b'"\x01"', "'\\x01' in string literal"),
        (b'"\n"', "'\\n' in string literal"),
        (b"\x0b", f"'\\v' {VALUE}"),
        (rb'"\x"', "'x' in string escape code"),
        (rb'"\u12"', "'\"' in \\u hexadecimal character escape"),
        (b"\xef\xbb\xbf{}", f"'ï' {VALUE}"),
        (b"\xff\xfe{\x00", f"'ÿ' {VALUE}"),
        (b"\x80", f"'\\u0080' {VALUE}"),
        ("{😀:1}".encode(), f"'ð' {KEY}"),
        (b"\\", f"'\\\\' {VALUE}"),
    ],
)
def test_the_first_wrong_byte_is_named(raw: bytes, wrong: str) -> None:
    assert syntax_error(raw) == f"invalid character {wrong}"


@pytest.mark.parametrize(
    "raw", [b"", b" ", b"{", b'{"a"', b'{"a":', b"[1,", b'"a', rb'"\u1', b"tru", b"-", b"1e"]
)
def test_a_text_can_end_too_early(raw: bytes) -> None:
    assert syntax_error(raw) == "unexpected end of JSON input"


def test_a_text_can_be_nested_too_deep() -> None:
    assert syntax_error(b"[" * 10_001) == TOO_DEEP
    assert syntax_error(b"[" * 10_000 + b"]" * 10_000) is None


@given(st.text('[]{}",:01-+.eE \\utrfalsn\n\x00é', max_size=12))
def test_it_accepts_what_is_json(text: str) -> None:
    try:
        json.loads(text, parse_constant=lambda name: json.loads(name.lower() + "!"))
    except ValueError:
        assert syntax_error(text.encode())
    else:
        assert syntax_error(text.encode()) is None
