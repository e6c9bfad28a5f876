"""A contract bound to functions: neither without the other."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mockserver import vendors
from mockserver.binding.bound_contract import BoundContract
from mockserver.binding.vendor import Vendor
from mockserver.call import Call
from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.validation import Violation
from mockserver.errors import InvalidContractError, Problem
from mockserver.formats import yaml_loader

_SHELF = Path(__file__).parents[1] / "contract" / "shelf.yaml"
_NAMES = ("list_books", "create_book", "get_book", "delete_book", "get_latest_book")
_CALL = Call("GET", "/books")


@pytest.fixture
def contract() -> Contract:
    return Contract(Document(yaml_loader.read(_SHELF), "shelf/openapi.yaml"))


def _module(*names: str, name: str = "shelf.books") -> ModuleType:
    """A module with a function of each name."""
    module = ModuleType(name)
    source = "\n".join(f"def {one}(*given, **named): return {one!r}" for one in names)
    exec(source, module.__dict__)  # noqa: S102 - how else would its functions be the module's own?
    return module


def _vendor(contract: Contract, **extras: ModuleType) -> Vendor:
    return Vendor("shelf", contract, (_module(*_NAMES),), extras)


def test_every_operation_has_its_function(contract: Contract) -> None:
    bound = BoundContract(contract, (_module(*_NAMES[:2]), _module(*_NAMES[2:], name="shelf.rest")))
    assert set(bound.handlers) == set(contract.operations)
    assert bound.handlers["get_book"](_CALL, None) == "get_book"


def test_an_operation_without_a_function_is_unfit(contract: Contract) -> None:
    modules = (_module(*_NAMES[:2]), _module(*_NAMES[2:4], name="shelf.rest"))
    with pytest.raises(InvalidContractError) as caught:
        BoundContract(contract, modules)
    assert str(caught.value) == (
        "shelf/openapi.yaml: operation get_latest_book has no handler; "
        "write `def get_latest_book` in shelf.books, shelf.rest"
    )


def test_a_function_without_an_operation_is_unfit(contract: Contract) -> None:
    with pytest.raises(InvalidContractError) as caught:
        BoundContract(contract, (_module(*_NAMES, "burn_book"),))
    assert str(caught.value) == (
        "shelf/openapi.yaml: function shelf.books.burn_book has no operation; "
        "add operationId burn_book to the contract, or name the function _burn_book"
    )


def test_private_and_imported_functions_and_other_things_are_no_operations(contract: Contract) -> None:
    module = _module(*_NAMES, "_burn_book")
    imported = _module("lend_book", name="shelf.lending")
    module.__dict__.update(lend_book=imported.__dict__["lend_book"], Shelf=type("Shelf", (), {}), LIMIT=3)
    assert set(BoundContract(contract, (module,)).handlers) == set(_NAMES)


def test_two_functions_of_one_name_are_unfit(contract: Contract) -> None:
    with pytest.raises(
        InvalidContractError, match=r"get_book is defined in shelf\.books and shelf\.rest; keep one of them"
    ):
        BoundContract(contract, (_module(*_NAMES), _module("get_book", name="shelf.rest")))


def test_a_vendor_without_errors_fills_nothing_and_leaves_refusals_to_the_contract(
    contract: Contract,
) -> None:
    vendor = _vendor(contract)
    operation = contract.operations["get_book"]
    assert vendor.hooks.error_context(_CALL, None) == {}
    assert (
        vendor.hooks.map_validation_error(
            _CALL, operation, [Violation("path", "/title", "maxLength", "long")]
        )
        is None
    )


def test_a_vendors_errors_are_asked(contract: Contract) -> None:
    errors = ModuleType("errors")
    refusal = Problem("unfit")
    errors.__dict__.update(
        error_context=lambda call, world: {"id": 7}, map_validation_error=lambda *given: refusal
    )
    vendor = _vendor(contract, errors=errors)
    assert vendor.hooks.error_context(_CALL, None) == {"id": 7}
    assert vendor.hooks.map_validation_error(_CALL, contract.operations["get_book"], []) is refusal


def test_a_job_is_found_by_its_name(contract: Contract) -> None:
    vendor = _vendor(contract, jobs=_module("recalculate", name="jobs"))
    job: Any = vendor.job("recalculate")
    assert job(None) == "recalculate"


@pytest.mark.parametrize("extras", [{}, {"jobs": ModuleType("jobs")}])
def test_a_job_that_nobody_does_is_unfit(extras: dict[str, ModuleType], contract: Contract) -> None:
    with pytest.raises(InvalidContractError) as caught:
        _vendor(contract, **extras).job("recalculate")
    assert str(caught.value) == (
        "mockserver/vendors/shelf/jobs.py: has no function recalculate; write `def recalculate(…)` there"
    )


def test_a_vendor_without_a_population_is_unfit(contract: Contract) -> None:
    with pytest.raises(InvalidContractError, match=r"population\.py: has no function populate"):
        _vendor(contract).populate(None, [], {})  # type: ignore[arg-type]


def test_backstage_is_bound_like_the_contract(contract: Contract) -> None:
    stage = _module(*_NAMES, name="shelf.backstage")
    vendor = Vendor("shelf", contract, (_module(*_NAMES),), {"backstage": stage}, contract)
    assert vendor.backstage is not None
    assert vendor.backstage.handlers["get_book"].__module__ == "shelf.backstage"
    assert _vendor(contract).backstage is None


def test_a_backstage_contract_without_functions_is_unfit(contract: Contract) -> None:
    vendor = Vendor("shelf", contract, (_module(*_NAMES),), {}, contract)
    with pytest.raises(
        InvalidContractError, match=r"mockserver/vendors/shelf/backstage\.py: does not exist; write it"
    ):
        _ = vendor.backstage


def test_unknown_vendor_error_lists_the_available_ones() -> None:
    known = ", ".join(vendors.names())
    with pytest.raises(InvalidContractError) as caught:
        vendors.find("nobody")
    assert str(caught.value) == f"unknown vendor 'nobody' (available: {known})"
    with pytest.raises(InvalidContractError, match=r"unknown vendor 'nobody' \(available: "):
        vendors.Vendors(("nobody",))


def test_chosen_vendors_are_a_mapping() -> None:
    name = vendors.names()[0]
    chosen = vendors.Vendors((name,))
    assert list(chosen) == [name]
    assert len(chosen) == 1
    assert chosen[name] is chosen[name]
    assert "nobody" not in chosen
    with pytest.raises(KeyError):
        chosen["nobody"]


@pytest.mark.parametrize("name", vendors.names())
def test_our_vendors_keep_their_contracts(name: str) -> None:
    vendor = vendors.find(name)
    assert set(vendor.handlers) == set(vendor.contract.operations)
    backstage = vendor.backstage
    assert backstage is None or set(backstage.handlers) == set(backstage.contract.operations)


@pytest.mark.parametrize(
    ("module", "name", "hook"),
    [("errors", "eror_context", "error_context"), ("auth", "map_auth_errors", "map_auth_error")],
)
def test_a_misspelt_hook_is_an_error(module: str, name: str, hook: str, contract: Contract) -> None:
    with pytest.raises(InvalidContractError, match=f"function {name} is not a hook; rename it to {hook} "):
        _vendor(contract, **{module: _module(name, name=module)})


def test_private_and_imported_functions_of_a_hook_module_are_ignored(contract: Contract) -> None:
    errors = _module("_helper", name="errors")
    errors.__dict__["imported"] = _module("imported", name="other").__dict__["imported"]
    _vendor(contract, errors=errors)
