"""One OpenAPI document and the references inside it."""

from pathlib import Path
from typing import Any

from mockserver.contract.document_shape import shape_errors
from mockserver.errors import InvalidContractError, InvalidYamlError
from mockserver.formats import yaml_cache
from mockserver.formats.json_pointer import MISSING, resolve
from mockserver.paths import contracts


class Document:
    """A parsed document; `$ref`s are local (`#/…`) and may chain."""

    def __init__(self, root: dict[str, Any], name: str) -> None:
        self.root = root
        self.name = name
        self.removed_operations: frozenset[str] = frozenset()
        """The operations that overlays have removed."""
        self.account_credentials: dict[str, str] = {}
        """The credentials of the default world that overlays give, by field."""
        self._targets: dict[str, Any] = {}

    @classmethod
    def read(cls, path: Path, *, checks_shape: bool = True) -> "Document":
        """The document in the file. Raises `InvalidContractError` if it is missing or not a YAML mapping.

        With `checks_shape`, also if a part of a document from outside is of a kind that cannot be read.
        """
        name = f"{path.parent.name}/{path.name}"
        try:
            root = yaml_cache.read(path)
        except OSError as error:
            raise InvalidContractError(
                name, f"cannot be read ({error.strerror})", f"put the contract at {path}"
            ) from None
        except InvalidYamlError as error:
            raise InvalidContractError(name, f"is not YAML ({error})", "fix the file at that line") from None
        if not isinstance(root, dict):
            raise InvalidContractError(name, "is not a mapping", "start it with `openapi: 3.1.0`")
        if checks_shape and not path.is_relative_to(contracts()):
            for wrong in shape_errors(root, name):
                raise InvalidContractError(*wrong)
        return cls(root, name)

    def resolve(self, node: Any) -> Any:
        """The node itself, or the target of its `$ref` (chain)."""
        seen: set[str] = set()
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            if reference in seen:
                raise InvalidContractError(self.name, f"$ref {reference} is circular", "break the cycle")
            seen.add(reference)
            node = self.resolve_reference(reference)
        return node

    def resolve_reference(self, reference: str) -> Any:
        """The target of a local reference such as `#/components/schemas/Error`."""
        known = self._targets.get(reference, MISSING)
        if known is not MISSING:
            return known
        if not reference.startswith("#/"):
            raise InvalidContractError(
                self.name, f"$ref {reference} is not local", "move its target into this file"
            )
        node = resolve(self.root, reference[1:])
        if node is MISSING:
            raise InvalidContractError(self.name, f"$ref {reference} does not resolve", "add its target")
        self._targets[reference] = node
        return node
