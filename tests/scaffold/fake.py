"""A vendor made from a document, called without a server."""

import json
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from mockserver.binding.vendor import Vendor
from mockserver.call import Call
from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.formats import yaml_loader
from mockserver.pipeline.handler import handle_call
from mockserver.scaffold.from_document import DocumentVendor, vendor_from_document
from mockserver.state.collection_spec import Collections
from mockserver.state.scenario import Scenario
from mockserver.state.worlds import DEFAULT_WORLD, Worlds
from mockserver.storage.memory import MemoryStore
from tests.shop import START

DOCUMENTS: Final = Path(__file__).parent / "documents"
SHOP: Final = DOCUMENTS / "shop-3.0.yaml"
NOTES: Final = DOCUMENTS / "notes-3.1.json"
ORIGIN: Final = "http://127.0.0.1:4700/fake"


@cache
def made_from(document: Path) -> DocumentVendor:
    """The vendor that is made from the document, once."""
    return vendor_from_document(document, "fake", "Fake")


class Fake:
    """The vendor, its contract as data, and a world with its records."""

    def __init__(self, document: Path, folder: Path, *modules: ModuleType) -> None:
        self.proposed: DocumentVendor = made_from(document)
        files = self.proposed.made.files
        self.root: dict[str, Any] = yaml_loader.parse(files["contracts/fake/openapi.yaml"])
        path = folder / "collections.yaml"
        path.write_text(files["contracts/fake/collections.yaml"], encoding="utf-8")
        source = files.get("mockserver/vendors/fake/auth.py")
        extras = {"auth": _module(source)} if source else {}
        contract = Contract(Document(self.root, "fake/openapi.yaml"))
        self.vendor = Vendor("fake", contract, modules, extras, None, Collections.read("fake", path))
        scenario = Scenario("nobody", "", 0, 7, {"sv_SE": 1.0}, START, {})
        self.worlds = Worlds(MemoryStore(), {"fake": self.vendor}, {"nobody": scenario})
        self.worlds.create(DEFAULT_WORLD, "nobody")

    @property
    def key(self) -> str:
        """The credential of the world; empty if the document asks for none."""
        return next(iter(self.worlds.get(DEFAULT_WORLD)["credentials"].get("fake", {}).values()), "")

    def send(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of the reply to one call; without an `authorization`, the key is in the query."""
        path, _, query = path.partition("?")
        if "authorization" not in headers:
            query = f"{query}&api_key={self.key}"
        given = {"content-type": "application/json", **headers}
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        reply = handle_call(self.worlds, self.vendor, Call(method, path, query, given, raw, ORIGIN), None)
        is_json = "json" in reply.headers.get("Content-Type", "")
        return reply.status, json.loads(reply.body) if is_json else reply.body

    def last(self) -> Any:
        """The newest entry of the journal."""
        return self.worlds.journal(DEFAULT_WORLD).read(limit=1000)[-1]


def _module(source: str) -> ModuleType:
    module = ModuleType("fake.auth")
    exec(source, module.__dict__)  # noqa: S102 - the generated code is what is tested
    return module
