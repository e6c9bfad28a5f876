"""Payloads of generated stories that are not JSON: the text of a form or of an XML document."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote_plus

import orjson

from mockserver.contract.operation import MULTIPART, is_form
from mockserver.contract.xml_body import is_xml, render_xml

_BOUNDARY: Final = "part-of-a-story"
_EXPRESSION: Final = "$steps."


def encode_payload(media_type: str, value: Any, schema: Any, components: Mapping[str, Any]) -> dict[str, Any]:
    """The `requestBody` of a step whose value is sent in this media type; JSON stays as it is."""
    if is_xml(media_type):
        return {"contentType": media_type, "payload": render_xml(_embedded(value), schema, components)}
    if not is_form(media_type) or not isinstance(value, dict):
        return {"contentType": media_type, "payload": value}
    fields = [*_fields(value)]
    if media_type != MULTIPART:
        text = "&".join(f"{quote_plus(name)}={_quoted(one)}" for name, one in fields)
        return {"contentType": media_type, "payload": text}
    parts = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{_embedded(one)}\r\n'
        for name, one in fields
    )
    text = "".join([*parts, f"--{_BOUNDARY}--\r\n"])
    return {"contentType": f"{media_type}; boundary={_BOUNDARY}", "payload": text}


def _fields(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The names and texts of a form with this value; members of objects and lists are in brackets."""
    if isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for member, one in members:
            yield from _fields(one, f"{name}[{member}]" if name else str(member))
    elif value is not None:
        yield name, value if isinstance(value, str) else orjson.dumps(value).decode()


def _quoted(text: str) -> str:
    return _embedded(text) if text.startswith(_EXPRESSION) else quote_plus(text)


def _embedded(value: Any) -> Any:
    """The value with its expressions in braces, as they are replaced in a text."""
    if isinstance(value, dict):
        return {name: _embedded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_embedded(one) for one in value]
    return f"{{{value}}}" if isinstance(value, str) and value.startswith(_EXPRESSION) else value
