"""What is wrong with a contract: beyond valid OpenAPI, everything in it must be something that we honour."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from mockserver.contract.contract import Contract
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

_MAX_REASON_LENGTH: Final = 300


def lint(contract: Contract) -> list[Diagnostic]:
    """Everything that is wrong with the contract; a document that is not valid is looked at no further.

    Raises `ImportError`, with the fix, when openapi-spec-validator is not installed.
    """
    found = list(walk(contract.name, contract.document.root))
    # Each of these needs what the one before it has found fit.
    wrong = (
        [*check_references(contract, found)]
        or [*check_keywords(found)]
        or [*check_schema_values(contract, found)]
    )
    wrong = wrong or [*check_partial_failure_format(found), *check_pagination_format(found)]
    wrong = wrong or [*_check_openapi(found[0])]
    named: Collection[str] = ()
    if not wrong:
        try:
            wrong += _check_semantics(contract, found)
            named = contract.problems
        except InvalidContractError as unfit:
            wrong.append(Diagnostic(unfit.where, unfit.what, unfit.fix))
    wrong += [one for place in found for one in check_members(place)]
    wrong += check_sources(found, named)
    return sorted(set(wrong), key=str)


def _check_semantics(contract: Contract, found: list[SpecNode]) -> Iterator[Diagnostic]:
    yield from check_operations(contract, found)
    yield from check_parameters(contract, found)
    yield from check_examples(contract, found)
    yield from check_missing_examples(contract, found)
    unfit = [*check_problems(contract, found)]
    yield from unfit or check_filled_problems(contract, found)
    yield from check_conditions(contract, found)
    yield from check_credentials(contract, found)
    yield from check_first_call(contract, found[0])
    yield from check_limits_and_switches(contract, found)
    yield from check_partial_failure(contract, found)
    yield from check_pagination(contract, found)


def _check_openapi(root: SpecNode) -> Iterator[Diagnostic]:
    for error in _openapi_validator(root.value).iter_errors():
        while error.context:
            error = max(error.context, key=lambda one: len(one.absolute_path))
        reason = error.message.partition("\n")[0][:_MAX_REASON_LENGTH]
        yield root.diagnostic(f"not valid OpenAPI 3.1 ({reason})", "fix it", *map(str, error.absolute_path))


def _openapi_validator(root: Any) -> Any:
    # An optional driver: whoever only serves contracts does without it.
    try:
        from openapi_spec_validator import OpenAPIV31SpecValidator
    except ModuleNotFoundError:
        fix = "pip install 'audience-mockserver[lint]'"
        raise ImportError(f"openapi-spec-validator is not installed; {fix}") from None
    return OpenAPIV31SpecValidator(root)
