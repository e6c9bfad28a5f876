"""Drawn calls of every operation: none fails on our side, none costs much, none leaves memory behind."""

import gc
import logging
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import pytest

from mockserver import vendors
from mockserver.contract.operation import Operation
from tests.hostile.caller import MAX_WORK_OF_SMALL_CALL, Caller, query_of
from tests.hostile.values import Sampler

SEED = 4700
CALLS = 24
MAX_GROWTH = 250_000
"""Bytes that a round of calls may leave behind: caches that fill up to their bound."""


def operations_of(caller: Caller, vendor: str) -> list[Operation]:
    return list(caller.app.context.vendors[vendor].contract.operations.values())


def fuzz(caller: Caller, vendor: str, number: int, seed: int) -> Counter[int]:
    """Sends that many drawn calls; the statuses of their replies."""
    sampler, statuses = Sampler(seed), Counter[int]()
    operations = operations_of(caller, vendor)
    for index in range(number):
        operation = operations[index % len(operations)]
        path, query, body = sampler.call(operation)
        answer = caller.send(vendor, operation.method, path, query_of(query), body)
        assert not answer.is_failure_of_ours, (index, operation.id, answer.body)
        assert answer.work <= MAX_WORK_OF_SMALL_CALL, (index, operation.id, answer.work)
        sampler.learn(answer.body)
        statuses[answer.status] += 1
        if answer.status == 401 and vendor == "digitalaudience":
            caller.log_in_again(vendor)
    return statuses


@pytest.mark.parametrize("vendor", vendors.names())
def test_drawn_calls(caller: Caller, vendor: str, caplog: pytest.LogCaptureFixture) -> None:
    """A call of each operation, and some more of vendors with few operations."""
    statuses = fuzz(caller, vendor, max(80, len(operations_of(caller, vendor))), SEED)
    assert statuses[200] + statuses[201] + statuses[204] >= 5  # the handlers were reached
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


@pytest.mark.thorough
@pytest.mark.parametrize("vendor", vendors.names())
def test_many_drawn_calls(caller: Caller, vendor: str, caplog: pytest.LogCaptureFixture) -> None:
    fuzz(caller, vendor, 2_000, SEED + 1)
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


class UncountedCaller(Caller):
    """Calls without counting their work, which takes twice their time."""

    def count(self) -> AbstractContextManager[list[int]]:
        return nullcontext([0])


@pytest.fixture(scope="module")
def uncounted() -> Iterator[UncountedCaller]:
    caller = UncountedCaller()
    yield caller
    caller.close()


def memory_after(caller: Caller, vendor: str, seed: int) -> int:
    """The bytes of Python's objects after a round of calls and a reset of the world."""
    fuzz(caller, vendor, CALLS, seed)
    caller.control("POST", "/worlds/default/reset")
    caller.log_in_again(vendor)
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.parametrize("vendor", vendors.names())
def test_memory_returns_to_its_level(uncounted: UncountedCaller, vendor: str) -> None:
    for number in (1, 2):  # untraced, which takes a third of the time: they compile the schemas
        fuzz(uncounted, vendor, CALLS, SEED + number)
    tracemalloc.start()
    try:
        before, after = (memory_after(uncounted, vendor, SEED + number) for number in (3, 4))
    finally:
        tracemalloc.stop()
    assert after - before < MAX_GROWTH
