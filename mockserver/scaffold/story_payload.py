"""Payloads of generated stories that are not JSON: the text of a form or of an XML document."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote_plus

import orjson

from mockserver.contract.form_body import read_form
from mockserver.contract.operation import MULTIPART, is_form, is_json, read_text
from mockserver.contract.sample_value import fits
from mockserver.contract.schema import Schema
from mockserver.contract.xml_body import is_xml, read_xml, render_xml

_BOUNDARY: Final = "part-of-a-story"
_EXPRESSION: Final = "$steps."


def encode_payload(media_type: str, value: Any, schema: Any, components: Mapping[str, Any]) -> dict[str, Any]:
    """The `requestBody` of a step whose value is sent in this media type; JSON stays as it is."""
    if is_xml(media_type):
        return {"contentType": media_type, "payload": render_xml(_embedded(value), schema, components)}
    if not is_form(media_type) or not isinstance(value, dict):
        return {"contentType": media_type, "payload": value}
    if media_type != MULTIPART:
        text = "&".join(f"{quote_plus(name)}={_quoted(one)}" for name, one in _fields(value))
        return {"contentType": media_type, "payload": text}
    text = "".join([*_parts(value), f"--{_BOUNDARY}--\r\n"])
    return {"contentType": f"{media_type}; boundary={_BOUNDARY}", "payload": text}


def can_be_read(media_type: str, value: Any, schema: Any, components: Mapping[str, Any]) -> bool:
    """Whether the value still fits its schema once it was sent: a form does not tell `5` from `"5"`."""
    if is_json(media_type):
        return True
    sent = encode_payload(media_type, value, schema, components)
    raw = str(sent["payload"]).encode()
    try:
        if is_xml(media_type):
            read = read_xml(raw, schema, components, read_text)
        elif is_form(media_type):
            read = read_form(raw, sent["contentType"], schema, components, read_text)
        else:
            return True
    except ValueError:
        return False
    return fits(Schema(schema, dict(components)), read)


def _parts(value: Mapping[str, Any]) -> Iterator[str]:
    """The parts of a multipart form; an object is one in JSON."""
    for name, member in value.items():
        for one in member if isinstance(member, list) else [member]:
            is_text = isinstance(one, str)
            kind = "" if is_text else "\r\nContent-Type: application/json"
            text = _embedded(one) if is_text else orjson.dumps(_embedded(one)).decode()
            head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
            yield f"{head}{kind}\r\n\r\n{text}\r\n"


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
