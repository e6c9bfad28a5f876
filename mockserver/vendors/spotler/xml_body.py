"""XML bodies of audiences and errors: one element per field under a root element of any name."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from mockserver.errors import Problem

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_WHITESPACE: Final = "\t\n\r"


def parse(raw: bytes) -> dict[str, list[str]]:
    """The texts of the elements under the root, by element name.

    Raises the problem invalid_params for malformed XML, and for any document type, which only attackers send.
    """
    texts: dict[str, list[str]] = {}
    for element in _parse_root(raw):
        texts.setdefault(str(element.tag).rpartition("}")[2], []).append(element.text or "")
    return texts


def _parse_root(raw: bytes) -> Element:
    try:
        return fromstring(raw, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Problem("invalid_params", reason="The body must not contain a document type") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Problem("invalid_params", reason=f"The body is not well-formed XML: {error}") from error


def render(root: str, fields: Mapping[str, Any]) -> str:
    """Renders a document; a field that is None is omitted, a list becomes one element per item."""
    elements = (
        f"<{name}>{_escape(item)}</{name}>"
        for name, value in fields.items()
        for item in (value if isinstance(value, list) else [value])
        if item is not None
    )
    return f"{_DECLARATION}<{root}>{''.join(elements)}</{root}>"


def _escape(value: Any) -> str:
    """Escapes markup and replaces characters that XML forbids: control characters and lone surrogates."""
    legal = (one if one in _WHITESPACE or _is_legal(one) else "\ufffd" for one in str(value))
    return escape("".join(legal), quote=False).replace("\r", "&#13;")


def _is_legal(one: str) -> bool:
    return one >= " " and not "\ud800" <= one <= "\udfff" and one not in "\ufffe\uffff"
