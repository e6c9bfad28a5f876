"""Every problem of every operation can be planned, and is then said as the contract has it."""

import re

import pytest
import requests
from werkzeug.test import Client

from mockserver import vendors
from mockserver.app import Application
from mockserver.client import World
from mockserver.control.fault_validation import check_fault
from tests.read_vendors import read_vendor

EVERY = [(vendor, id) for vendor in vendors.names() for id in read_vendor(vendor).contract.operations]


@pytest.mark.parametrize(("vendor", "id"), EVERY)
def test_of_an_operation(mockserver: World, own_app: Application, vendor: str, id: str) -> None:
    """Planned and sent in this process: control calls and sockets took most of the time."""
    operation = read_vendor(vendor).contract.operations[id]
    worlds, http = own_app.context.worlds, Client(own_app, use_cookies=False)
    path = f"/w/{mockserver.name}/{vendor}" + re.sub(r"\{\w+\}", "0", operation.path)
    for problem in operation.problems.values():
        plan = {"vendor": vendor, "operation": id, "kind": "problem", "problem": problem.name}
        check_fault(worlds, plan)
        with worlds.store.transaction():
            worlds.faults(mockserver.name).add(plan)
        assert http.open(path, method=operation.method).status_code == problem.status
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
