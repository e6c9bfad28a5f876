"""Replays a capsule in a new world, step by step, up to the first difference."""

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from mockserver.call import Call, WireReply
from mockserver.control import vendor_access
from mockserver.control.capsule_overlays import check_overlays
from mockserver.control.capsule_steps import Mask, changes_of, reply_of, state_digests, vendors_of
from mockserver.control.replayed_difference import StepDifference, compare_changes, compare_reply
from mockserver.errors import InvalidCapsuleError, InvalidStateError, Problem
from mockserver.formats.address_mask import AddressMask, servers_mask
from mockserver.formats.capsule_reference import expand, in_base64
from mockserver.formats.timestamps import from_iso
from mockserver.pipeline.handler import handle_call
from mockserver.pipeline.sealed_call import read_issued
from mockserver.pipeline.unknown_vendor import journal_call
from mockserver.state import state_file
from mockserver.state.action_log import ActionLog
from mockserver.state.capsule_file import Capsule
from mockserver.state.credentials import Credentials, KnownCredential
from mockserver.state.portable_state import create_world
from mockserver.state.worlds import Worlds

_OPERATIONS: Final = frozenset(
    {
        "set_clock",
        "run_jobs",
        "run_backstage",
        "add_fault",
        "remove_fault",
        "clear_faults",
        "set_settings",
        "start_profile",
        "end_profile",
        "mint_credential",
        "revoke_credential",
        "create_snapshot",
        "restore_snapshot",
        "delete_snapshot",
        "reset_world",
    }
)
"""The operations of the control API that a capsule may have as actions: each changes one world."""
_SOURCE: Final = re.compile(r"\{\{capsule:reply:([ea][0-9]+):")
_FIRST_ERROR: Final = 400
_YEARS: Final = range(1899, 2301)
_RECORD_AGAIN: Final = "record the capsule again"


