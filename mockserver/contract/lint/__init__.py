"""Lint: a contract must be valid OpenAPI, and every member in it must be supported by this server."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.document_shape import shape_errors
from mockserver.contract.lint.conduct import check_conduct
from mockserver.contract.lint.document_walker import Diagnostic, SpecNode, check_members, walk
from mockserver.contract.lint.error_conditions import check_conditions, check_credentials
from mockserver.contract.lint.examples import check_examples, check_missing_examples, check_schema_values
from mockserver.contract.lint.operations import check_first_call, check_operations, check_parameters
from mockserver.contract.lint.pagination import check_pagination, check_pagination_format
from mockserver.contract.lint.partial_failure import check_partial_failure, check_partial_failure_format
from mockserver.contract.lint.problems import check_filled_problems, check_problems
from mockserver.contract.lint.rate_limits import check_limits_and_switches
from mockserver.contract.lint.schemas import check_keywords, check_references
from mockserver.contract.lint.sources import check_sources
from mockserver.errors import InvalidContractError

UNREADABLE: Final = (
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a document raises whose parts are not of the kinds that OpenAPI gives them."""
_MAX_REASON_LENGTH: Final = 300


def lint(contract: Contract) -> list[Diagnostic]:
    """Everything that is wrong with the contract; the later checks are skipped if the document is not valid.

    Raises `ImportError`, with the fix, when openapi-spec-validator is not installed.
    """
    return lint_document(contract)


def lint_document(contract: Contract, *, validates_openapi: bool = True) -> list[Diagnostic]:
    """Everything that is wrong with the contract, with or without the check that it is valid OpenAPI."""
    try:
        return _check(contract, validates_openapi)
    except InvalidContractError:
        raise
    except UNREADABLE as error:
        found = _check_shape(contract)
        what = f"it cannot be read ({type(error).__name__}: {error})"
        return found or [Diagnostic(contract.name, what, "compare it with OpenAPI 3.1")]


def _check(contract: Contract, validates_openapi: bool) -> list[Diagnostic]:
    nodes = list(walk(contract.name, contract.document.root))
    # Each check relies on the ones before it.
    wrong = (
        [*check_references(contract, nodes)]
        or [*check_keywords(nodes)]
        or [*check_schema_values(contract, nodes)]
    )
    wrong = wrong or [*check_partial_failure_format(nodes), *check_pagination_format(nodes)]
    wrong = wrong or ([*_check_openapi(nodes[0])] if validates_openapi else [])
    named: Collection[str] = ()
    if not wrong:
        try:
            wrong += _check_semantics(contract, nodes)
            named = contract.problems
        except InvalidContractError as unfit:
            wrong.append(Diagnostic(unfit.where, unfit.what, unfit.fix))
    wrong += [one for node in nodes for one in check_members(node)]
    wrong += check_sources(nodes, named)
    wrong = wrong or _check_shape(contract)
    return sorted(set(wrong), key=str)


def _check_shape(contract: Contract) -> list[Diagnostic]:
    return [Diagnostic(*one) for one in shape_errors(contract.document.root, contract.name)]


def _check_semantics(contract: Contract, nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    yield from check_operations(contract, nodes)
    yield from check_parameters(contract, nodes)
    yield from check_examples(contract, nodes)
    yield from check_missing_examples(contract, nodes)
    unfit = [*check_problems(contract, nodes)]
    yield from unfit or check_filled_problems(contract, nodes)
    yield from check_conditions(contract, nodes)
    yield from check_credentials(contract, nodes)
    yield from check_first_call(contract, nodes[0])
    yield from check_conduct(contract, nodes[0])
    yield from check_limits_and_switches(contract, nodes)
    yield from check_partial_failure(contract, nodes)
    yield from check_pagination(contract, nodes)


def _check_openapi(root: SpecNode) -> Iterator[Diagnostic]:
    for error in _openapi_validator(root.value).iter_errors():
        while error.context:
            error = max(error.context, key=lambda one: len(one.absolute_path))
        reason = error.message.partition("\n")[0][:_MAX_REASON_LENGTH]
        yield root.diagnostic(f"not valid OpenAPI 3.1 ({reason})", "fix it", *map(str, error.absolute_path))


def _openapi_validator(root: Any) -> Any:
    # An optional dependency: serving contracts does not need it.
    try:
        from openapi_spec_validator import OpenAPIV31SpecValidator
    except ModuleNotFoundError:
        fix = "pip install 'audience-mockserver[lint]'"
        raise ImportError(f"openapi-spec-validator is not installed; {fix}") from None
    return OpenAPIV31SpecValidator(root)
