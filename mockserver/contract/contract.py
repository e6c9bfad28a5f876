"""A contract: an OpenAPI document with its operations, problems and extensions read, ready to check calls."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mockserver.contract.behaviour_switch import SwitchSpec, read_switches
from mockserver.contract.coercion import CoercionSpec
from mockserver.contract.credential import (
    CredentialHeader,
    CredentialSpec,
    read_credential_headers,
    read_credentials,
)
from mockserver.contract.document import Document
from mockserver.contract.operation import BodySpec, HeaderSpec, Operation, Parameter, ReplySpec
from mockserver.contract.overlay import OVERLAYS, account_members
from mockserver.contract.pagination import PaginationSpec
from mockserver.contract.parameter_leniency import ParameterLeniency
from mockserver.contract.partial_failure import PartialFailureSpec
from mockserver.contract.problem import ProblemSpec
from mockserver.contract.provenance import Provenance
from mockserver.contract.rate_limit import RateLimitSpec, read_limits
from mockserver.contract.redaction import Redaction
from mockserver.contract.root_rules import RootRules, RuleBook
from mockserver.contract.routes import Routes
from mockserver.contract.schema import Schema, json_type
from mockserver.contract.sensitive_fields import COMMON, SensitiveFields, read_sensitive_fields
from mockserver.contract.servers import Server
from mockserver.errors import InvalidContractError
from mockserver.formats.json_pointer import MISSING, resolve
from mockserver.formats.suggestions import suggest

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
READ_METHODS = ("get", "head", "options")
"""The methods of operations that only read, unless `x-reads` says otherwise."""


@dataclass(frozen=True)
class UnroutedSpec:
    """The vendor's replies and problems for calls that no operation matches (`x-unrouted`)."""

    replies: Mapping[str, ReplySpec] = field(default_factory=dict)
    problems: Mapping[str, ProblemSpec] = field(default_factory=dict)


_Reply = tuple[ReplySpec, dict[str, ProblemSpec]]
"""A declared reply, and its problems by name."""


