"""Values on the command line that are JSON, or text where they are not."""

import json
from typing import Any


def parse_value(text: str) -> Any:
    """The JSON value; text that is not JSON is a string."""
    try:
        return json.loads(text)
    except ValueError:
        return text
