"""The ids of a call in headers and error bodies: Fanfare's own, and those of the file store (S3)."""

import re
from base64 import b64encode
from hashlib import sha384
from typing import Final

from mockserver.call import Call

_UPLOAD_PATH: Final = re.compile(r"/_uploads(/.*)?", re.DOTALL)


def is_upload(call: Call) -> bool:
    """Whether the call goes to the file store."""
    return _UPLOAD_PATH.fullmatch(call.route) is not None


def request_id(call: Call) -> str:
    """The id of the call, such as `req_0f5a2c1e7d1b4c3a9a551b2c`."""
    return f"req_{call.id.replace('-', '')[:24]}"


def storage_request_id(call: Call) -> str:
    """The id of the call in the file store: 16 hexadecimal digits in upper case."""
    return call.id.replace("-", "")[:16].upper()


def host_id(call: Call) -> str:
    """The extended id of the call in the file store."""
    return b64encode(sha384(call.id.encode()).digest()).decode()