class Contract:
    """The contract of one vendor, of a vendor's backstage, or of the control API."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._shared: dict[tuple[str, str], _Reply] = {}
        self._limits_by_operation: dict[str, tuple[RateLimitSpec, ...]] = {}
        self._secrets: list[SensitiveFields] = []
        self.backstage: Contract | None = None
        """The contract of the vendor's own UI, if it has one."""
        self._shared_redaction: Callable[[], Redaction] | None = None
        self.name: str = document.name
        root = document.root
        self.conditions: dict[str, str] = dict(root.get("x-problems", {}))
        self.reply_content_type: str = root.get("x-reply-content-type", "application/json")
        self.reply_newline: bool = bool(root.get("x-reply-newline", False))
        self.has_overlays: bool = OVERLAYS in root
        self.first_call: str | None = root.get("x-first-call")
        self.credential_parameters: frozenset[str] = frozenset(root.get("x-credential-parameters", ()))

    @classmethod
    def read(cls, path: Path) -> "Contract":
        """The contract in the file. Raises `InvalidContractError`."""
        return cls(Document.read(path))

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """Every operation by its operationId."""
        found: dict[str, Operation] = {}
        for path, method, item, node in self.operation_nodes():
            operation = self._operation(path, method, item, node)
            if operation.id in found:
                raise InvalidContractError(
                    self.name, f"operationId {operation.id} is used twice", "rename one of them"
                )
            found[operation.id] = operation
        return found

    def operation_nodes(self) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
        """Path, method, path item and operation object of every operation, as in the document."""
        for path, item in self.document.root.get("paths", {}).items():
            for method in METHODS:
                if method in item:
                    yield path, method, item, item[method]

    @cached_property
    def problems(self) -> dict[str, ProblemSpec]:
        """Every problem by its name, those of unrouted calls first."""
        found: dict[str, ProblemSpec] = dict(self.unrouted.problems)
        for operation in self.operations.values():
            found.update(operation.problems)
        return found

    def replies_declaring(self, problem: str) -> Mapping[str, ReplySpec]:
        """The replies that declare the problem, looked up in `x-unrouted` first."""
        owners: tuple[UnroutedSpec | Operation, ...] = (self.unrouted, *self.operations.values())
        return next((owner.replies for owner in owners if problem in owner.problems), {})

    @cached_property
    def unrouted(self) -> UnroutedSpec:
        """The replies to calls that no operation matches."""
        return UnroutedSpec(*self._replies(self.document.root.get("x-unrouted", {})))

    @cached_property
    def preflight(self) -> tuple[int, ReplySpec] | None:
        """Status and reply to OPTIONS on the path of any operation (`x-preflight`)."""
        replies, _problems = self._replies(self.document.root.get("x-preflight", {}))
        return next(((int(status), spec) for status, spec in replies.items()), None)

    @cached_property
    def servers(self) -> tuple[Server, ...]:
        """The vendor's own base URLs."""
        read = [Server.read(node) for node in self.document.root.get("servers", [])]
        return tuple(one for one in read if one is not None)

    @cached_property
    def schemes(self) -> dict[str, dict[str, Any]]:
        """The security schemes by name."""
        schemes = self._components("securitySchemes")
        return {name: self.document.resolve(scheme) for name, scheme in schemes.items()}

    @cached_property
    def default_schemes(self) -> tuple[str, ...]:
        """The security schemes of operations that declare none."""
        return tuple(name for requirement in self.document.root.get("security", []) for name in requirement)

    @cached_property
    def provenance(self) -> Provenance:
        """The sources of its rules."""
        return Provenance(self.document, self.operations)

    @cached_property
    def redaction(self) -> Redaction:
        """Redacts secrets in whatever is logged: its own, or all of a server's (`share_redaction`)."""
        return (
            self._shared_redaction() if self._shared_redaction else Redaction(COMMON | self.sensitive_fields)
        )

    @property
    def sensitive_fields(self) -> SensitiveFields:
        """The names and forms of its secrets."""
        if not self._secrets:  # a list, and no cached property: copies share what one of them finds
            self._secrets.append(read_sensitive_fields(self.document))
        return self._secrets[0]

    def share_redaction(self, shared: Callable[[], Redaction]) -> None:
        """Redacts by the secrets of all vendors of a server: callers send one vendor's to another."""
        self._shared_redaction = shared

    @cached_property
    def account_members(self) -> dict[str, frozenset[str]]:
        """The members that overlays have added to the named schemas, by schema."""
        return account_members(self._components("schemas")) if self.has_overlays else {}

    @cached_property
    def credential_headers(self) -> tuple[CredentialHeader, ...]:
        """The credential fields that are sent in a header."""
        return read_credential_headers(self.credentials, self.schemes)

    @cached_property
    def credentials(self) -> tuple[CredentialSpec, ...]:
        """The credential fields that a world gets for this vendor."""
        return read_credentials(self.document.root, self.document.account_credentials)

    @cached_property
    def limits(self) -> dict[str, RateLimitSpec]:
        """The rate limits by name."""
        return read_limits(self.document.root)

    def limits_of(self, operation: Operation | None, method: str) -> tuple[RateLimitSpec, ...]:
        """The rate limits that count a call; `operation` is None if no operation matches."""
        if operation is None:
            return tuple(one for one in self.limits.values() if one.applies_to(method, None))
        found = self._limits_by_operation.get(operation.id)
        if found is None:
            found = tuple(one for one in self.limits.values() if one.applies_to(operation.method, operation))
            self._limits_by_operation[operation.id] = found
        return found

    @cached_property
    def switches(self) -> dict[str, SwitchSpec]:
        """The behaviour switches by name."""
        return read_switches(self.document.root, self._components("schemas"))

    def rules(self, switches: Mapping[str, Any] = MappingProxyType({})) -> RootRules:
        """The rules of the root in a world with these switches; by default those of a new world."""
        return self._rule_book.under(switches)

    @cached_property
    def _rule_book(self) -> RuleBook:
        return RuleBook(self.document.root, self.switches)

    def route(self, method: str, path: str) -> Operation | tuple[str, ...]:
        """The operation that matches, or the methods that the path supports (none: the path is unknown)."""
        return self.routes.find(method, self.normalize_path(path))

    @property
    def answers_options(self) -> bool:
        """Whether OPTIONS is answered with the methods of the path."""
        return self.routes.standard_methods

    def normalize_path(self, path: str) -> str:
        """The path in the contract's spelling, where the vendor is lenient about prefixes and slashes."""
        return self.routes.normalize(path)

    def suggest_operation(self, method: str, path: str) -> Operation | None:
        """The operation whose method and path are most similar to these; None if none is similar enough."""
        plain = self.normalize_path(path)
        candidates = {f"{one.method} {one.fill_path_from(plain)}": one for one in self.operations.values()}
        close = suggest(f"{method} {plain}", candidates, cutoff=0.5)
        return candidates[close] if close else None

    @cached_property
    def routes(self) -> Routes:
        """The paths of its operations."""
        root = self.document.root
        paths = root.get("paths", {})
        aliases, catches = (
            {path: item.get(key, ()) for path, item in paths.items()} for key in ("x-aliases", "x-catches")
        )
        return Routes(self.operations.values(), root.get("x-paths", {}), aliases, catches)

    def _components(self, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = self.document.root.get("components", {}).get(kind, {})
        return found

    def schema(self, node: Any) -> Schema:
        """A schema of this document, compiled on first use."""
        return Schema(node, self._components("schemas"))

    def _operation(self, path: str, method: str, item: dict[str, Any], node: dict[str, Any]) -> Operation:
        where = f"{self.name} {method.upper()} {path}"
        if not isinstance(node.get("operationId"), str):
            raise InvalidContractError(where, "has no operationId", "name the operation in snake_case")
        replies, problems = self._replies(node.get("responses", {}))
        if not any(status.startswith("2") and status.isdigit() for status in replies):
            raise InvalidContractError(where, "declares no 2xx reply", "add one to its responses")
        security = node.get("security", self.document.root.get("security", []))
        parameters = self._parameters(item, node)
        body = self._body(self.document.resolve(node.get("requestBody")), "x-resource" in node)
        return Operation(
            id=node["operationId"],
            method=method.upper(),
            path=path,
            parameters=parameters,
            body=body,
            replies=replies,
            problems=problems,
            conditions={**self.conditions, **node.get("x-problems", {})},
            schemes=tuple(name for requirement in security for name in requirement),
            summary=node.get("summary", ""),
            is_read_only=node.get("x-reads", method in READ_METHODS) is True,
            is_stream=node.get("x-stream") is True,
            access=node.get("x-access", ""),
            any_method=node.get("x-any-method") is True,
            effects={name: frozenset(changes) for name, changes in node.get("x-effects", {}).items()},
            partial_failure=PartialFailureSpec(**node["x-partial"]) if "x-partial" in node else None,
            pagination=_pagination(node["x-pages"], parameters, body) if "x-pages" in node else None,
            credential_parameters=self.credential_parameters,
        )

    def _parameters(self, item: dict[str, Any], node: dict[str, Any]) -> tuple[Parameter, ...]:
        """The parameters of the path and of the operation; the latter take precedence."""
        nodes = [*item.get("parameters", []), *node.get("parameters", [])]
        read = [self._parameter(self.document.resolve(one)) for one in nodes]
        return tuple({(one.location, one.lookup): one for one in read}.values())

    def _parameter(self, node: dict[str, Any]) -> Parameter:
        shape = self._shape(node)
        return Parameter(
            name=node["name"],
            location=node["in"],
            required=bool(node.get("required", False)),
            schema=self.schema(shape),
            type=json_type(shape),
            item_type=json_type(self.document.resolve(shape.get("items", {}))),
            # style simple separates by commas either way
            explode=node["in"] in ("query", "cookie") and bool(node.get("explode", True)),
            problem=node.get("x-problem"),
            ignore_case=node["in"] == "query" and self._leniency.ignore_case_names,
            spell=self._leniency.spelling(shape, self.document.resolve),
        )

    @cached_property
    def _leniency(self) -> ParameterLeniency:
        return ParameterLeniency.read(self.document.root.get("x-parameters", {}), self.name)

    def _body(self, node: dict[str, Any] | None, reads_forms: bool) -> BodySpec | None:
        if node is None:
            return None
        contents = {
            name.partition(";")[0].strip().lower(): self.schema(content.get("schema", True))
            for name, content in node["content"].items()
        }
        coerce = self.document.root.get("x-coerce")
        coercion = CoercionSpec.read(coerce) if coerce else None
        required = bool(node.get("required", False))
        return BodySpec(required, contents, node.get("x-problem"), coercion, reads_forms)

    def _replies(self, node: dict[str, Any]) -> tuple[dict[str, ReplySpec], dict[str, ProblemSpec]]:
        replies: dict[str, ReplySpec] = {}
        problems: dict[str, ProblemSpec] = {}
        for status, reply in node.items():
            replies[status], declared = self._reply(status, reply)
            problems |= declared
        return replies, problems

    def _reply(self, status: str, node: dict[str, Any]) -> _Reply:
        """One declared reply; a reply shared by several operations is read, and its schema compiled, once."""
        if "$ref" not in node:
            return self._read_reply(status, node)
        key = status, node["$ref"]
        if key not in self._shared:
            self._shared[key] = self._read_reply(status, self.document.resolve(node))
        return self._shared[key]

    def _read_reply(self, status: str, reply: dict[str, Any]) -> _Reply:
        content = reply.get("content", {})
        schemas = {name: self.schema(one.get("schema", True)) for name, one in content.items()}
        media_type = next(iter(schemas), None)
        schema = schemas.pop(media_type) if media_type else None
        headers = {
            name.lower(): self._header(self.document.resolve(header))
            for name, header in reply.get("headers", {}).items()
        }
        problems = {}
        if status.isdigit() and int(status) >= 400 and media_type:
            for name, example in content[media_type].get("examples", {}).items():
                problems[name] = self._problem(name, int(status), self.document.resolve(example))
        return ReplySpec(media_type, schema, headers, schemas), problems

    def _problem(self, name: str, status: int, node: dict[str, Any]) -> ProblemSpec:
        value = node.get("value")
        shared = self.document.root.get("x-fill", {})
        fill = {where: text for where, text in shared.items() if resolve(value, where) is not MISSING}
        return ProblemSpec(name, status, value, fill | node.get("x-fill", {}), node.get("summary", ""))

    def _shape(self, node: dict[str, Any]) -> dict[str, Any]:
        """The schema of a parameter or header, not as a truth value."""
        found = self.document.resolve(node.get("schema", {}))
        return found if isinstance(found, dict) else {} if found else {"not": {}}

    def _header(self, node: dict[str, Any]) -> HeaderSpec:
        shape = self._shape(node)
        fixed = shape.get("const", shape.get("default"))
        return HeaderSpec(
            required=bool(node.get("required", False)),
            schema=self.schema(shape),
            type=json_type(shape),
            fixed_value=None if fixed is None else str(fixed),
        )


def _pagination(
    node: dict[str, Any], parameters: tuple[Parameter, ...], body: BodySpec | None
) -> PaginationSpec:
    """The pagination of a list; the page length is the default of the parameter or member that sets it."""
    size: str = node.get("size", "")
    lengths = {one.name: one.default for one in parameters if one.location == "query"}
    if body and body.json_schema:
        lengths |= {f"/{name}": value for name, value in body.json_schema.defaults.items()}
    return PaginationSpec(
        tuple(node["by"]), node["items"], node.get("next"), size or None, lengths.get(size) or 1
    )
