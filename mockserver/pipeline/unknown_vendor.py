"""Journals calls to vendors that this server does not serve.

Without a contract it is unknown what is secret: query, body and all but a few headers are redacted, and what
is left is searched for the secrets of the vendors that are served.
"""

import time
import uuid
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final
from urllib.parse import quote

from mockserver.call import Call, Exchange, WireReply
from mockserver.contract.redaction import REDACTED, Redaction
from mockserver.formats.bounded_text import clip
from mockserver.formats.suggestions import suggest
from mockserver.formats.timestamps import to_iso
from mockserver.state.journal import decode_body
from mockserver.state.worlds import Worlds

_MAX_TEXT_LENGTH: Final = 8_192  # of a URL, a path, a header
_MAX_HEADERS: Final = 100
_PUBLIC_HEADERS: Final = frozenset({"accept", "content-length", "content-type", "host", "user-agent"})


def journal_call(
    worlds: Worlds, world: str, vendors: Iterable[str], redaction: Redaction, call: Call, reply: WireReply
) -> Exchange:
    """Journals a call whose path begins with the unknown vendor. Raises the problem unknown_world."""
    started = time.perf_counter_ns()
    name = call.path.lstrip("/").partition("/")[0]
    path = redaction.text(call.path)
    url = redaction.text(call.origin) + quote(path) + ("?" + quote(REDACTED) if call.query else "")
    public = redaction.headers({one: call.headers[one] for one in call.headers.keys() & _PUBLIC_HEADERS})
    body = redaction.text(decode_body(redaction.reply_body(reply.body)))
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
                "method": redaction.text(call.method),
                "url": clip(url, _MAX_TEXT_LENGTH),
                "path": clip(path, _MAX_TEXT_LENGTH),
                "headers": _headers(call, public),
                "body": REDACTED if call.raw else "",
            },
            "reply": {"status": reply.status, "headers": reply.headers, "body": body},
            "problem": "unknown_vendor",
            "violations": [],
            "unknown": [],
            "remarks": [],
            "flaw": "unknown_vendor",
            "nearest": suggest(name, vendors),
            "why": None,
            "fault": None,
            "duration_us": (time.perf_counter_ns() - started) // 1000,
            "effects": [],
            "effect_counts": {},
            "jobs": [],
        }
        journal.add(exchange)
    worlds.signals.send(world)
    return exchange


def _headers(call: Call, public: Mapping[str, str]) -> dict[str, str]:
    """The first headers of the call, of which only the public ones have their values."""
    first = islice(call.headers, _MAX_HEADERS)
    return {header: clip(public.get(header, REDACTED), _MAX_TEXT_LENGTH) for header in first}
