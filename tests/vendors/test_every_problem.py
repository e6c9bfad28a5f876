"""Every problem of every operation can be planned, and is then said as the contract has it."""

import re
from collections.abc import Iterator

import pytest
import requests

from mockserver import vendors
from mockserver.client import World
from tests.read_vendors import read_vendor

EVERY = [(vendor, id) for vendor in vendors.names() for id in read_vendor(vendor).contract.operations]


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.mark.parametrize(("vendor", "id"), EVERY)
def test_of_an_operation(mockserver: World, session: requests.Session, vendor: str, id: str) -> None:
    operation = read_vendor(vendor).contract.operations[id]
    path = re.sub(r"\{\w+\}", "0", operation.path)
    for problem in operation.problems.values():
        mockserver.faults.add(vendor, id, "problem", problem=problem.name)
        answer = session.request(operation.method, mockserver.url(vendor) + path, timeout=20)
        assert answer.status_code == problem.status
    said = mockserver.journal(vendor=vendor, operation=id)
    assert [exchange["problem"] for exchange in said] == list(operation.problems)
    assert [violation for exchange in said for violation in exchange["violations"]] == []
    assert {exchange["fault"] and exchange["fault"]["kind"] for exchange in said} == {"problem"}


@pytest.mark.mockserver(strict=False)
@pytest.mark.parametrize("vendor", vendors.names())
def test_where_no_operation_answers(mockserver: World, vendor: str) -> None:
    problems = read_vendor(vendor).contract.unrouted.problems
    for problem in problems.values():
        mockserver.faults.add(vendor, None, "problem", problem=problem.name)
        answer = requests.get(mockserver.url(vendor) + "/nowhere", timeout=20)
        assert answer.status_code == problem.status
    assert [exchange["problem"] for exchange in mockserver.journal(vendor=vendor)] == list(problems)
