"""A contract as overlays leave it: their actions applied, every changed rule marked, the result checked."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, Final

from mockserver.contract.contract import METHODS, Contract
from mockserver.contract.document import Document
from mockserver.contract.document_shape import shape_errors
from mockserver.contract.lint import UNREADABLE, lint_document
from mockserver.contract.lint.document_walker import SUPPORTED, kinds_on_the_way
from mockserver.contract.overlay import OVERLAY, OVERLAYS, Overlay
from mockserver.contract.removed_operations import forget_operations
from mockserver.errors import InvalidContractError
from mockserver.formats.json_pointer import MISSING, format_pointer, resolve
from mockserver.formats.suggestions import suggest

Tokens = tuple[str, ...]
_PRECIOUS: Final = ("openapi", "info", "paths", "components", "x-credentials")
_UNMARKED: Final = frozenset({"document", "reference", "source", "components", "xml", "info"})
_DIGITS: Final = 9  # of an index, so that they sort as numbers
_INSTALL: Final = "pip install 'audience-mockserver[overlays]'"


def read_contract(path: Path, overlays: Sequence[Overlay] = ()) -> Contract:
    """The contract in the file, adapted by the overlays. Raises `InvalidContractError`.

    What an overlay leaves must pass the lint, but for the check that it is valid OpenAPI, which
    `mockserver lint` adds.
    """
    document = Document.read(path)
    if not overlays:
        return Contract(document)
    try:
        apply_overlays(document, overlays)
        contract = Contract(document)
    except InvalidContractError:
        raise
    except UNREADABLE as error:
        what = f"leaves a contract that cannot be read ({type(error).__name__}: {error})"
        fix = "compare what it changes with OpenAPI 3.1"
        raise InvalidContractError(overlays[-1].where, what, fix) from error
    for found in lint_document(contract, validates_openapi=False):
        where = f"{overlays[-1].where}: what it leaves of {found.where}"
        raise InvalidContractError(where, found.what, found.fix)
    return contract


def apply_overlays(document: Document, overlays: Sequence[Overlay]) -> None:
    """Changes the document in place. Raises `InvalidContractError` for an action that cannot be applied."""
    before, methods = _operation_ids(document.root), _methods(document.root)
    applied = [_Application(document, one).apply() for one in overlays]
    for place, what, fix in shape_errors(document.root, document.name):
        raise InvalidContractError(f"{overlays[-1].where}: what it leaves of {place}", what, fix)
    document.root[OVERLAYS] = applied
    if not any(document.root["paths"].values()):
        raise InvalidContractError(overlays[-1].where, "leaves no operation", "keep one of them")
    document.removed_operations = frozenset(before - _operation_ids(document.root))
    gone = document.removed_operations | (methods - _methods(document.root))
    forget_operations(document.root, frozenset(gone))
    document.account_credentials = dict(_take_credentials(document.root, overlays[-1].where))


class _Application:
    """One overlay in the course of its application."""

    def __init__(self, document: Document, overlay: Overlay) -> None:
        self._root = document.root
        self._name = document.name
        self._overlay = overlay
        self._changes: list[dict[str, str]] = []
        self._added: list[Tokens] = []
        self._changed: list[Tokens] = []
        self._sourced: set[Tokens] = set()

    def apply(self) -> dict[str, Any]:
        """The entry of `x-overlays`, once all actions are applied."""
        removed: list[tuple[str, Tokens]] = []
        for number, action in enumerate(self._overlay.actions):
            where = f"{self._overlay.where}#/actions/{number}"
            found = self._find(where, action["target"])
            if action.get("remove"):
                removed += [(where, tokens) for tokens in found]
                self._remove(where, found)
            else:
                for tokens in found:  # a copy for each, since later actions may change one of them
                    self._update(where, tokens, deepcopy(action["update"]))
            self._mark()
        for where, tokens in removed:
            self._check_required(where, tokens)
        return {
            "title": self._overlay.title,
            "file": Path(self._overlay.where).name,
            "digest": self._overlay.digest,
            "actions": len(self._overlay.actions),
            "changes": self._changes,
        }

    def _find(self, where: str, target: str) -> list[Tokens]:
        """The places that the target selects, in the document's order."""
        query = _compile(where, target)
        found = [tuple(map(str, match.parts)) for match in query.finditer(self._root)]
        if not found:
            raise InvalidContractError(where, f"{target} selects nothing in {self._name}", self._hint(query))
        return list(dict.fromkeys(found))

    def _hint(self, query: Any) -> str:
        """How to correct a query that selects nothing: by the longest part of it that selects something."""
        parts = range(len(query.segments) + 1)
        starts = [type(query)(env=query.env, segments=query.segments[:length]) for length in parts]
        matched = [(start, match) for start in starts for match in islice(start.finditer(self._root), 1)]
        start, last = matched[-1]
        names = [str(name) for name in last.obj] if isinstance(last.obj, dict) else []
        close = suggest(str(query.segments[len(start.segments)]).strip("[]'"), names)
        return f"did you mean {close}?" if close else f"only {start} selects something; correct the rest"

    def _remove(self, where: str, found: list[Tokens]) -> None:
        # From the last to the first, so that the indexes of those that are left stay right.
        for tokens in sorted(found, key=_order, reverse=True):
            if not tokens or (len(tokens) == 1 and tokens[0] in _PRECIOUS):
                what = f"removes {tokens[0] if tokens else 'the whole document'}, which every contract needs"
                raise InvalidContractError(where, what, "remove something below it")
            if tokens[0] == "x-switches" and len(tokens) < 3:  # the code of the vendor reads them
                what = f"removes {'the switch ' if tokens[1:] else ''}{tokens[-1]}, which the fake reads"
                raise InvalidContractError(where, what, "update its `default`")
            parent = resolve(self._root, tokens[:-1])
            if isinstance(parent, list):
                del parent[int(tokens[-1])]
            elif isinstance(parent, dict):
                parent.pop(tokens[-1], None)
            self._note(tokens, "removed")

    def _check_required(self, where: str, tokens: Tokens) -> None:
        """Raises `InvalidContractError` if a schema still requires a property that is removed."""
        if tokens[-2:-1] != ("properties",) or resolve(self._root, tokens) is not MISSING:
            return
        owner, name = resolve(self._root, tokens[:-2]), tokens[-1]
        if isinstance(owner, dict) and name in owner.get("required", ()):
            what = f"removes {name}, which {format_pointer(tokens[:-2])} still requires"
            fix = f"remove it there too, by the filter [?@ == '{name}'] on `required`"
            raise InvalidContractError(where, what, fix)

    def _update(self, where: str, tokens: Tokens, update: Any) -> None:
        target = resolve(self._root, tokens)
        if isinstance(target, list):
            self._append(tokens, target, update)
        elif isinstance(target, dict) and isinstance(update, dict):
            self._merge(where, tokens, target, update)
        else:
            what = f"updates {format_pointer(tokens)}, which is neither a mapping nor a list"
            if isinstance(target, dict):
                what = f"updates the mapping {format_pointer(tokens) or '/'} with something else"
            raise InvalidContractError(where, what, "target the mapping around it, and write {name: value}")

    def _merge(self, where: str, tokens: Tokens, target: dict[str, Any], update: dict[str, Any]) -> None:
        if "x-source" in update:
            self._sourced.add(tokens)
            if "x-source-at" not in update:
                target.pop("x-source-at", None)
        for name, value in update.items():
            below = (*tokens, name)
            old = target.get(name, MISSING)
            if isinstance(old, dict) and isinstance(value, dict):
                self._merge(where, below, old, value)
            elif isinstance(old, list) and isinstance(value, list):
                for one in value:
                    self._append(below, old, one)
            elif old is MISSING:
                target[name] = value
                self._note(below, "added")
                self._added.append(below)
            elif old != value or type(old) is not type(value):
                target[name] = value
                self._note(below, "changed")
                self._changed.append(below)

    def _append(self, tokens: Tokens, target: list[Any], value: Any) -> None:
        target.append(value)
        below = (*tokens, str(len(target) - 1))
        self._note(below, "added")
        self._added.append(below)

    def _note(self, tokens: Tokens, change: str) -> None:
        self._changes.append({"at": format_pointer(tokens), "change": change})

    def _mark(self) -> None:
        """Gives the rules that the last action has added or changed the source `overlay`."""
        for tokens in (*self._added, *self._changed):
            for place in _rules_at(self._root, tokens):
                node = resolve(self._root, place)
                is_new = place[: len(tokens)] == tokens
                if is_new:
                    node.setdefault("x-source", OVERLAY)
                elif place not in self._sourced:
                    node["x-source"] = OVERLAY
                    node.pop("x-source-at", None)
        self._added, self._changed, self._sourced = [], [], set()


