"""What is wrong with a contract: beyond valid OpenAPI, everything in it must be something that we honour."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic, Place, places, unknown_members
from mockserver.contract.lint.error_conditions import conditions, credentials
from mockserver.contract.lint.examples import defaults, examples, missing
from mockserver.contract.lint.operations import first_call, operations, parameters
from mockserver.contract.lint.pagination import ill_formed_pages, pages
from mockserver.contract.lint.partial_failure import ill_formed, partial
from mockserver.contract.lint.problems import filled, problems
from mockserver.contract.lint.rate_limits import limits_and_switches
from mockserver.contract.lint.schemas import keywords, references
from mockserver.contract.lint.sources import provenance
from mockserver.errors import InvalidContractError

_LONGEST: Final = 300


def lint(contract: Contract) -> list[Diagnostic]:
    """Everything that is wrong with the contract; a document that is not valid is looked at no further.

    Raises `ImportError`, with the fix, when openapi-spec-validator is not installed.
    """
    found = list(places(contract.name, contract.document.root))
    # Each of these needs what the one before it has found fit.
    wrong = [*references(contract, found)] or [*keywords(found)] or [*defaults(contract, found)]
    wrong = wrong or [*ill_formed(found), *ill_formed_pages(found)]
    wrong = wrong or [*_invalid(found[0])]
    named: Collection[str] = ()
    if not wrong:
        try:
            wrong += _meaning(contract, found)
            named = contract.problems
        except InvalidContractError as unfit:
            wrong.append(Diagnostic(unfit.where, unfit.what, unfit.fix))
    wrong += [one for place in found for one in unknown_members(place)]
    wrong += provenance(found, named)
    return sorted(set(wrong), key=str)


def _meaning(contract: Contract, found: list[Place]) -> Iterator[Diagnostic]:
    yield from operations(contract, found)
    yield from parameters(contract, found)
    yield from examples(contract, found)
    yield from missing(contract, found)
    unfit = [*problems(contract, found)]
    yield from unfit or filled(contract, found)
    yield from conditions(contract, found)
    yield from credentials(contract, found)
    yield from first_call(contract, found[0])
    yield from limits_and_switches(contract, found)
    yield from partial(contract, found)
    yield from pages(contract, found)


def _invalid(root: Place) -> Iterator[Diagnostic]:
    for error in _judge(root.node).iter_errors():
        while error.context:
            error = max(error.context, key=lambda one: len(one.absolute_path))
        reason = error.message.partition("\n")[0][:_LONGEST]
        yield root.wrong(f"not valid OpenAPI 3.1 ({reason})", "fix it", *map(str, error.absolute_path))


def _judge(root: Any) -> Any:
    # An optional driver: whoever only serves contracts does without it.
    try:
        from openapi_spec_validator import OpenAPIV31SpecValidator
    except ModuleNotFoundError:
        fix = "pip install 'audience-mockserver[lint]'"
        raise ImportError(f"openapi-spec-validator is not installed; {fix}") from None
    return OpenAPIV31SpecValidator(root)
