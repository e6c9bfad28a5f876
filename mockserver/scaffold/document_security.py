"""Security of a document as a contract has it: each credential of the fake is valid where one is needed."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mockserver.scaffold.document_file import SourceDocument, as_mapping
from mockserver.scaffold.source_operations import SourceOperation

_BEARER: Final = {"type": "http", "scheme": "bearer"}


@dataclass
class DocumentSecurity:
    """The schemes, and the credential fields with their values in the default world.

    `carriers` are calls of `carried_credentials` for what is not in a header of the contract.
    """

    schemes: dict[str, Any] = field(default_factory=dict)
    credentials: dict[str, Any] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    carriers: list[tuple[str, ...]] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)

    @property
    def requirement(self) -> list[dict[str, list[str]]]:
        """The alternatives of an operation that needs a credential."""
        return [{name: []} for name in self.schemes]


def read_security(source: SourceDocument, operations: list[SourceOperation], vendor: str) -> DocumentSecurity:
    """The security of the operations."""
    found = DocumentSecurity()
    declared = as_mapping(as_mapping(source.root.get("components")).get("securitySchemes"))
    used = {name for one in operations for name in _names(source, one)}
    fields: dict[str, str] = {}
    for name, raw in declared.items():
        if name not in used:
            continue
        node = as_mapping(source.follow(raw))
        kept = _kept(node)
        key = kept.get("name", "bearer").lower()
        if key not in fields:
            fields[key] = _field(name, found.values)
            _add(found, name, kept, fields[key], vendor)
        _carry(found, node, fields[key])
    return found


def needs_credential(source: SourceDocument, operation: SourceOperation, security: DocumentSecurity) -> bool:
    """Whether a call to the operation needs a credential."""
    return bool(security.schemes) and bool(_names(source, operation))


def auth_module(security: DocumentSecurity) -> str | None:
    """The vendor's `auth.py`; None if the core finds every credential itself."""
    if not security.carriers:
        return None
    functions = ", ".join(sorted({one[0] for one in security.carriers}))
    calls = " + ".join(
        f"{name}(call, {', '.join(map(json.dumps, rest))})" for name, *rest in security.carriers
    )
    return f'''"""Credentials that calls carry elsewhere than in the headers of the contract."""

from mockserver.call import Call
from mockserver.resources.carried_credentials import {functions}


def extract_credentials(call: Call) -> list[tuple[str, str]]:
    """The credential fields of the call, with their values."""
    return {calls}
'''


def _names(source: SourceDocument, operation: SourceOperation) -> list[str]:
    """The schemes of which one is required; none if the operation is public."""
    given = operation.security
    required = given if given is not None else source.root.get("security", [])
    listed = [one for one in required if isinstance(one, dict)] if isinstance(required, list) else []
    if not all(listed):
        return []
    return [name for one in listed for name in one]


def _kept(node: Mapping[str, Any]) -> dict[str, Any]:
    """The scheme that the contract has in place of one of the document."""
    if node.get("type") != "apiKey" or not isinstance(node.get("name"), str):
        return dict(_BEARER)
    name = node["name"]
    if node.get("in") != "header":
        words = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").title()
        name = words if words.startswith("X-") else f"X-{words or 'Api-Key'}"
    return {"type": "apiKey", "in": "header", "name": name}


def _field(name: str, taken: Mapping[str, Any]) -> str:
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    plain = re.sub(r"[^a-z0-9]+", "_", words).strip("_")[:40].strip("_") or "key"
    plain = plain if plain[0].isalpha() else f"key_{plain}"
    return plain if plain not in taken else f"{plain}_{len(taken) + 1}"


def _add(found: DocumentSecurity, name: str, kept: dict[str, Any], field: str, vendor: str) -> None:
    scheme = re.sub(r"[^A-Za-z0-9._-]+", "_", name)
    found.schemes[scheme] = {**kept, "x-source": "inferred"}
    suffix = "" if not found.values else f"-{field.replace('_', '-')}"
    found.credentials[field] = {"scheme": scheme, "mint": f"{vendor}{suffix}-{{hex}}"}
    found.values[field] = f"{vendor}{suffix}-mockserver"


def _carry(found: DocumentSecurity, node: Mapping[str, Any], field: str) -> None:
    where, name = node.get("in"), str(node.get("name", ""))
    if node.get("type") == "apiKey" and where == "query":
        found.carriers.append(("query_credentials", field, name))
        found.parameters.append(name)
    elif node.get("type") == "apiKey" and where == "cookie":
        found.carriers.append(("cookie_credentials", field, name))
    elif node.get("type") == "http" and str(node.get("scheme")).lower() == "basic":
        found.carriers.append(("basic_credentials", field))
