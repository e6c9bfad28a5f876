"""The parts of a contract: operation, parameter, body, reply and header."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isfinite
from types import MappingProxyType
from typing import Any

from mockserver.contract.coercion import CoercionSpec
from mockserver.contract.extra_members import ExtraMembers
from mockserver.contract.pagination import PaginationSpec
from mockserver.contract.partial_failure import PartialFailureSpec
from mockserver.contract.problem import ProblemSpec
from mockserver.contract.schema import Schema
from mockserver.contract.xml_body import is_xml
from mockserver.formats.url_path import ENCODED_SLASH

MULTIPART = "multipart/form-data"
_URLENCODED = "application/x-www-form-urlencoded"
_INTEGER = re.compile(r"-?[0-9]+", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_BOOLEAN = {"true": True, "false": False}
_MAX_NUMBER_LENGTH = 400  # bounds the work of converting a caller's digits


@dataclass(frozen=True)
class Parameter:
    """One declared parameter; `type` is its schema's JSON type, `item_type` that of an array's items.

    `spell` turns a value into the contract's spelling, where the contract is lenient (`x-parameters`).
    """

    name: str
    location: str
    required: bool
    schema: Schema
    type: str = "string"
    item_type: str = "string"
    explode: bool = True
    problem: str | None = None
    ignore_case: bool = False
    spell: Callable[[str], str] | None = None

    @cached_property
    def lookup(self) -> str:
        """The name for lookups: in lower case for headers, and where the contract ignores case."""
        return self.name.lower() if self.location == "header" or self.ignore_case else self.name

    @cached_property
    def default(self) -> Any:
        """The schema's default, or None."""
        return self.schema.schema.get("default") if isinstance(self.schema.schema, dict) else None

    def read(self, texts: list[str]) -> Any:
        """The typed value of the texts; text of another type stays text, for the schema to reject.

        Of a repeated parameter the first counts, unless it is a list, as in JAX-RS, ASP.NET and Go.
        """
        if self.type != "array":
            return self._typed(texts[0], self.type)
        items = texts if self.explode else texts[0].split(",")
        return [self._typed(text, self.item_type) for text in items]

    def _typed(self, text: str, kind: str) -> Any:
        return read_text(self.spell(text) if self.spell else text, kind)


def read_text(text: str, kind: str) -> Any:
    """The value of a text of a JSON type; text of another type stays text, for the schema to reject."""
    if kind == "boolean":
        return _BOOLEAN.get(text, text)
    if len(text) > _MAX_NUMBER_LENGTH:
        return text
    if kind == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if kind == "number" and _NUMBER.fullmatch(text):
        number = float(text)
        return number if isfinite(number) else text
    return text


@dataclass(frozen=True)
class BodySpec:
    """The declared request body: a schema for each media type.

    `reads_forms`: forms are parsed and validated like JSON; otherwise the handler reads their bytes.
    """

    required: bool
    contents: Mapping[str, Schema]
    problem: str | None = None
    coercion: CoercionSpec | None = None
    reads_forms: bool = False

    def schema_for(self, media_type: str) -> Schema | None:
        """The schema of a media type (without parameters); None if the contract does not accept it."""
        return self.contents.get(media_type) or self.contents.get("*/*")

    @cached_property
    def json_schema(self) -> Schema | None:
        """The schema of the JSON media type, if there is one."""
        return next((schema for name, schema in self.contents.items() if is_json(name)), None)

    @cached_property
    def value_schema(self) -> Schema | None:
        """The schema of JSON, else of the first media type that is read as a JSON value, if there is one."""
        read = (schema for name, schema in self.contents.items() if is_parsed(name))
        return self.json_schema or next(read, None)


@dataclass(frozen=True)
class ReplySpec:
    """One declared reply; `media_type` is None if it has no body."""

    media_type: str | None
    schema: Schema | None
    headers: Mapping[str, "HeaderSpec"] = field(default_factory=dict)
    alternatives: Mapping[str, Schema] = field(default_factory=dict)

    @cached_property
    def extra_members(self) -> ExtraMembers | None:
        """The members that overlays have added to the body; None if the reply has none."""
        return ExtraMembers(self.schema) if self.schema else None

    @property
    def alternative_media_types(self) -> tuple[str, ...]:
        """The media types besides `media_type`."""
        return tuple(self.alternatives)

    @cached_property
    def media_types(self) -> tuple[str, ...]:
        """All its media types; none if it has no body."""
        return (self.media_type, *self.alternatives) if self.media_type else ()

    @cached_property
    def is_json(self) -> bool:
        """Whether its body is JSON."""
        return self.media_type is not None and is_json(self.media_type)

    @cached_property
    def fixed_headers(self) -> dict[str, str]:
        """The headers with a fixed value; they are added to every reply."""
        return {name.title(): one.fixed_value for name, one in self.headers.items() if one.fixed_value}

    @cached_property
    def needs_other_headers(self) -> bool:
        """Whether a header without a fixed value is required."""
        return any(one.required and not one.fixed_value for one in self.headers.values())


