"""Which of JSON and XML a caller takes."""

from typing import Final

from mockserver.call import Call
from mockserver.errors import Problem

JSON: Final = "application/json"
XML: Final = "application/xml"


def choose(call: Call) -> str:
    """The form that a caller of both likes best, JSON in doubt. Raises the problem not_acceptable."""
    json, xml = _weight(call, JSON), _weight(call, XML)
    if not json and not xml:
        raise Problem("not_acceptable")
    return JSON if json >= xml else XML


def demand_json(call: Call) -> None:
    """Raises the problem not_acceptable unless the caller takes JSON."""
    if not _weight(call, JSON):
        raise Problem("not_acceptable")


def wants_xml(call: Call) -> bool:
    """Whether the caller would rather have a refusal as XML."""
    return _weight(call, XML) > _weight(call, JSON)


def sends_xml(call: Call) -> bool:
    """Whether the body is XML by what the caller says of it."""
    return call.headers.get("content-type", "").partition(";")[0].strip().lower() == XML


def _weight(call: Call, media_type: str) -> float:
    """How much the caller likes it, 0 to 1: the most exact range that fits decides (RFC 9110)."""
    accept = call.headers.get("accept", "").strip()
    if not accept:
        return 1.0
    weights = {"": 0.0}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weights[name] = next((_quality(one[2:]) for one in parameters if one.startswith("q=")), 1.0)
    return next(weights[one] for one in (media_type, "application/*", "*/*", "") if one in weights)


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0
