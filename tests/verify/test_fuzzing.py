"""The fuzzer through its engine; what it finds on all vendors is told by tests/fuzz."""

import pytest

from mockserver import vendors
from mockserver.client import Control
from mockserver.verify.authentication import Access
from mockserver.verify.fuzzing import Plan, Tried, fuzz
from mockserver.verify.http_client import Wire
from tests.live_server import served
from tests.verify.broken import Said, broken

READING = Plan(examples=1, writes=False)


def tried(url: str, vendor: str, plan: Plan) -> list[Tried]:
    world = Control(url).create_world()
    access = Access(vendors.find(vendor), world.url(vendor), world.credentials(vendor))
    contract = vendors.find(vendor).contract
    return list(fuzz(vendor, contract, world.url(vendor), access, Wire(), plan))


@pytest.mark.parametrize("vendor", ["digitalaudience", "spotler", "voyado"])
def test_a_fake_is_read_and_nothing_is_found(vendor: str) -> None:
    """With a session, with signatures, with a key: most calls are let in."""
    with served() as url:
        cases = tried(url, vendor, READING)
    assert [str(finding) for case in cases for finding in case.findings] == []
    contract = vendors.find(vendor).contract
    called = {operation for case in cases for operation, _sent, _came in case.exchanges}
    assert called == {name for name, operation in contract.operations.items() if operation.is_read_only}
    statuses = [came.status for case in cases for _operation, _sent, came in case.exchanges]
    assert {200, 401} <= set(statuses)  # let in, and tried without what lets in


def test_what_is_broken_is_found() -> None:
    def teapot(said: Said) -> None:
        if said.operation == "count_contacts":
            said.status = 418

    with broken("voyado", teapot) as url:
        cases = tried(url, "voyado", READING)
    found = {finding for case in cases for finding in case.findings}
    assert {(one.check, one.operation) for one in found} >= {("status_code_conformance", "count_contacts")}
    assert {one.operation for one in found} == {"count_contacts"}
    assert all(one.phase == "fuzz" and one.key for one in found)


def test_a_redirect_is_not_followed() -> None:
    def away(said: Said) -> None:
        said.status, said.headers, said.raw = 302, {"Location": "http://127.0.0.1:9/elsewhere"}, b""

    with broken("voyado", away) as url:
        cases = tried(url, "voyado", READING)
    statuses = {came.status for case in cases for _operation, _sent, came in case.exchanges}
    assert statuses == {302}
    assert {finding.check for case in cases for finding in case.findings} >= {"status_code_conformance"}


def test_the_pace_and_the_phases_of_a_careful_plan() -> None:
    with served() as url:
        slow = Plan(examples=1, writes=False, rate=1000)
        assert {case.phase for case in tried(url, "spotler", slow)} <= {"examples", "coverage", "fuzzing"}