@dataclass(frozen=True)
class HeaderSpec:
    """One declared reply header; `fixed_value` is the schema's const or default, sent with every reply."""

    required: bool
    schema: Schema
    type: str = "string"
    fixed_value: str | None = None

    def is_valid(self, text: str) -> bool:
        """Whether the header's text fits its schema."""
        return self.schema.is_valid(read_text(text, self.type))


@dataclass(frozen=True)
class Operation:
    """One method and path. `conditions` maps the error conditions that the core detects to problems.

    With `any_method` it answers the other methods of its path too, and with `any_depth` every path below it.
    `effects` are the kinds of change that it may make, by collection: added, updated, removed. The reply of
    one that `is_stream` goes on until one side ends it. `access` narrows or widens who may call it, in the
    control API.
    """

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: BodySpec | None
    replies: Mapping[str, ReplySpec]
    problems: Mapping[str, ProblemSpec]
    conditions: Mapping[str, str]
    schemes: tuple[str, ...]
    summary: str = ""
    is_read_only: bool = False
    is_stream: bool = False
    access: str = ""
    ignore_case: bool = False
    any_method: bool = False
    any_depth: bool = False
    partial_failure: PartialFailureSpec | None = None
    pagination: PaginationSpec | None = None
    credential_parameters: frozenset[str] = frozenset()
    effects: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def parameter_locations(self) -> frozenset[str]:
        """The locations of its parameters: path, query, header, cookie."""
        return frozenset(parameter.location for parameter in self.parameters)

    @cached_property
    def query_names(self) -> frozenset[str]:
        """The names of its query parameters, and of those that may carry a credential."""
        own = frozenset(one.name for one in self.parameters if one.location == "query")
        return own | self.credential_parameters

    @cached_property
    def defaults(self) -> Mapping[str, Any] | None:
        """The parameters of a call without a query; None if they may be elsewhere, or one is required."""
        if not self.parameter_locations <= {"query"} or any(one.required for one in self.parameters):
            return None
        found = {one.name: one.default for one in self.parameters if one.default is not None}
        return MappingProxyType(found)

    @cached_property
    def success_status(self) -> int:
        """The status of a reply without an explicit one: the first declared 2xx."""
        return next(int(status) for status in self.replies if status.startswith("2") and status.isdigit())

    @cached_property
    def offered_media_types(self) -> tuple[str, ...]:
        """The media types of its successful reply; of its first error with a body if that has none."""
        return self.replies[str(self.success_status)].media_types or offered_media_types(self.replies)

    @cached_property
    def query_lookups(self) -> frozenset[str]:
        """The `query_names` as they are compared: in lower case where the contract ignores case."""
        return frozenset(map(str.lower, self.query_names)) if self.folds_query_names else self.query_names

    @cached_property
    def folds_query_names(self) -> bool:
        """Whether its query parameters are found by names in any case."""
        return any(one.ignore_case for one in self.parameters)

    @cached_property
    def _path_names(self) -> list[str]:
        return re.findall(r"\{([^{}]+)\}", self.path)

    def fill_path_from(self, path: str) -> str:
        """The path template with its parameters replaced by the segments of another path."""
        template, given = self.path.split("/"), path.split("/")
        pairs = zip(template, [*given, *template[len(given) :]], strict=False)
        return "/".join(actual if "{" in segment and actual else segment for segment, actual in pairs)

    @cached_property
    def match(self) -> Callable[[str], re.Match[str] | None]:
        """The matcher of paths that fit this operation's template; its groups are the parameters."""
        names = re.split(r"\{([^{}]+)\}", self.path)
        pattern = "".join(
            f"(?P<p{index}>[^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(names)
        )
        below = "(?:/.*)?" if self.any_depth else ""
        return re.compile(pattern + below, re.DOTALL | (re.IGNORECASE if self.ignore_case else 0)).fullmatch

    def below(self, prefix: str) -> "Operation":
        """The operation for every path at or below the template; it has only the path parameters in there."""
        kept = (one for one in self.parameters if one.location != "path" or f"{{{one.name}}}" in prefix)
        return replace(self, path=prefix, parameters=tuple(kept), any_depth=True)

    def path_texts(self, path: str) -> dict[str, str]:
        """The raw values of the path parameters in a path; empty if it does not match."""
        found = self.match(path)
        if found is None:
            return {}
        texts: Sequence[str] = found.groups()
        if ENCODED_SLASH in path:
            texts = [text.replace(ENCODED_SLASH, "/") for text in texts]
        return dict(zip(self._path_names, texts, strict=True))


def offered_media_types(replies: Mapping[str, ReplySpec]) -> tuple[str, ...]:
    """The media types of the first reply that has a body."""
    return next((one.media_types for one in replies.values() if one.media_types), ())


def is_form(media_type: str) -> bool:
    """Whether a media type (parameters allowed) is a form."""
    return media_type.partition(";")[0].strip().lower() in (_URLENCODED, MULTIPART)


def is_parsed(media_type: str) -> bool:
    """Whether bodies of a media type (parameters allowed) can be read as JSON values."""
    return is_json(media_type) or is_form(media_type) or is_xml(media_type)


def is_json(media_type: str) -> bool:
    """Whether a media type (parameters allowed) is JSON."""
    name = media_type.partition(";")[0].strip().lower()
    return name == "application/json" or name.endswith("+json")
