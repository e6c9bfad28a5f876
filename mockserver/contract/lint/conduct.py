"""Checks of `x-conduct`, what a contract says for the rules of conduct: it names operations and problems."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic, SpecNode
from mockserver.formats.suggestions import nearest

_BY_OPERATION: Final = (
    "consent",
    "mailings",
    "lists",
    "bulk",
    "many",
    "page_sizes",
    "jobs",
    "changes",
    "checks",
    "empties",
    "hashes",
    "updates",
    "fixed",
    "repeatable",
)
"""The members that say something of an operation each."""


def check_conduct(contract: Contract, root: SpecNode) -> Iterator[Diagnostic]:
    """Names of operations or problems that the contract does not have."""
    conduct = root.value.get("x-conduct", {})
    problems = [name for member in ("retry_after", "clock", "nonce") for name in conduct.get(member, ())]
    # What an account lacks by an overlay is not called, so no rule of conduct applies to it.
    named = (one for one in _operations(conduct) if one not in contract.document.removed_operations)
    yield from _unknown(root, "operation", named, contract.operations)
    yield from _unknown(root, "problem", problems, contract.problems)


def _operations(conduct: dict[str, Any]) -> Iterator[str]:
    if "login" in conduct:
        yield conduct["login"]
    for member in _BY_OPERATION:
        yield from conduct.get(member, ())
    for member in ("lists", "bulk"):
        yield from conduct.get(member, {}).values()
    for member in ("checks", "mailings"):
        for rule in conduct.get(member, {}).values():
            yield from rule.get("asks", ())
    for job in conduct.get("jobs", {}).values():
        yield from job["asked_by"]


def _unknown(root: SpecNode, kind: str, names: Iterable[str], known: Collection[str]) -> Iterator[Diagnostic]:
    for name in dict.fromkeys(names):
        if name not in known:
            what = f"x-conduct names the {kind} {name}, which does not exist"
            article = "an" if kind == "operation" else "a"
            fix = f"name {article} {kind}, such as {nearest(name, known)}"
            yield root.diagnostic(what, fix, "x-conduct")