class Replay:
    """One capsule and the world in which it is replayed."""

    def __init__(self, worlds: Worlds, capsule: Capsule, world: str, server: str) -> None:
        """`world` is the name of the new world, `server` the base URL of this server."""
        self._worlds = worlds
        self._capsule = capsule
        self._name = world
        self._server = server
        self._ids: dict[str, str] = {}
        """The ids of credentials in this world, by those in the recorded one."""
        self._minted: dict[str, dict[str, str]] = {}
        self._sources = {found for step in capsule.steps for found in _SOURCE.findall(_as_text(step))}
        self._replies: dict[str, tuple[bytes, Mapping[str, str]]] = {}
        self._twice: list[Call] = []
        """The calls of which the second delivery is to come."""
        self._used = vendors_of(capsule.steps).union(*(step.get("ready", ()) for step in capsule.steps))
        self._ready: set[str] = set()
        """The vendors whose jobs ran by then in the recorded world: since their seed data was written."""
        self.done: list[dict[str, Any]] = []
        """The steps that were replayed: `{title, exchange, action, status}`."""

    def begin(self, label: str | None) -> None:
        """Creates the world with the start of the capsule.

        Raises world_exists, too_many_worlds, call_does_not_fit (the name) and `InvalidCapsuleError`.
        """
        worlds = self._worlds
        for step in self._capsule.steps:
            self._check(step)
        if "overlays" in self._capsule.manifest:
            check_overlays(self._capsule.manifest["overlays"], worlds, self._used)
        try:
            start = state_file.unpack(self._capsule.start, "the capsule's start.zip")
            with worlds.store.transaction():
                self._record = create_world(worlds, start, self._name, label, title="capsule")
                self._adopt(self._capsule.manifest["credentials"])
        except InvalidStateError as error:
            raise InvalidCapsuleError(error.where, error.what, error.fix) from error

    def run(self, until: int | None) -> StepDifference | None:
        """Replays the steps up to an exchange, or all; the first difference ends it."""
        limits = self._worlds.job_runner.limits
        limits[self._name] = self._ready
        try:
            return self._run(until)
        finally:
            del limits[self._name]

    def _run(self, until: int | None) -> StepDifference | None:
        for step in self._capsule.steps:
            last = self.done[-1]["exchange"] if self.done else 0
            is_exchange = "action" not in step
            if until is not None and (last >= until or (is_exchange and step["number"] > until)):
                return None
            # A call and a backstage action write the seed data of their vendor.
            called = (step.get("vendor"), step.get("params", {}).get("vendor"))
            self._ready |= self._used.intersection((*step.get("ready", ()), *called))
            found = self._exchange(step) if is_exchange else self._action(step)
            if found is not None:
                return found
        return None if until is not None and until < self._capsule.manifest["exchanges"] else self._end()

    def _check(self, step: Mapping[str, Any]) -> None:
        """Refuses a step that this server cannot replay. Raises `InvalidCapsuleError`."""
        where = f"the capsule, {self._capsule.title(dict(step))}"
        whole_reset = step.get("action") == "reset_world" and not vendors_of([step])
        if "action" in step and (step["action"] not in _OPERATIONS or whole_reset):
            raise InvalidCapsuleError(where, "capsules have no such action", _RECORD_AGAIN)
        _moment(step["at"], where)
        try:
            b64decode(step.get("call", {}).get("base64", ""), validate=True)
        except ValueError as error:
            raise InvalidCapsuleError(where, f"invalid Base64: {error}", _RECORD_AGAIN) from error
        for vendor in sorted(vendors_of([step]).union(step.get("ready", ())) - {*self._worlds.vendors}):
            known = ", ".join(self._worlds.vendors)
            what = f"this server does not serve {vendor} (it serves {known})"
            raise InvalidCapsuleError(where, what, "start the server with that vendor")

    def _adopt(self, credentials: Iterable[Mapping[str, Any]]) -> None:
        """Finds the credentials of the start in this world, and mints those that were minted before."""
        owned = self._worlds.credentials(self._name)
        initial = {(one["vendor"], one["field"]): one for one in owned.all()}
        for wanted in credentials:
            known = initial.get((wanted["vendor"], wanted["field"]))
            if wanted["minted"] and wanted["vendor"] in self._worlds.vendors:
                known = self._mint(owned, wanted)
            if known is not None:
                self._ids[wanted["id"]] = known["id"]
                self._minted[wanted["id"]] = known["fields"]

    def _mint(self, owned: Credentials, wanted: Mapping[str, Any]) -> KnownCredential:
        """A credential like one that was minted before the start."""
        expires = _moment(wanted["expires"], "the capsule") if wanted.get("expires") else None
        try:
            minted = owned.mint(wanted["vendor"], wanted["field"], wanted.get("tenant"), expires)
        except Problem as problem:
            what = f"a credential of {wanted['vendor']} cannot be minted ({problem.name})"
            raise InvalidCapsuleError("the capsule", what, _RECORD_AGAIN) from problem
        if wanted.get("revoked"):
            owned.revoke(minted["id"])
        return minted

    def _exchange(self, step: Mapping[str, Any]) -> StepDifference | None:
        number = step["number"]
        call = step.get("call")
        if "unknown" in step:
            self._set_clock(step["at"])
            self._call_unknown(step)
        elif call is not None or self._twice:
            reply = self._send(step, call) if call is not None else self._send_again(step)
            if f"e{number}" in self._sources:
                self._replies[f"e{number}"] = reply.body, reply.headers
        journalled = self._worlds.journal(self._name).read(after=number - 1, limit=1)
        title = self._capsule.title(dict(step))
        if not journalled or journalled[0]["number"] != number:
            return StepDifference(title, "exchange", None, None, "it did not happen")
        exchange = journalled[0]
        self._note(step, title, exchange["reply"]["status"])
        mask = AddressMask(self._origin(step["vendor"] or "-"), self._name)
        found = compare_reply(title, step, exchange, reply_of(exchange, mask), self._capsule.bodies)
        return found or compare_changes(title, step, changes_of(exchange, mask, self._used), exchange)

    def _send(self, step: Mapping[str, Any], sent: Mapping[str, Any]) -> WireReply:
        self._set_clock(step["at"], sent.get("clock_step", 0.0))
        vendor = step["vendor"]
        bound = vendor_access.find_vendor(self._worlds, vendor)
        call = self._call(vendor, sent)
        if not sent.get("refused"):
            world = self._worlds.load(self._worlds.get(self._name), vendor)
            bound.hooks.resign(call, world, self._minted.get(sent.get("signer", ""), {}))
        return handle_call(self._worlds, bound, call, self._name, self._twice.append)

    def _send_again(self, step: Mapping[str, Any]) -> WireReply:
        """Delivers the call again that a fault delivers twice, at the time at which it was."""
        self._set_clock(step["at"])
        bound = vendor_access.find_vendor(self._worlds, step["vendor"])
        return handle_call(self._worlds, bound, self._twice.pop(0), self._name)

    def _call(self, vendor: str, sent: Mapping[str, Any]) -> Call:
        def text(template: str) -> str:
            return expand(template, lambda content: self._value(vendor, content))

        raw = text(sent.get("text", "")).encode()
        if "base64" in sent:
            raw = b64decode(in_base64(sent["base64"], text))
        return Call(
            method=text(sent["method"]),
            path=text(sent["path"]),
            query=text(sent["query"]),
            headers={text(name).lower(): text(one) for name, one in sent["headers"].items()},
            raw=raw,
            origin=self._origin(vendor),
            address=sent.get("address", ""),
            raw_path=text(sent["raw_path"]),
            notes=tuple(map(text, sent.get("notes", ()))),
        )

    def _value(self, vendor: str, content: str) -> str:
        """The value of a reference in this world; a text that is valid nowhere if it has none."""
        kind, _, name = content.partition(":")
        if kind in ("origin", "server", "host"):
            places = {"origin": self._origin(vendor), "server": self._server}
            return places.get(kind, urlsplit(self._server).netloc)
        owner, _, field = name.partition(".")
        if kind == "credential":
            return self._record["credentials"].get(owner, {}).get(field, "unknown")
        if kind == "minted":
            return self._minted.get(owner, {}).get(field, "unknown")
        if kind == "reply" and name.count(":") > 1:
            source, index, place = name.split(":", 2)
            parts = read_issued(place, *self._replies[source]) if source in self._replies else None
            try:
                return parts(int(index)) if parts else "unknown"
            except (LookupError, ValueError):
                return "unknown"
        return "unknown"

    def _call_unknown(self, step: Mapping[str, Any]) -> None:
        method, path = step["unknown"]
        reply = step["reply"]
        body = self._text(reply["body"])
        sent = Call(method, path, origin=f"{self._server}/w/{self._name}")
        answered = WireReply(reply["status"], dict(reply["headers"]), body.encode())
        redaction = next(iter(vendor_access.vendors_by_name(self._worlds).values())).contract.redaction
        journal_call(self._worlds, self._name, self._worlds.vendors, redaction, sent, answered)

    def _action(self, step: Mapping[str, Any]) -> StepDifference | None:
        title, operation = self._capsule.title(dict(step)), step["action"]
        body = step["body"]
        if operation == "set_clock":
            body = {"now": step["at"], "frozen": True}
        else:
            self._set_clock(step["at"])
        text = _as_text(body)
        vendor = str(step["params"].get("vendor") or "-")
        body = orjson.loads(expand(text, lambda content: self._value(vendor, content)))
        params = {**step["params"], "world": self._name}
        if "credential" in params:
            params["credential"] = self._ids.get(params["credential"], params["credential"])
        try:
            reply = self._perform(operation, params, body)
        except Problem as problem:
            return StepDifference(title, "action", "done", "refused", problem.name)
        result: Any = orjson.loads(reply.body) if reply.body else None
        self._note(step, title, reply.status)
        if reply.status >= _FIRST_ERROR:
            return StepDifference(title, "action", "done", "refused", result["message"])
        if operation == "mint_credential":
            self._ids[step["id"]] = result["id"]
            self._minted[step["id"]] = result["fields"]
        self._replies[f"a{step['number']}"] = reply.body, reply.headers
        logged = ActionLog(self._worlds.store, self._name).read(step["number"] - 1, 1)
        mask = AddressMask(f"{self._server}/-", self._name)
        if not logged:
            return StepDifference(title, "action", "logged", "not logged", "it changed nothing")
        return compare_changes(title, step, changes_of(logged[0], mask, self._used), logged[0])

    def _perform(self, operation: str, params: Mapping[str, Any], body: Any) -> WireReply:
        perform = self._worlds.perform
        if perform is None:
            raise InvalidCapsuleError("the capsule", "it has actions", "replay it on a server")
        reply: WireReply = perform(operation, params, body, self._server)
        return reply

    def _end(self) -> StepDifference | None:
        """Compares the state at the end."""
        recorded = self._capsule.manifest["state"]
        mask: Mask = servers_mask([f"{self._server}/-"], self._name)
        replayed = state_digests(self._worlds, self._name, self._used, mask)
        for name in sorted({*recorded, *replayed}):
            if recorded.get(name) != replayed.get(name):
                return StepDifference("the end", f"state of {name}", None, None, "its records differ")
        return None

    def _set_clock(self, at: str, step: float = 0.0) -> None:
        """Freezes the clock at a time; due jobs stay for the next call."""
        moment = from_iso(at) - timedelta(seconds=step)
        with self._worlds.store.transaction():
            clock = self._worlds.clock(self._name)
            if clock.mode != "frozen":
                clock.freeze()
            if clock.now() != moment:
                clock.set(moment)

    def _note(self, step: Mapping[str, Any], title: str, status: int) -> None:
        is_action = "action" in step
        last = self.done[-1]["exchange"] if self.done else 0
        number = step["number"]
        self.done.append(
            {
                "title": title,
                "exchange": last if is_action else number,
                "action": number if is_action else None,
                "status": status,
            }
        )

    def _origin(self, vendor: str) -> str:
        return f"{self._server}/w/{self._name}/{vendor}"

    def _text(self, body: Any) -> str:
        return self._capsule.bodies[body] if isinstance(body, int) else ""


def _moment(text: str, where: str) -> datetime:
    """The time, which a clock can show. Raises `InvalidCapsuleError`."""
    try:
        moment = from_iso(text)
    except ValueError as error:
        raise InvalidCapsuleError(where, f"invalid time: {error}", _RECORD_AGAIN) from error
    if moment.year not in _YEARS:
        raise InvalidCapsuleError(where, f"the clock cannot show the year {moment.year}", _RECORD_AGAIN)
    return moment


def _as_text(value: Any) -> str:
    return orjson.dumps(value).decode()
