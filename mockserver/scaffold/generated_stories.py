"""Stories of a vendor made from a document: the life of a record of each resource, and refused calls."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from mockserver.contract.operation import is_json
from mockserver.contract.sample_value import Sampler, fits
from mockserver.contract.schema import Schema
from mockserver.formats.json_pointer import MISSING, format_pointer, resolve
from mockserver.scaffold.contract_document import Draft
from mockserver.scaffold.resource_discovery import Resource
from mockserver.scaffold.schema_reading import SchemaReader
from mockserver.scaffold.story_payload import can_be_read, encode_payload

_TEXT: Final = "text"
_CHANGED: Final = "changed"
_PLAIN_NAME: Final = re.compile(r"[\w.-]+")
_STEP: Final = re.compile(r"[^A-Za-z0-9_-]+")
_MAX_EXAMPLES: Final = 200


class GeneratedStories:
    """Writes the stories of one vendor."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._sampler = Sampler(draft.root["components"]["schemas"])
        self._reader = SchemaReader(draft.root["components"]["schemas"])
        items = draft.root["paths"].items()
        self._nodes = {node["operationId"]: (path, node) for path, item in items for node in item.values()}
        self._header = self._credential_header()

    def document(self) -> dict[str, Any]:
        """The Arazzo document."""
        name = self._draft.vendor
        workflows = [*self._lives(), *self._examples(), *self._refusals()]
        return {
            "arazzo": "1.0.1",
            "info": {
                "title": f"Stories of {self._draft.root['info']['title']}",
                "version": "1",
                "summary": "The life of a record of each resource, and calls that are refused.",
            },
            "sourceDescriptions": [{"name": name, "url": "./openapi.yaml", "type": "openapi"}],
            "workflows": [self._workflow(one) for one in workflows],
        }

    def _workflow(self, one: Mapping[str, Any]) -> dict[str, Any]:
        head = {name: one[name] for name in ("workflowId", "summary")}
        return {**head, **self._inputs(one), "steps": [self._encoded(step) for step in one["steps"]]}

    def _encoded(self, step: dict[str, Any]) -> dict[str, Any]:
        """The step with its body as it is sent."""
        body = step.get("requestBody")
        if body is None or "operationId" not in step or is_json(body["contentType"]):
            return step
        content = self._nodes[step["operationId"]][1]["requestBody"]["content"]
        schema = content[body["contentType"]].get("schema", True)
        encoded = encode_payload(body["contentType"], body["payload"], schema, self._reader.components)
        return {**step, "requestBody": encoded}

    def _lives(self) -> Iterator[dict[str, Any]]:
        for resource in self._draft.resources.values():
            steps = list(self._life(resource))
            if steps:
                summary = f"A record of {resource.name}, from its creation to its end."
                yield {"workflowId": f"life_of_{resource.name}", "summary": summary, "steps": steps}

    def _life(self, resource: Resource) -> Iterator[dict[str, Any]]:
        """The steps of a record's life; none if no step can create it and it does not exist at the start."""
        born = self._born(resource, "")
        if born is None:
            return
        steps, within, id = born
        yield from steps
        reads = resource.does("read")
        for does in ("read", "list", "update", "replace", "delete"):
            for operation in resource.does(does):
                step = self._use(resource, operation, within, id)
                if step is not None:
                    yield step
                if step is not None and does in ("update", "replace") and reads:
                    yield from self._read_changed(resource, operation, step, within, id)
        if resource.does("delete") and reads:
            step = self._use(resource, reads[0], within, id)
            if step is not None:
                yield {
                    **step,
                    "stepId": "read_deleted",
                    "successCriteria": [{"condition": "$statusCode == 404"}],
                }

    def _read_changed(
        self, resource: Resource, operation: str, change: Mapping[str, Any], within: list[Any], id: Any
    ) -> Iterator[dict[str, Any]]:
        """The step that reads what another has changed, if a member of its body tells."""
        read = resource.does("read")[0]
        step = self._use(resource, read, within, id)
        where = resource.actions[operation].get("sent", "")
        sent = resolve(change.get("requestBody", {}).get("payload"), where)
        described = self._reader.members(resource.schema)
        for name, value in sent.items() if isinstance(sent, dict) else ():
            member = described.get(name, {})
            is_kept = isinstance(value, str) and name != resource.id and not member.get("readOnly")
            if step is not None and is_kept and fits(Schema(member, self._reader.components), value):
                place = f"$response.body#{resource.actions[read]['item']}{format_pointer([name])}"
                criteria = [*step["successCriteria"], *_equals(place, value, name)]
                yield {**step, "stepId": f"{read}_after_{operation}", "successCriteria": criteria}
                return

    def _born(self, resource: Resource, prefix: str) -> tuple[list[dict[str, Any]], list[Any], Any] | None:
        """The steps that create a record and those that enclose it, their ids, and its id."""
        start = self._draft.root["x-resources"][resource.name].get("start")
        if start:
            return [], start[0].get("within", []), start[0]["record"][resource.id]
        steps: list[dict[str, Any]] = []
        within: list[Any] = []
        place: list[Any] = next((one["within"] for one in resource.actions.values() if "within" in one), [])
        for one in place:
            parent = self._draft.resources.get(one.get("collection", ""))
            if parent is None:
                within.append(MISSING)
                continue
            born = self._born(parent, f"{prefix}{parent.name}_")
            if born is None:
                return None
            steps += [step for step in born[0] if step["stepId"] not in {known["stepId"] for known in steps}]
            within.append(born[2])
        for operation in (*resource.does("create"), *resource.does("replace")):
            step, id = self._creation(resource, operation, within, prefix)
            if step is not None and id is not MISSING:
                return [*steps, step], within, id
        return None

    def _creation(
        self, resource: Resource, operation: str, within: list[Any], prefix: str
    ) -> tuple[dict[str, Any] | None, Any]:
        action = resource.actions[operation]
        if action["does"] == "replace" and not action.get("creates"):
            return None, MISSING
        step_id = f"{prefix}create"
        given = self._given(action, within)
        if action["does"] == "replace" and not action["id"].startswith("/"):
            _path, node = self._nodes[operation]
            one = next(each for each in node["parameters"] if each["name"] == action["id"])
            given[action["id"]] = self._sample(one)
        step = self._step(step_id, operation, given)
        if step is None:
            return None, MISSING
        where = format_pointer([resource.id])
        if (
            action.get("item") is not None
            and self._shows_body(operation)
            and _PLAIN_NAME.fullmatch(resource.id)
        ):
            step["outputs"] = {"id": f"$response.body#{action['item']}{where}"}
            return step, f"$steps.{step_id}.outputs.id"
        if action["does"] == "replace":
            return step, given.get(action["id"], MISSING)
        payload = step.get("requestBody", {}).get("payload", {})
        return step, payload.get(resource.id, MISSING) if isinstance(payload, dict) else MISSING

    def _use(self, resource: Resource, operation: str, within: list[Any], id: Any) -> dict[str, Any] | None:
        """A step with the record; None if its parameters cannot be told."""
        action, path = resource.actions[operation], self._nodes[operation][0]
        given = self._given(action, within)
        if action["does"] == "list":
            is_own = path.count("{") == len(within) and not action.get("filters", {}).keys() & _in_path(path)
            step = self._step(operation, operation, given) if is_own else None
            return self._with_listed(step, resource, action, id)
        body_id = action["id"].startswith("/")
        if not body_id:
            given[action["id"]] = id
        step = self._step(operation, operation, given)
        if step is None:
            return None
        payload = step.get("requestBody", {}).get("payload")
        if action["does"] in ("update", "replace"):
            self._vary(operation, payload, action.get("sent", ""), resource)
        if body_id and isinstance(payload, dict):
            payload[resource.id] = id
        if action.get("item") is not None and self._shows_body(operation):
            place = f"$response.body#{action['item']}{format_pointer([resource.id])}"
            step["successCriteria"] += _equals(place, id, resource.id)
        return step

    def _vary(self, operation: str, payload: Any, where: str, resource: Resource) -> None:
        """Changes the first text of a body, if its schema allows that, so that a change shows."""
        content = self._nodes[operation][1]["requestBody"]["content"]
        rule = Schema(next(iter(content.values()))["schema"], self._reader.components)
        sent = resolve(payload, where)
        for name, value in list(sent.items()) if isinstance(sent, dict) else ():
            if isinstance(value, str) and name != resource.id:
                sent[name] = _CHANGED
                if fits(rule, payload):
                    return
                sent[name] = value

    def _with_listed(
        self, step: dict[str, Any] | None, resource: Resource, action: Mapping[str, Any], id: Any
    ) -> dict[str, Any] | None:
        if step is None:
            return None
        if any(one["in"] == "query" for one in step.get("parameters", ())):
            return step  # a required filter may leave the record out
        place = f"$response.body#{action.get('items', '')}/0{format_pointer([resource.id])}"
        return {**step, "successCriteria": [*step["successCriteria"], *_equals(place, id, resource.id)]}

    def _given(self, action: Mapping[str, Any], within: list[Any]) -> dict[str, Any]:
        names = [one["parameter"] for one in action.get("within", ())]
        return {name: one for name, one in zip(names, within, strict=False) if one is not MISSING}

    def _step(self, step_id: str, operation: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
        """A successful call with the required parameters; None if a value cannot be told."""
        node = self._nodes[operation][1]
        parameters = []
        for one in node.get("parameters", ()):
            if one["required"]:
                value = given.get(one["name"], MISSING) if one["in"] == "path" else MISSING
                value = self._sample(one) if value is MISSING else value
                if value is MISSING:
                    return None
                parameters.append({"in": one["in"], "name": one["name"], "value": value})
        body = self._payload(node.get("requestBody", {}).get("content", {}))
        if body is None:
            return None
        return {
            "stepId": _STEP.sub("_", step_id),
            "operationId": operation,
            **({"parameters": parameters} if parameters else {}),
            **({"requestBody": body} if body else {}),
            "successCriteria": [{"condition": f"$statusCode == {next(iter(node['responses']))}"}],
        }

    def _sample(self, parameter: Mapping[str, Any]) -> Any:
        value = parameter.get("example", MISSING)
        value = self._sampler.sample(parameter["schema"]) if value is MISSING else value
        if isinstance(value, list):
            value = value[0] if value else MISSING
        return MISSING if isinstance(value, str) and ("$" in value or not value) else value

    def _payload(self, content: Mapping[str, Any]) -> dict[str, Any] | None:
        """The body of a call: {} if it takes none, None if its example would be read as something else."""
        for media_type, media in content.items():
            payload = orjson.loads(orjson.dumps(media["example"])) if "example" in media else _TEXT
            if isinstance(payload, str) and is_json(media_type):
                payload = orjson.dumps(payload).decode()
            if "$" in orjson.dumps(payload).decode():
                return None
            if not can_be_read(media_type, payload, media.get("schema", True), self._reader.components):
                return None
            return {"contentType": media_type, "payload": payload}
        return {}

    def _shows_body(self, operation: str) -> bool:
        node = self._nodes[operation][1]
        reply = next(iter(node["responses"].values()))
        return any(is_json(name) for name in reply.get("content", {}))

    def _examples(self) -> Iterator[dict[str, Any]]:
        steps: list[dict[str, Any]] = []
        for id, (_path, node) in self._nodes.items():
            if node["x-resource"]["does"] == "example" and len(steps) < _MAX_EXAMPLES:
                step = self._step(id, id, {})
                if step is not None:
                    steps.append(step)
        if steps:
            summary = "Operations that keep no state answer examples."
            yield {"workflowId": "examples", "summary": summary, "steps": steps}

    def _refusals(self) -> Iterator[dict[str, Any]]:
        """An unknown path, a body that is not JSON, and a credential that is not known."""
        path = {
            "stepId": "unknown_path",
            "x-operation": {"method": "get", "url": "{$inputs.url}/no/such/path"},
        }
        steps = [{**path, "successCriteria": [{"condition": "$statusCode == 404"}]}]
        for id, (_path, node) in self._nodes.items():
            content = node.get("requestBody", {}).get("content", {})
            step = self._step("broken_body", id, {}) if any(map(is_json, content)) else None
            if step is not None:
                status = "400" if "400" in node["responses"] else "422"
                criteria = [{"condition": f"$statusCode == {status}"}]
                body = {**step["requestBody"], "payload": "{"}
                steps.append({**step, "requestBody": body, "successCriteria": criteria})
                break
        yield {"workflowId": "invalid_calls", "summary": "Calls that are refused.", "steps": steps}
        secured = next((id for id, (_path, one) in self._nodes.items() if one.get("security") != []), None)
        step = self._step("unknown", secured, {}) if self._header and secured else None
        if step is not None and self._header is not None:
            name, form = self._header["name"], self._header["value"]
            wrong = re.sub(r"\{?\$inputs\.\w+\}?", "unknown", form)
            step["parameters"] = [*step.get("parameters", []), {"in": "header", "name": name, "value": wrong}]
            step["successCriteria"] = [{"condition": "$statusCode == 401"}]
            summary = "A call with an unknown credential is refused."
            yield {"workflowId": "unknown_credential", "summary": summary, "steps": [step]}

    def _credential_header(self) -> dict[str, Any] | None:
        for field, one in self._draft.security.credentials.items():
            scheme = self._draft.security.schemes[one["scheme"]]
            if scheme["type"] == "apiKey":
                return {"in": "header", "name": scheme["name"], "value": f"$inputs.{field}"}
            return {"in": "header", "name": "Authorization", "value": f"Bearer {{$inputs.{field}}}"}
        return None

    def _inputs(self, workflow: Mapping[str, Any]) -> dict[str, Any]:
        url = f"http://127.0.0.1:4700/{self._draft.vendor}"
        properties = {field: {"type": "string", "default": value} for field, value in self._values()}
        properties["url"] = {"type": "string", "default": url}
        header = self._header if workflow["workflowId"] != "unknown_credential" else None
        return {
            "inputs": {"type": "object", "properties": properties},
            **({"parameters": [header]} if header else {}),
        }

    def _values(self) -> Iterator[tuple[str, str]]:
        yield from list(self._draft.security.values.items())[:1]


def _equals(place: str, id: Any, name: str) -> list[dict[str, str]]:
    if not _PLAIN_NAME.fullmatch(name):
        return []
    if isinstance(id, str) and not id.startswith("$steps."):
        return [{"condition": f"{place} == '{id}'"}] if "'" not in id else []
    return [{"condition": f"{place} == {id}"}] if not isinstance(id, bool) else []


def _in_path(path: str) -> set[str]:
    return set(re.findall(r"\{([^{}]+)\}", path))