def _order(tokens: Tokens) -> list[str]:
    return [token.zfill(_DIGITS) for token in tokens]


def _rules_at(root: dict[str, Any], tokens: Tokens) -> Iterator[Tokens]:
    """The objects that declare the source of these tokens: it, those in it, or one around it."""
    around: Tokens = ()
    for length, kind in kinds_on_the_way(tokens):
        if length > len(tokens):  # a map or a list of such objects
            holder = resolve(root, tokens)
            keys = holder if isinstance(holder, dict) else map(str, range(len(holder)))
            yield from (one for key in keys for one in [(*tokens, key)] if _is_marked(root, one, kind))
            return
        if _is_marked(root, tokens[:length], kind):
            around = tokens[:length]
    if around:
        yield around


def _is_marked(root: dict[str, Any], tokens: Tokens, kind: str) -> bool:
    node = resolve(root, tokens)
    return kind in SUPPORTED and kind not in _UNMARKED and isinstance(node, dict) and _keeps_marks(node, kind)


def _keeps_marks(node: dict[str, Any], kind: str) -> bool:
    return kind == "schema" or "$ref" not in node


def _compile(where: str, target: str) -> Any:
    try:
        library = import_module("jsonpath")
    except ModuleNotFoundError:
        raise InvalidContractError(where, "overlays need the package python-jsonpath", _INSTALL) from None
    try:
        return library.JSONPathEnvironment(strict=True).compile(target)
    except library.JSONPathError as error:
        reason = str(error).partition("\n")[0]
        fix = "write it like $.paths['/contacts'].get, as RFC 9535 has it"
        raise InvalidContractError(where, f"the target {target} is not a JSONPath ({reason})", fix) from None


def _operation_ids(root: dict[str, Any]) -> set[str]:
    items = [item for item in root.get("paths", {}).values() if isinstance(item, dict)]
    nodes = [node for item in items for node in item.values() if isinstance(node, dict)]
    return {node["operationId"] for node in nodes if "operationId" in node}


def _methods(root: dict[str, Any]) -> set[str]:
    """The methods of all operations, as limits name them."""
    return {name.upper() for item in root.get("paths", {}).values() for name in item if name in METHODS}


def _take_credentials(root: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
    """The values of `x-credentials`; they leave the document, which is public."""
    for name, spec in root.get("x-credentials", {}).items():
        if isinstance(spec, dict) and "value" in spec:
            value = spec.pop("value")
            if not isinstance(value, str) or not value.isprintable() or not value.strip():
                what = f"the value of the credential {name} is not a text"
                raise InvalidContractError(where, what, "write it in quotes")
            yield name, value
