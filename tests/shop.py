"""A small vendor for tests of the request pipeline."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from mockserver.binding.hooks import collect
from mockserver.binding.vendor import Vendor
from mockserver.call import NOTHING, Call, WireReply
from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.formats import yaml_loader
from mockserver.pipeline.handler import handle_call
from mockserver.state.scenario import Scenario
from mockserver.state.world import World
from mockserver.state.worlds import DEFAULT_WORLD, Worlds
from mockserver.storage.store import Store

START = datetime(2026, 1, 1, tzinfo=UTC)
ORIGIN = "http://127.0.0.1:4700/shop"

CONTRACT = """
openapi: 3.1.0
info: {title: Shop, version: '1'}
x-content-type-required: true
x-reply-content-type: application/json; charset=utf-8
x-reply-newline: true
x-fill: {/id: '{request_id}'}
x-problems:
  credential_missing: who_are_you
  credential_unknown: not_you
  content_type_missing: say_what_it_is
  media_type_unsupported: only_json
  path_unknown: no_such_path
  method_unknown: no_such_method
  body_malformed: no_json
  body_missing: nothing_sent
  call_invalid: unfit
x-unrouted:
  '401': {$ref: '#/components/responses/Unauthorized'}
  '404':
    description: No.
    content: {application/json: {examples: {no_such_path: {$ref: '#/components/examples/no_such_path'}}}}
  '405':
    description: No.
    content: {application/json: {examples: {no_such_method: {$ref: '#/components/examples/no_such_method'}}}}
  '415': {$ref: '#/components/responses/Media'}
x-credentials:
  api_key: {scheme: ApiKey, mint: 'key-{hex}'}
  token: {scheme: Token, mint: 'token-{hex}'}
