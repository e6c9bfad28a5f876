"""JSON bodies that are decoded once, for readers that do not change them."""

from typing import Any, Final

import orjson

_MAX_BYTES: Final = 4 * 1024 * 1024


class DecodedBodies:
    """The values of bodies that were read lately, found by their bytes: no value can be out of date.

    All readers get the same object, so none may change it.
    """

    def __init__(self) -> None:
        self._values: dict[bytes, Any] = {}
        self._bytes = 0

    def decode(self, body: bytes) -> Any:
        """The value of the body, which must not be changed."""
        value = self._values.get(body)
        if value is None:
            value = orjson.loads(body)
            self._bytes += len(body)
            if self._bytes > _MAX_BYTES:
                self._values.clear()
                self._bytes = len(body)
            self._values[body] = value
        return value
