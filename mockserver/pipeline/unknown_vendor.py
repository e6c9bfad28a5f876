"""Journals calls to vendors that this server does not serve.

Without a contract it is unknown what is secret: query, body and all but a few headers are redacted.
"""

import time
import uuid
from collections.abc import Iterable
from itertools import islice
from typing import Final
from urllib.parse import quote

from mockserver.call import Call, Exchange, WireReply
from mockserver.contract.redaction import REDACTED
from mockserver.formats.bounded_text import clip
from mockserver.formats.suggestions import suggest
from mockserver.formats.timestamps import to_iso
from mockserver.state.journal import decode_body
from mockserver.state.worlds import Worlds

_MAX_TEXT_LENGTH: Final = 8_192  # of a URL, a path, a header
_MAX_HEADERS: Final = 100
_PUBLIC_HEADERS: Final = frozenset({"accept", "content-length", "content-type", "host", "user-agent"})


def journal_call(
    worlds: Worlds, world: str, vendors: Iterable[str], call: Call, reply: WireReply
) -> Exchange:
    """Journals a call whose path begins with the unknown vendor. Raises the problem unknown_world."""
    started = time.perf_counter_ns()
    name = call.path.lstrip("/").partition("/")[0]
    with worlds.store.transaction():
        journal, seed = worlds.journal(world), worlds.get(world)["seed"]
        number = journal.last_number() + 1
        exchange: Exchange = {
            "number": number,
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{seed}/{number}")),
            "at": to_iso(worlds.clock(world).now()),
            "vendor": None,
            "operation": None,
            "call": {
                "method": call.method,
                "url": clip(
                    call.origin + quote(call.path) + ("?" + quote(REDACTED) if call.query else ""),
                    _MAX_TEXT_LENGTH,
                ),
                "path": clip(call.path, _MAX_TEXT_LENGTH),
                "headers": {
                    header: clip(text, _MAX_TEXT_LENGTH) if header in _PUBLIC_HEADERS else REDACTED
                    for header, text in islice(call.headers.items(), _MAX_HEADERS)
                },
                "body": REDACTED if call.raw else "",
            },
            "reply": {"status": reply.status, "headers": reply.headers, "body": decode_body(reply.body)},
            "problem": "unknown_vendor",
            "violations": [],
            "unknown": [],
            "remarks": [],
            "flaw": "unknown_vendor",
            "nearest": suggest(name, vendors),
            "why": None,
            "fault": None,
            "duration_us": (time.perf_counter_ns() - started) // 1000,
        }
        journal.add(exchange)
    return exchange
