"""One operation of a contract made from a document: what it does, its replies and its problems."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.contract.operation import is_json
from mockserver.formats.json_pointer import MISSING, resolve
from mockserver.scaffold.contract_parts import ContractParts
from mockserver.scaffold.paging_discovery import standard_pages
from mockserver.scaffold.problem_catalog import ProblemCatalog, usual_error
from mockserver.scaffold.resource_discovery import Resource, ResourceDiscovery, body_schema, success_of
from mockserver.scaffold.schema_reading import SchemaReader
from mockserver.scaffold.source_operations import SourceContent, SourceOperation, SourceReply

_INFERRED: Final = {"x-source": "inferred"}
_FROM_DOCUMENT: Final = {"x-source": "seed", "x-source-at": "document"}
_INVALID: Final = ("body_malformed", "body_missing", "call_invalid")
_MISSING_CREDENTIAL: Final = ("credential_missing", "credential_unknown")


class OperationContract:
    """Writes the operations of one contract; `conditions` are the `x-problems` of its root."""

    def __init__(
        self,
        parts: ContractParts,
        catalog: ProblemCatalog,
        discovery: ResourceDiscovery,
        requirement: list[dict[str, list[str]]],
        conditions: Mapping[str, str],
    ) -> None:
        self._parts = parts
        self._catalog = catalog
        self._discovery = discovery
        self._requirement = requirement
        self._conditions = conditions
        self._reader = SchemaReader(parts.components)

    def node(self, operation: SourceOperation, secured: bool) -> dict[str, Any]:
        """The operation object."""
        action = self._discovery.action_of(operation)
        does = action["does"] if action else "example"
        action = action if action is not None else {"does": "example"}
        problems, errors = self._errors(operation, action, secured)
        responses = {**dict(self._successes(operation, does)), **errors}
        parameters = [self._parts.parameter(operation.id, one) for one in operation.parameters]
        described = operation.node.get("description")
        found: dict[str, Any] = {
            "operationId": operation.id,
            **_FROM_DOCUMENT,
            "x-resource": {**action, **_INFERRED},
            **self._effects(operation, action),
            "summary": operation.summary,
            **({"description": described} if isinstance(described, str) and described else {}),
            **({"deprecated": True} if operation.node.get("deprecated") is True else {}),
            **({"security": []} if self._requirement and not secured else {}),
            **({"x-problems": problems} if problems else {}),
        }
        kept = [one for one in parameters if one is not None]
        if kept:
            found["parameters"] = kept
        if operation.body is not None:
            found["requestBody"] = {
                **({"required": True} if operation.body_required else {}),
                "content": {
                    name: self._parts.request_content(operation.id, name, one)
                    for name, one in operation.body.content.items()
                },
            }
        found["responses"] = responses
        return found | self._pages(action, responses)

    def _pages(self, action: Mapping[str, Any], responses: Mapping[str, Any]) -> dict[str, Any]:
        pages = standard_pages(dict(action)) if action["does"] == "list" else None
        if pages is None:
            return {}
        content = next(iter(responses.values())).get("content", {})
        example = next((one.get("example", MISSING) for one in content.values()), MISSING)
        if not isinstance(resolve(example, pages["items"]), list):
            return {}
        if "next" in pages and resolve(example, pages["next"]) is MISSING:
            return {}
        return {"x-pages": pages}

    def _successes(self, operation: SourceOperation, does: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The successful replies, the one that the fake sends first."""
        chosen, reply = success_of(operation, does)
        if reply is None:
            yield chosen, self._undocumented(operation, does)
        else:
            yield chosen, self._reply(operation, reply)
        for status, other in operation.replies.items():
            if status[0] in "123" and status.isdigit() and status != chosen:
                yield status, self._reply(operation, other)

    def _undocumented(self, operation: SourceOperation, does: str) -> dict[str, Any]:
        """The reply where the document describes no success: the record, if the operation has one."""
        found = {"description": "Success, which the document does not describe.", **_INFERRED}
        resource = self._resource(operation)
        if resource is None or does not in ("create", "update", "replace", "read"):
            return found
        content = SourceContent(resource.schema)
        return {
            **found,
            "content": {"application/json": self._parts.content(operation.id, "application/json", content)},
        }

    def _reply(self, operation: SourceOperation, reply: SourceReply) -> dict[str, Any]:
        headers = self._parts.headers(reply)
        kept = {} if operation.method == "head" else reply.content
        content = {name: self._parts.content(operation.id, name, one) for name, one in kept.items()}
        return {
            "description": reply.description,
            **({"headers": headers} if headers else {}),
            **({"content": content} if content else {}),
        }

    def _errors(
        self, operation: SourceOperation, action: dict[str, Any], secured: bool
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """The `x-problems` that differ from the root's, and the error replies by status."""
        problems: dict[str, str] = {}
        replies: dict[str, Any] = {}
        if secured:
            name = self._declare(operation, 401, replies)
            problems |= dict.fromkeys(_MISSING_CREDENTIAL, name)
        if operation.parameters or operation.body:
            name = self._declare(operation, self._invalid_status(operation), replies, filled=True)
            problems |= dict.fromkeys(_INVALID, name)
            if "415" in operation.replies:
                name = self._declare(operation, 415, replies, filled=True)
            is_other = operation.body is not None and not any(map(is_json, operation.body.content))
            problems |= {"media_type_unsupported": name} if is_other or "415" in operation.replies else {}
        if self._may_miss(action):
            action["missing"] = self._declare(operation, 404, replies, filled=True)
        if action["does"] == "create" and "409" in operation.replies and self._chooses_id(operation):
            action["taken"] = self._declare(operation, 409, replies, filled=True)
        used = success_of(operation, action["does"])[1]
        for status, reply in operation.replies.items():
            if reply is used or status in replies or (status != "default" and status[0] in "123"):
                continue
            if status.isdigit() and any(map(is_json, reply.content)):
                self._declare(operation, int(status), replies)
            else:
                replies[status] = self._plain(reply)
        return {name: one for name, one in problems.items() if self._conditions.get(name) != one}, replies

    def _declare(
        self, operation: SourceOperation, status: int, replies: dict[str, Any], *, filled: bool = False
    ) -> str:
        """Adds the reply of a problem; its name."""
        common = self._catalog.common
        documented = operation.replies.get(str(status))
        attempts = [(documented, usual_error(operation, common)), (None, common)]
        for reply, error in attempts:
            found = self._catalog.declare(status, reply, error, filled=filled)
            if found is not None:
                replies[str(status)] = found[1]
                return found[0]
        raise AssertionError("the common schema allows a value")

    @staticmethod
    def _plain(reply: SourceReply) -> dict[str, Any]:
        """An error reply without a problem: of several statuses, or without a body in JSON."""
        content = {name: {"schema": one.schema} for name, one in reply.content.items() if is_json(name)}
        return {"description": reply.description, **({"content": content} if content else {})}

    @staticmethod
    def _invalid_status(operation: SourceOperation) -> int:
        return 422 if "422" in operation.replies and "400" not in operation.replies else 400

    def _may_miss(self, action: Mapping[str, Any]) -> bool:
        """Whether the record, or one that encloses it, may not exist."""
        if any("collection" in one for one in action.get("within", ())):
            return True
        return action["does"] in ("read", "update", "replace", "delete") and not action.get("creates")

    def _chooses_id(self, operation: SourceOperation) -> bool:
        resource = self._resource(operation)
        members = self._reader.members(body_schema(operation)) if resource else {}
        one = members.get(resource.id) if resource else None
        return one is not None and not (isinstance(one, dict) and one.get("readOnly"))

    def _resource(self, operation: SourceOperation) -> Resource | None:
        resources = self._discovery.resources.values()
        return next((one for one in resources if operation.id in one.actions), None)

    def _effects(self, operation: SourceOperation, action: Mapping[str, Any]) -> dict[str, Any]:
        if operation.method in ("get", "head", "options"):
            return {}
        name = action.get("collection", "")
        does = action["does"]
        if does == "create":
            may_replace = self._chooses_id(operation) and "taken" not in action
            return {"x-effects": {name: ["added", *(["updated"] if may_replace else [])]}}
        if does in ("update", "replace"):
            return {"x-effects": {name: [*(["added"] if action.get("creates") else []), "updated"]}}
        if does == "delete":
            return {"x-effects": {one: ["removed"] for one in self._within(name)}}
        return {"x-effects": {}}

    def _within(self, name: str) -> list[str]:
        """The collection, and all whose records are within its records."""
        found = [name]
        for one in found:
            for resource in self._discovery.resources.values():
                places = (action.get("within", [{}])[-1] for action in resource.actions.values())
                if resource.name not in found and any(place.get("collection") == one for place in places):
                    found.append(resource.name)
        return found
