"""Calls to a vendor that this server does not fake: the journal shall tell that they were made."""

import time
import uuid
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from mockserver.call import Call, WireReply
from mockserver.formats.suggestions import suggest
from mockserver.formats.timestamps import to_iso
from mockserver.state.journal import Exchange, decode_body
from mockserver.state.worlds import Worlds

_HARMLESS: Final = frozenset({"accept", "content-length", "content-type", "host", "user-agent"})
_BLANK: Final = "…"  # nobody knows which of it is secret


def journal_call(worlds: Worlds, world: str, vendors: Iterable[str], call: Call, sent: WireReply) -> Exchange:
    """Journals the call, whose path begins with the unknown vendor. Raises the problem unknown_world."""
    started = time.perf_counter_ns()
    called = call.path.lstrip("/").partition("/")[0]
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
                "url": call.origin + quote(call.path) + ("?" + quote(_BLANK) if call.query else ""),
                "path": call.path,
                "headers": {
                    name: text if name in _HARMLESS else _BLANK for name, text in call.headers.items()
                },
                "body": _BLANK if call.raw else "",
            },
            "reply": {"status": sent.status, "headers": sent.headers, "body": decode_body(sent.body)},
            "problem": "unknown_vendor",
            **{name: [] for name in ("violations", "unknown", "remarks")},
            "flaw": "unknown_vendor",
            "nearest": suggest(called, vendors),
            **dict.fromkeys(("why", "fault")),
            "duration_us": (time.perf_counter_ns() - started) // 1000,
        }
        journal.add(exchange)
    return exchange
