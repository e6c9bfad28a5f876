"""The fuzzer through its engine; tests/fuzz runs it on all vendors."""

import pytest

from mockserver.client import Control
from mockserver.contract.contract import Contract
from mockserver.verify.authentication import Authenticator
from mockserver.verify.fuzzing import Fuzzer, FuzzOptions, FuzzResult
from mockserver.verify.http_client import HttpClient
from tests.live_server import served
from tests.read_vendors import read_vendor
from tests.verify.broken import MutableResponse, broken
from tests.verify.few_operations import few_operations

READ_ONLY = FuzzOptions(examples=1, writes=False)


def fuzzed(
    url: str,
    vendor: str,
    options: FuzzOptions,
    calls_per_second: float | None = None,
    contract: Contract | None = None,
) -> list[FuzzResult]:
    world = Control(url).create_world()
    authenticator = Authenticator(read_vendor(vendor), world.url(vendor), world.credentials(vendor))
    contract = contract or read_vendor(vendor).contract
    client = HttpClient(calls_per_second)
    return list(Fuzzer(vendor, contract, world.url(vendor), authenticator, client, options).run())


@pytest.mark.parametrize(
    ("vendor", "every"),
    [
        ("digitalaudience", 3),
        ("spotler", 8),
        *(
            pytest.param(one, 1, marks=pytest.mark.thorough)
            for one in ("digitalaudience", "spotler", "fanfare", "voyado")
        ),
    ],
)
def test_read_only_fuzzing_finds_nothing(vendor: str, every: int) -> None:
    """With a session or signatures, most calls are authenticated; vendors with a key are in a thorough run.

    The tests of scaffolded vendors, which have a key, run the whole fuzzer; tests/fuzz calls all operations.
    """
    contract = Contract(few_operations(vendor, every))
    with served() as url:
        cases = fuzzed(url, vendor, READ_ONLY, calls_per_second=1000, contract=contract)
    assert {case.phase for case in cases} <= {"examples", "coverage", "fuzzing"}
    assert [str(finding) for case in cases for finding in case.findings] == []
    called = {operation for case in cases for operation, _sent, _came in case.exchanges}
    assert called == {name for name, operation in contract.operations.items() if operation.is_read_only}
    statuses = [came.status for case in cases for _operation, _sent, came in case.exchanges]
    assert {200, 401} <= set(statuses)  # authenticated and unauthenticated calls


def test_broken_operation_is_found() -> None:
    def teapot(response: MutableResponse) -> None:
        if response.operation == "list_segments":
            response.status = 418

    contract = Contract(few_operations("digitalaudience", 3))
    assert "list_segments" in contract.operations
    with broken("digitalaudience", teapot) as url:
        cases = fuzzed(url, "digitalaudience", READ_ONLY, contract=contract)
    found = {finding for case in cases for finding in case.findings}
    assert {(one.check, one.operation) for one in found} >= {("status_code_conformance", "list_segments")}
    assert {one.operation for one in found} == {"list_segments"}
    assert all(one.phase == "fuzz" and one.key for one in found)


def test_redirects_are_not_followed() -> None:
    def away(response: MutableResponse) -> None:
        response.status, response.headers, response.raw = (
            302,
            {"Location": "http://127.0.0.1:9/elsewhere"},
            b"",
        )

    with broken("fanfare", away) as url:
        cases = fuzzed(url, "fanfare", READ_ONLY, contract=Contract(few_operations("fanfare", 4)))
    statuses = {came.status for case in cases for _operation, _sent, came in case.exchanges}
    assert statuses == {302}
    assert {finding.check for case in cases for finding in case.findings} >= {"status_code_conformance"}
