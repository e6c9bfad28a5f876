"""A few of a vendor's operations: the fuzzer takes seconds for all, as it calls each of them often."""

from typing import Any

from mockserver.contract.document import Document
from mockserver.paths import contracts


def few_operations(vendor: str, every: int) -> Document:
    """The vendor's document with one in so many paths, in its order: some of each kind."""
    root = Document.read(contracts() / vendor / "openapi.yaml").root
    paths = dict([*root["paths"].items()][::every])
    return Document({**root, "paths": paths}, f"{vendor}/few.yaml")


def removal_of_others(vendor: str, every: int) -> dict[str, Any]:
    """An overlay that leaves the same operations of the vendor's contract."""
    paths = [*Document.read(contracts() / vendor / "openapi.yaml").root["paths"]]
    removed = sorted({*paths} - {*paths[::every]})
    actions = [{"target": f"$.paths['{path}']", "remove": True} for path in removed]
    return {"overlay": "1.0.0", "info": {"title": "Few operations", "version": "1"}, "actions": actions}
