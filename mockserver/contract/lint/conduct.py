"""Checks of `x-conduct`, what a contract says for the rules of conduct: it names operations and problems."""

from collections.abc import Iterator

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic, SpecNode
from mockserver.formats.suggestions import nearest


def check_conduct(contract: Contract, root: SpecNode) -> Iterator[Diagnostic]:
    """Names of operations or problems that the contract does not have."""
    conduct = root.value.get("x-conduct", {})
    operations = [*conduct.get("consent", {}), *([conduct["login"]] if "login" in conduct else [])]
    for name in operations:
        if name not in contract.operations:
            fix = f"name an operation, such as {nearest(name, contract.operations)}"
            yield root.diagnostic(
                f"x-conduct names the operation {name}, which does not exist", fix, "x-conduct"
            )
    for name in conduct.get("retry_after", {}):
        if name not in contract.problems:
            fix = f"name a problem, such as {nearest(name, contract.problems)}"
            yield root.diagnostic(
                f"x-conduct names the problem {name}, which does not exist", fix, "x-conduct"
            )
