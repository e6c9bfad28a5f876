"""Sends a kept reply again: to a call that reads what has not changed since the same call came before.

The same call has the same bytes, headers included, so that one signed anew is never the same. Everything but
validation and handler still happens: authentication, rate limits, faults, jobs, quota, journal. A reply is
kept only if nothing but the call, the world's documents and the day (UTC) decided it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.binding.vendor import Vendor
from mockserver.call import Call, WireReply
from mockserver.contract.validation import UnknownProperty, find_reply_spec, header_violations
from mockserver.pipeline.request_context import RequestContext
from mockserver.state.kept_replies import KeptReplies, State
from mockserver.state.session import RequestSession
from mockserver.state.world import World

_BYTES_OF_OBJECTS: Final = 1_000  # those of a reply with its key, roughly


@dataclass(frozen=True, slots=True)
class KeptReply:
    """A checked and serialized reply, and what the pipeline found out about its call.

    `varying` are those of the `headers` that each reply gets anew. `credential` is that of the call.
    """

    status: int
    headers: Mapping[str, str]
    varying: Mapping[str, str]
    body: bytes
    operation: str
    params: Mapping[str, Any]
    unknown_properties: tuple[UnknownProperty, ...]
    credential: Mapping[str, Any] | None


class ReplyReuse:
    """The place of one call's reply among the kept ones of its world, from authentication to the handler."""

    __slots__ = ("_call", "_context", "_kept", "_key", "_remarks", "_state", "_vendor", "_world")

    def __init__(
        self,
        vendor: Vendor,
        call: Call,
        world: World,
        context: RequestContext,
        kept: KeptReplies,
        version: int,
    ) -> None:
        """`version` is the world's."""
        self._vendor, self._call, self._world, self._context = vendor, call, world, context
        self._kept = kept
        self._state: State = (version, world.today())
        self._remarks = len(call.remarks)
        line = (vendor.name, call.method, call.raw_path, call.path, call.query, call.origin, call.address)
        self._key = (*line, call.raw, *call.headers, *call.headers.values())
        world.is_repeatable = True

    def find(self) -> WireReply | None:
        """The kept reply with headers of its own; fills in the call and its context as validation does."""
        found: KeptReply | None = self._kept.find(self._state, self._key)
        if found is None or found.credential != self._call.credential:
            return None
        call, context = self._call, self._context
        call.operation, call.params = found.operation, found.params
        varying = {**self._vendor.hooks.response_headers(call, self._world), **context.headers}
        headers = {**found.headers, **varying}  # in the same order
        if varying.keys() != found.varying.keys() or (varying and not self._fits(found.status, headers)):
            return None
        context.unknown_properties = found.unknown_properties
        return WireReply(found.status, headers, found.body)

    def keep(self, reply: WireReply) -> None:
        """Keeps the reply of the handler if it can be sent again."""
        call, context = self._call, self._context
        if context.asked_for_id or not self._world.is_repeatable or len(call.remarks) != self._remarks:
            return
        if self._world.version() != self._state[0] or not context.varying.items() <= reply.headers.items():
            return
        found = KeptReply(
            reply.status,
            dict(reply.headers),  # faults change those of the reply
            context.varying,
            b"".join((b"", reply.body)),  # a copy: a dumped buffer pins far more than its length
            call.operation,
            call.params,
            context.unknown_properties,
            call.credential,
        )
        size = len(reply.body) + sum(map(len, self._key)) + _BYTES_OF_OBJECTS
        self._kept.keep(self._state, self._key, found, size)

    def _fits(self, status: int, headers: dict[str, str]) -> bool:
        operation = self._context.operation
        spec = find_reply_spec(operation.replies, status) if operation else None
        return spec is None or not header_violations(spec, headers)


def open_reuse(
    vendor: Vendor, call: Call, session: RequestSession, context: RequestContext
) -> ReplyReuse | None:
    """The place of the call's reply; None if the call cannot be like an earlier one, or nothing is kept."""
    kept, world = session.lookup.kept_replies, session.world
    if context.operation is not None and not context.operation.is_read_only:
        return None
    if kept is None or context.faults or session.has_due_jobs or world.settings.jobs == "immediate":
        return None
    version = world.version()
    return None if version is None else ReplyReuse(vendor, call, world, context, kept, version)
