"""Records a replay capsule of a world: from its journal, its log of actions and its credentials."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from mockserver import __version__
from mockserver.call import Exchange
from mockserver.control.capsule_overlays import applied_overlays
from mockserver.control.capsule_steps import Mask, changes_of, reply_of, state_digests, vendors_of
from mockserver.errors import InvalidCapsuleError, InvalidStateError
from mockserver.formats.address_mask import AddressMask, servers_mask
from mockserver.formats.capsule_reference import in_base64, reference, secret_digest, translate
from mockserver.state.action_log import MAX_ACTIONS, ActionLog, SealedAction
from mockserver.state.capsule_file import FORMAT, VERSION, Capsule
from mockserver.state.credentials import KnownCredential
from mockserver.state.journal import Journal, SealedExchange
from mockserver.state.portable_state import export_start
from mockserver.state.world_record import WorldRecord
from mockserver.state.worlds import Worlds

_RESET: Final = "reset the world, and record it after the calls that matter"
_COPYING: Final = frozenset({"create_world", "open_link"})
"""The operations that are recorded only where they make a copy of another world."""
_ADDRESSES: Final = "192.0.2.{}"
_SENT: Final = ("method", "path", "raw_path", "query", "headers", "text", "notes", "signer")
_NO_MASK: Final[Mask] = lambda text: text  # noqa: E731


def record_capsule(worlds: Worlds, name: str) -> tuple[Capsule, Mask]:
    """A capsule of the world, and a mask of its addresses. Raises unknown_world, `InvalidCapsuleError`."""
    record, journal, log = worlds.get(name), worlds.journal(name), ActionLog(worlds.store, name)
    actions = log.read_sealed(0, MAX_ACTIONS)
    _check_complete(journal, actions, f"the world {name}")
    exchanges = [_read(journal, number) for number in range(1, journal.last_number() + 1)]
    credentials = worlds.credentials(name).all()
    references = _References(record, credentials)
    used = vendors_of([*(one.exchange for one in exchanges), *(one.sealed or {} for one in actions)])
    entries = [*(one.exchange for one in exchanges), *(one.action for one in actions)]
    used |= {job["vendor"] for entry in entries for job in entry["jobs"]}
    used = used.union(*(one.sealed.get("ready", ()) for one in actions if one.sealed))
    steps = [*_Steps(record, references, used).merge(exchanges, actions)]
    origins = [one.sealed["origin"] for one in exchanges if one.sealed]
    origins += [f"{one.sealed['origin']}/-" for one in actions if one.sealed]
    mask = servers_mask(origins, name)
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "product": __version__,
        "world": name,
        "label": record.get("label"),
        "exchanges": len(exchanges),
        "credentials": [*_at_start(credentials, actions)],
        "overlays": applied_overlays(worlds, used),
        "state": state_digests(worlds, name, used, mask),
    }
    try:
        start = export_start(worlds, name, sorted(used))
    except InvalidStateError as error:
        raise InvalidCapsuleError(error.where, error.what, error.fix) from error
    bodies: list[str] = []
    for step in steps:
        if "reply" in step:
            bodies.append(step["reply"]["body"])
            step["reply"]["body"] = len(bodies) - 1
    return Capsule(manifest, start, steps, bodies), mask


def _check_complete(journal: Journal, actions: list[SealedAction], where: str) -> None:
    """Refuses a world of which not all is known that happened to it."""
    if journal.is_cleared:
        raise InvalidCapsuleError(where, "its journal was cleared, with what happened before", _RESET)
    dropped = journal.count_dropped()
    if dropped:
        raise InvalidCapsuleError(where, f"its journal has dropped {dropped} exchanges", _RESET)
    if actions and actions[0].action["number"] > 1:
        what = f"of its actions the first {actions[0].action['number'] - 1} were dropped"
        raise InvalidCapsuleError(where, what, _RESET)
    made: set[str] = set()
    for action, sealed in actions:
        operation = action["operation"]
        if sealed is None:
            sent = f"what was sent with action {action['number']} ({operation})"
            what = f"{sent} is too large, or has too many names, or secrets that cannot be taken out"
            raise InvalidCapsuleError(where, what, _RESET)
        if operation in _COPYING:
            raise InvalidCapsuleError(where, "it is a copy of a world in an unknown state", _RESET)
        if operation == "import_snapshot":
            raise InvalidCapsuleError(
                where, "a snapshot was imported into it", "create a world of that state"
            )
        if sealed["operation"] == "create_snapshot":
            made.add(sealed["body"]["name"])
        if sealed["operation"] == "restore_snapshot" and sealed["params"]["name"] not in made:
            what = f"its snapshot {sealed['params']['name']} was made before what is known of it"
            raise InvalidCapsuleError(where, what, "make the snapshot after the reset")


def _read(journal: Journal, number: int) -> SealedExchange:
    found = journal.read_sealed(number)
    if found is None or (found.sealed is None and found.exchange["vendor"] is not None):
        sent = "sent too large a body, too many names, or secrets that cannot be taken out"
        kept = f"{sent}, or was stored by an older release"
        what = kept if found else "is not in the journal"
        raise InvalidCapsuleError(f"exchange {number}", what, _RESET)
    return found


def _at_start(credentials: list[KnownCredential], actions: list[SealedAction]) -> Iterator[dict[str, Any]]:
    """The credentials that the world had before the first action, as capsules have them."""
    minted = {
        one.sealed["id"] for one in actions if one.sealed and one.sealed["operation"] == "mint_credential"
    }
    revoked = {
        one.sealed["params"]["credential"]
        for one in actions
        if one.sealed and one.sealed["operation"] == "revoke_credential"
    }
    for known in credentials:
        if known["id"] in minted:
            continue
        entry: dict[str, Any] = {key: known[key] for key in ("id", "vendor", "field", "minted")}
        if known["minted"]:
            was_revoked = known["revoked"] and known["id"] not in revoked
            entry |= {"tenant": known.get("tenant"), "expires": known["expires"], "revoked": was_revoked}
        yield entry


class _References:
    """Resolves the digests of secrets: to credentials, parts of earlier replies, else their stand-ins."""

    def __init__(self, record: WorldRecord, credentials: list[KnownCredential]) -> None:
        key = record.get("secret", "")
        self._known: dict[tuple[str, str], str] = {}
        for vendor, fields in record["credentials"].items():
            for field, value in fields.items():
                self._known.setdefault((vendor, secret_digest(value, key)), f"credential:{vendor}.{field}")
        for one in credentials:
            for field, value in one["fields"].items():
                self._known.setdefault(
                    (one["vendor"], secret_digest(value, key)), f"minted:{one['id']}.{field}"
                )
        self._issued: dict[str, str] = {}
        self.missed = False
        """Whether a stand-in was used since this was unset."""

    def issue(self, source: str, issued: Mapping[str, Any]) -> None:
        """Adds the secrets in a reply: of an exchange (`e1`) or of an action (`a1`)."""
        for digest, (index, place) in issued.items():
            if "{" not in place and "}" not in place:
                self._issued.setdefault(digest, f"reply:{source}:{index}:{place}")

    def apply(self, vendor: str, value: Any) -> Any:
        """A JSON value with its references resolved, at any depth."""
        if isinstance(value, str):
            return translate(value, lambda content: self._resolve(vendor, content))
        if isinstance(value, dict):
            return {self.apply(vendor, name): self.apply(vendor, one) for name, one in value.items()}
        return [self.apply(vendor, one) for one in value] if isinstance(value, list) else value

    def _resolve(self, vendor: str, content: str) -> str:
        kind, _, rest = content.partition(":")
        if kind != "secret":
            return reference(content)
        digest, _, stand_in = rest.partition(":")
        found = self._known.get((vendor, digest)) or self._issued.get(digest)
        self.missed |= found is None
        return reference(found) if found else stand_in


class _Steps:
    """Turns the exchanges and actions of a world into the steps of a capsule, in their order."""

    def __init__(self, record: WorldRecord, references: _References, used: set[str]) -> None:
        self._name = record["name"]
        self._references = references
        self._addresses: dict[str, str] = {}
        self._used = used
        self._ready: set[str] = set()

    def merge(self, exchanges: list[SealedExchange], actions: list[SealedAction]) -> Iterator[dict[str, Any]]:
        """The steps in their order."""
        waiting = iter(actions)
        action = next(waiting, None)
        for exchange in exchanges:
            while action and action.action["after"] < exchange.exchange["number"]:
                yield self._action(action)
                action = next(waiting, None)
            yield self._exchange(exchange)
        while action:
            yield self._action(action)
            action = next(waiting, None)

    def _exchange(self, found: SealedExchange) -> dict[str, Any]:
        exchange, sealed = found
        mask = AddressMask(sealed["origin"], self._name) if sealed else _NO_MASK
        status, headers, body = reply_of(exchange, mask)
        step: dict[str, Any] = {
            "at": exchange["at"],
            **{key: exchange[key] for key in ("number", "vendor", "operation", "problem")},
            "reply": {"status": status, "headers": headers, "body": body},
            **self._newly_ready(exchange),
            **changes_of(exchange, mask, self._used),
        }
        if sealed is None:
            step["unknown"] = [exchange["call"]["method"], exchange["call"]["path"]]
        elif not sealed.get("redelivered"):
            step["call"] = self._call(exchange, sealed)
        if sealed:
            self._references.issue(f"e{exchange['number']}", sealed["issued"])
        return step

    def _newly_ready(self, entry: Mapping[str, Any], ready: Iterable[str] = ()) -> dict[str, list[str]]:
        """The vendors whose seed data was written by then, as their jobs ran, though they were not called."""
        found = {*ready, *(job["vendor"] for job in entry["jobs"])} & self._used - self._ready
        self._ready |= found
        return {"ready": sorted(found)} if found else {}

    def _call(self, exchange: Exchange, sealed: dict[str, Any]) -> dict[str, Any]:
        sent = {key: sealed[key] for key in _SENT if sealed.get(key) or key in _SENT[:5]}
        self._references.missed = False
        call: dict[str, Any] = self._apply(exchange, sent)
        if "base64" in sealed:
            call["base64"] = in_base64(sealed["base64"], lambda text: str(self._apply(exchange, text)))
        if sealed["address"]:
            place = len(self._addresses) + 1
            call["address"] = self._addresses.setdefault(sealed["address"], _ADDRESSES.format(place))
        if sealed["refused"]:
            call["refused"] = True
        if self._references.missed:
            call["foreign"] = True
        if "clock_step" in sealed:
            call["clock_step"] = sealed["clock_step"]
        return call

    def _apply(self, exchange: Exchange, value: Any) -> Any:
        return self._references.apply(exchange["vendor"] or "", value)

    def _action(self, found: SealedAction) -> dict[str, Any]:
        action, sealed = found.action, found.sealed or {}  # `_check_complete` has refused those without
        vendor = action["vendor"] or ""
        mask = AddressMask(f"{sealed['origin']}/-", self._name)
        step = {
            "at": action["at"],
            "number": action["number"],
            "action": sealed["operation"],
            "params": sealed["params"],
            "body": self._references.apply(vendor, sealed["body"]),
            "id": sealed["id"],
            **self._newly_ready(action, sealed.get("ready", ())),
            **changes_of(action, mask, self._used),
        }
        self._references.issue(f"a{action['number']}", sealed["issued"])
        return step