security: [{ApiKey: []}]
paths:
  /people:
    get:
      operationId: list_people
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, default: 10}}
        - {name: sorted_by, in: query, schema: {type: string}}
      responses:
        '200': {$ref: '#/components/responses/People'}
        '400': {$ref: '#/components/responses/BadCall'}
        '401': {$ref: '#/components/responses/Unauthorized'}
        '415': {$ref: '#/components/responses/Media'}
    post:
      operationId: add_person
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Person'}}}
      responses:
        '201':
          description: Added.
          headers:
            x-shop: {required: true, schema: {const: open}}
            etag: {schema: {type: string, default: none}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Person'}}}
        '400': {$ref: '#/components/responses/BadCall'}
        '401': {$ref: '#/components/responses/Unauthorized'}
        '415': {$ref: '#/components/responses/Media'}
        '409':
          description: There is one.
          content: {application/json: {examples: {taken: {$ref: '#/components/examples/taken'}}}}
  /crowd:
    post:
      operationId: add_people
      x-partial: {items: '', results: '', failed: {refused: '{name}', why: chance}, all: taken}
      requestBody:
        required: true
        content:
          application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Person'}}}
      responses:
        '200': {description: Added., content: {application/json: {schema: {type: array}}}}
        '400': {$ref: '#/components/responses/BadCall'}
        '401': {$ref: '#/components/responses/Unauthorized'}
        '415': {$ref: '#/components/responses/Media'}
        '409':
          description: There is one.
          content: {application/json: {examples: {taken: {$ref: '#/components/examples/taken'}}}}
  /people/{id}:
    delete:
      operationId: remove_person
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '204': {description: Gone.}
        '401': {$ref: '#/components/responses/Unauthorized'}
        '415': {$ref: '#/components/responses/Media'}
  /note:
    get:
      operationId: get_note
      security: [{Token: []}]
      responses:
        '200': {description: A note., content: {text/plain: {schema: {type: string}}}}
        '401': {$ref: '#/components/responses/Unauthorized'}
        '415': {$ref: '#/components/responses/Media'}
  /open:
    get:
      operationId: get_open
      security: []
      responses:
        '200': {description: Open., content: {application/vnd.shop+json: {schema: {type: 'null'}}}}
        '415': {$ref: '#/components/responses/Media'}
components:
  securitySchemes:
    ApiKey: {type: apiKey, in: header, name: X-Shop-Key}
    Token: {type: http, scheme: bearer}
  schemas:
    Person:
      type: object
      required: [name]
      properties: {name: {type: string, minLength: 1}, pin: {type: string, format: password, minLength: 4}}
  responses:
    People:
      description: People.
      content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Person'}}}}
    Unauthorized:
      description: No.
      content:
        application/json:
          examples:
            who_are_you: {$ref: '#/components/examples/who_are_you'}
            not_you: {$ref: '#/components/examples/not_you'}
    Media:
      description: No.
      content:
        application/json:
          examples:
            say_what_it_is: {$ref: '#/components/examples/say_what_it_is'}
            only_json: {$ref: '#/components/examples/only_json'}
    BadCall:
      description: No.
      content:
        application/json:
          examples:
            no_json: {$ref: '#/components/examples/no_json'}
            nothing_sent: {$ref: '#/components/examples/nothing_sent'}
            unfit: {$ref: '#/components/examples/unfit'}
            rude: {$ref: '#/components/examples/rude'}
  examples:
    who_are_you: {value: {error: who_are_you, id: ''}}
    not_you: {value: {error: not_you, id: ''}}
    say_what_it_is: {value: {error: say_what_it_is, id: ''}}
    only_json: {value: {error: only_json, id: ''}}
    no_such_path: {value: {error: no_such_path, id: '', near: ''}, x-fill: {/near: '{nearest}'}}
    no_such_method: {value: {error: no_such_method, id: ''}}
    no_json: {value: {error: no_json, id: ''}}
    nothing_sent: {value: {error: nothing_sent, id: ''}}
    unfit: {value: {error: unfit, id: '', field: ''}, x-fill: {/field: '{field}'}}
    rude: {value: {error: rude, id: '', word: ''}, x-fill: {/word: '{word}'}}
    taken: {value: {error: taken, id: ''}}
"""

Behaviour = Callable[[Call, World], object]


class Shop:
    """A vendor with replaceable handlers (`behaviour`), and its worlds."""

    def __init__(self, store: Store) -> None:
        self.behaviour: dict[str, Behaviour] = {
            "list_people": lambda call, world: [row.record for row in world.records("person").iterate()],
            "add_person": _add_person,
            "add_people": lambda call, world: [{"done": one["name"]} for one in call.body],
            "remove_person": lambda call, world: NOTHING,
            "get_note": lambda call, world: "å",
            "get_open": lambda call, world: None,
        }
        contract = Contract(Document(yaml_loader.parse(CONTRACT), "shop"))
        operations = module("shop.operations", **{name: self._operation(name) for name in self.behaviour})
        self.errors = module("shop.errors", error_context=lambda call, world: {"request_id": call.id})
        self.extras = extras = {
            "population": module("shop.population", populate=lambda world, people, section: None),
            "jobs": module("shop.jobs", greet=_greet, fail=_fail),
            "errors": self.errors,
        }
        self.vendor = Vendor("shop", contract, (operations,), extras)
        scenario = Scenario("nobody", "", 0, 7, {"sv_SE": 1.0}, START, {})
        self.worlds = Worlds(store, {"shop": self.vendor}, {"nobody": scenario})
        self.worlds.create(DEFAULT_WORLD, "nobody")

    def implement(self, name: str, **hooks: Any) -> None:
        """Adds a module with these hooks to the vendor."""
        self.extras[name] = module(f"shop.{name}", **hooks)
        self.vendor.hooks = collect(self.extras)

    def _operation(self, name: str) -> Behaviour:
        return lambda call, world: self.behaviour[name](call, world)

    def key(self, world: str = DEFAULT_WORLD, field: str = "api_key") -> str:
        return str(self.worlds.get(world)["credentials"]["shop"][field])

    def send(
        self, method: str, path: str, body: object = None, named: str | None = None, **changes: str | None
    ) -> WireReply:
        """Sends a valid call with changed headers (None: without the header)."""
        headers = {"x-shop-key": self.key(), "content-type": "application/json"}
        headers |= {name.replace("_", "-"): text for name, text in changes.items() if text is not None}
        for name, text in changes.items():
            if text is None:
                headers.pop(name.replace("_", "-"), None)
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        path, _, query = path.partition("?")
        return handle_call(self.worlds, self.vendor, Call(method, path, query, headers, raw, ORIGIN), named)

    def world(self, name: str = DEFAULT_WORLD) -> World:
        return self.worlds.load(self.worlds.get(name), "shop")

    def names(self, world: str = DEFAULT_WORLD) -> list[str]:
        return [row.id for row in self.world(world).records("person").iterate()]

    def journal(self, world: str = DEFAULT_WORLD) -> list[Any]:
        return self.worlds.journal(world).read(limit=1000)

    def last(self, world: str = DEFAULT_WORLD) -> Any:
        return self.journal(world)[-1]


def _add_person(call: Call, world: World) -> object:
    world.records("person").add(call.body["name"], call.body)
    return call.body


def _greet(world: World, name: str) -> None:
    world.records("greeting").add(name, {"at": world.now().isoformat()})


def _fail(world: World) -> None:
    world.records("greeting").add("half", {})
    raise ZeroDivisionError


def module(name: str, **functions: Callable[..., Any]) -> ModuleType:
    module = ModuleType(name)
    for word, function in functions.items():
        function.__module__ = name
        setattr(module, word, function)
    return module


def body(reply: WireReply) -> Any:
    return json.loads(reply.body)


def error(reply: WireReply) -> tuple[int, str]:
    return reply.status, body(reply)["error"]
