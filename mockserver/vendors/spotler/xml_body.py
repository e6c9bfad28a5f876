"""Audiences and refusals as XML: one element a field, under a root that nobody looks at."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from mockserver.errors import Problem

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_WHITE: Final = "\t\n\r"


def read(raw: bytes) -> dict[str, list[str]]:
    """The texts of the elements under the root, by their names.

    Raises the problem invalid_params for what is not XML, and for any document type: only attackers send one.
    """
    texts: dict[str, list[str]] = {}
    for element in _root(raw):
        texts.setdefault(str(element.tag).rpartition("}")[2], []).append(element.text or "")
    return texts


def _root(raw: bytes) -> Element:
    try:
        return fromstring(raw, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Problem("invalid_params", reason="The body has a document type, which is refused") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Problem("invalid_params", reason=f"The body is not XML that can be read: {error}") from error


def written(root: str, fields: Mapping[str, Any]) -> str:
    """The document; a field without a value is left out, a list is one element for each."""
    elements = (
        f"<{name}>{_text(value)}</{name}>"
        for name, given in fields.items()
        for value in (given if isinstance(given, list) else [given])
        if value is not None
    )
    return f"{_HEAD}<{root}>{''.join(elements)}</{root}>"


def _text(value: Any) -> str:
    """XML has no place for most control characters, nor for half of a surrogate pair."""
    kept = (one if one in _WHITE or _is_legal(one) else "\ufffd" for one in str(value))
    return escape("".join(kept), quote=False).replace("\r", "&#13;")


def _is_legal(one: str) -> bool:
    return one >= " " and not "\ud800" <= one <= "\udfff" and one not in "\ufffe\uffff"
