"""Content negotiation between JSON and XML."""

from typing import Final

from mockserver.call import Call
from mockserver.errors import Problem

JSON: Final = "application/json"
XML: Final = "application/xml"


def choose_media_type(call: Call) -> str:
    """The media type that the Accept header prefers, JSON if equal. Raises the problem not_acceptable."""
    json, xml = _quality(call, JSON), _quality(call, XML)
    if not json and not xml:
        raise Problem("not_acceptable")
    return JSON if json >= xml else XML


def require_json(call: Call) -> None:
    """Raises the problem not_acceptable unless the Accept header allows JSON."""
    if not _quality(call, JSON):
        raise Problem("not_acceptable")


def prefers_xml(call: Call) -> bool:
    """True if the Accept header prefers XML to JSON."""
    return _quality(call, XML) > _quality(call, JSON)


def has_xml_body(call: Call) -> bool:
    """True if the Content-Type header is XML."""
    return call.headers.get("content-type", "").partition(";")[0].strip().lower() == XML


def _quality(call: Call, media_type: str) -> float:
    """Quality of a media type in the Accept header, 0 to 1; the most specific range decides (RFC 9110)."""
    accept = call.headers.get("accept", "").strip()
    if not accept:
        return 1.0
    qualities = {"": 0.0}
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weights = (_parse_quality(one[2:]) for one in parameters if one.startswith("q="))
        qualities[media_range] = next(weights, 1.0)
    return next(qualities[one] for one in (media_type, "application/*", "*/*", "") if one in qualities)


def _parse_quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0
