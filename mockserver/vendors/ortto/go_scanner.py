"""Syntax errors of JSON in the words of Go's encoding/json, which reads bytes and names the first wrong one.

The texts are those of its scanner (`scanner.go`). It prints a byte above 127 as the character of that
number.
"""

import re
from typing import Final

END: Final = "unexpected end of JSON input"
TOO_DEEP: Final = "exceeded max depth"
_MAX_DEPTH: Final = 10_000

_SPACE: Final = re.compile(rb"[ \t\n\r]*")
_TEXT: Final = re.compile(rb'(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_HEX: Final = re.compile(rb"[0-9a-fA-F]{0,4}")
_DIGITS: Final = re.compile(rb"[0-9]+")
_LITERALS: Final = {b"t": b"true", b"f": b"false", b"n": b"null"}
_ESCAPES: Final = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}


def syntax_error(raw: bytes) -> str | None:
    """Why a text is not JSON for Go. None: it is."""
    try:
        _scan(raw)
    except ValueError as error:
        return str(error)
    return None


def quote(char: str) -> str:
    """A character in quotes, as Go prints it."""
    if char == "'":
        return "'\\''"
    if char == '"':
        return "'\"'"
    if char == "\\":
        return "'\\\\'"
    if char.isprintable():
        return f"'{char}'"
    number = ord(char)
    named = f"\\x{number:02x}" if number < 0x80 else f"\\u{number:04x}"
    return f"'{_ESCAPES.get(char, named)}'"


def _scan(raw: bytes) -> None:
    """Raises the error of a text that is not JSON."""
    open_brackets: list[bytes] = []
    at = _space(raw, 0)
    while True:
        at, opened = _begin(raw, at, open_brackets)
        if opened:
            continue
        while open_brackets:
            at = _space(raw, at)
            is_object = open_brackets[-1] == b"{"
            byte = raw[at : at + 1]
            if byte == b",":
                at = _space(raw, at + 1)
                at = _key(raw, at) if is_object else at
                break
            if byte != (b"}" if is_object else b"]"):
                raise _wrong(raw, at, "after object key:value pair" if is_object else "after array element")
            open_brackets.pop()
            at += 1
        else:
            at = _space(raw, at)
            if at < len(raw):
                raise _wrong(raw, at, "after top-level value")
            return


def _begin(raw: bytes, at: int, open_brackets: list[bytes]) -> tuple[int, bool]:
    """Reads a scalar or an empty object or array; of others, up to their first value, still to be read."""
    byte = raw[at : at + 1]
    if byte not in (b"{", b"[") or not byte:
        return _scalar(raw, at), False
    if len(open_brackets) == _MAX_DEPTH:
        raise ValueError(TOO_DEEP)
    after = _space(raw, at + 1)
    if raw[after : after + 1] == (b"}" if byte == b"{" else b"]"):
        return after + 1, False
    open_brackets.append(byte)
    return (_key(raw, after) if byte == b"{" else after), True


def _key(raw: bytes, at: int) -> int:
    """Where the value of the member begins whose key is here."""
    if raw[at : at + 1] != b'"':
        raise _wrong(raw, at, "looking for beginning of object key string")
    at = _space(raw, _string(raw, at + 1))
    if raw[at : at + 1] != b":":
        raise _wrong(raw, at, "after object key")
    return _space(raw, at + 1)


def _scalar(raw: bytes, at: int) -> int:
    byte = raw[at : at + 1]
    if byte == b'"':
        return _string(raw, at + 1)
    if byte == b"-" or byte.isdigit():
        return _number(raw, at)
    literal = _LITERALS.get(byte)
    if literal is None:
        raise _wrong(raw, at, "looking for beginning of value")
    for number, expected in enumerate(literal):
        if raw[at + number : at + number + 1] != bytes((expected,)):
            text = f"in literal {literal.decode()} (expecting {quote(chr(expected))})"
            raise _wrong(raw, at + number, text)
    return at + len(literal)


def _string(raw: bytes, at: int) -> int:
    """The end of a string whose opening quote is before this place."""
    found = _TEXT.match(raw, at)
    at = found.end() if found else at
    byte = raw[at : at + 1]
    if byte == b'"':
        return at + 1
    if byte != b"\\":
        raise _wrong(raw, at, "in string literal")
    if raw[at + 1 : at + 2] != b"u":
        raise _wrong(raw, at + 1, "in string escape code")
    digits = _HEX.match(raw, at + 2)
    raise _wrong(raw, digits.end() if digits else at, "in \\u hexadecimal character escape")


def _number(raw: bytes, at: int) -> int:
    if raw[at : at + 1] == b"-":
        at += 1
    # A number that begins with 0 has no further digits before the point.
    at = at + 1 if raw[at : at + 1] == b"0" else _digits(raw, at, "in numeric literal")
    if raw[at : at + 1] == b".":
        at = _digits(raw, at + 1, "after decimal point in numeric literal")
    if raw[at : at + 1] in (b"e", b"E"):
        at += 2 if raw[at + 1 : at + 2] in (b"+", b"-") else 1
        at = _digits(raw, at, "in exponent of numeric literal")
    return at


def _digits(raw: bytes, at: int, where: str) -> int:
    found = _DIGITS.match(raw, at)
    if not found:
        raise _wrong(raw, at, where)
    return found.end()


def _space(raw: bytes, at: int) -> int:
    found = _SPACE.match(raw, at)
    return found.end() if found else at


def _wrong(raw: bytes, at: int, where: str) -> ValueError:
    if at >= len(raw):
        return ValueError(END)
    return ValueError(f"invalid character {quote(chr(raw[at]))} {where}")
