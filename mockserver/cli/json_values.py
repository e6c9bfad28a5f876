"""Values on the command line that are JSON, or text where they are not."""

from typing import Any

from mockserver.formats.json_text import parse_json


def parse_value(text: str) -> Any:
    """The JSON value; text that is not JSON is a string."""
    try:
        return parse_json(text)
    except ValueError:
        return text
