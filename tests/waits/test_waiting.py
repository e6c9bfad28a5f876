"""The client's waits: which count, in threads and event loops, how far, and what stays real."""

import asyncio
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import sleep
from types import SimpleNamespace
from typing import Any

import anyio
import httpx
import pytest
import requests

import mockserver as package
from mockserver.client import World
from mockserver.errors import WaitStalledError, WaitTooLongError
from mockserver.pytest_plugin import MockServer
from mockserver.waits.waits import Waits

_PATH = "/v1/audiences/get"
_LATENCY = 0.1
"""Real seconds that a late reply takes; every bound on real time below is far from it."""
_VERY_LATE = 4.0
"""Seconds after which a client that waits for a fraction of `_LATENCY` has given up, however busy it is."""
_AGES = 3000.0
"""Seconds that no test may take."""


@contextmanager
def in_real_time(at_least: float = 0.0) -> Iterator[None]:
    """Fails if the block took less real time, or if a wait of it was real."""
    begin = time.perf_counter()
    yield
    assert at_least <= time.perf_counter() - begin < 60


def call(world: World, timeout: float = 20) -> int:
    url, headers = world.url("ortto") + _PATH, world.headers("ortto")
    return requests.post(url, json={}, headers=headers, timeout=timeout).status_code


@pytest.fixture
def late(mockserver: World) -> World:
    """A world whose replies take real time."""
    mockserver.faults.add("ortto", "get_audiences", "latency", seconds=_LATENCY, times=None)
    return mockserver


@pytest.fixture
def waits(mockserver: World) -> Iterator[Waits]:
    with mockserver.waiting() as waits:
        yield waits


def nap(seconds: float, how: Callable[[float], None] = time.sleep) -> None:
    """As many a client takes its sleep: as an argument."""
    how(seconds)


def test_every_reference_to_sleep_counts(waits: Waits) -> None:
    sleep(1)
    nap(2)
    SimpleNamespace(pause=sleep).pause(3)
    time.sleep(0)
    with pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)
    with pytest.raises(OverflowError):  # as without the block
        time.sleep(float("inf"))
    with pytest.raises(TypeError):
        time.sleep("1")  # type: ignore[arg-type]
    assert waits.seconds == [1, 2, 3]


def test_nothing_is_replaced_outside_of_the_block(mockserver: World) -> None:
    def names() -> list[Any]:
        loop = asyncio.BaseEventLoop
        found = [threading.Condition.wait, threading.Thread.start, threading.Thread.join, loop._run_once]  # type: ignore[attr-defined]
        return [*found, loop.time, loop.call_at, queue.time, time.sleep.__self__]  # type: ignore[attr-defined]

    before = names()
    with mockserver.waiting() as outer:
        assert names() != before
        with mockserver.waiting() as inner:
            sleep(1)
        sleep(2)
    assert names() == before
    assert (outer.seconds, inner.seconds) == ([1, 2], [1])
    with in_real_time(at_least=0.02):
        sleep(0.02)


def test_every_way_to_wait_with_a_timeout(waits: Waits) -> None:
    assert not threading.Event().wait(1)
    condition = threading.Condition()
    with condition:
        assert not condition.wait(2)
        assert not condition.wait_for(lambda: False, 3)
    with pytest.raises(queue.Empty):
        queue.Queue[int]().get(timeout=4)
    assert not threading.Semaphore(0).acquire(timeout=5)
    thread = threading.Thread(target=sleep, args=(7,))
    thread.start()
    thread.join(6)
    assert thread.is_alive()
    thread.join()
    assert waits.total == 1 + 2 + 3 + 4 + 5 + 7


def test_threads_share_the_time(mockserver: World) -> None:
    def work(seconds: float) -> float:
        for _ in range(3):
            assert call(mockserver) == 200
            sleep(seconds)
        return seconds

    with mockserver.waiting() as waits, ThreadPoolExecutor(3) as pool:
        found = [one.result(timeout=_AGES) for one in [pool.submit(work, seconds) for seconds in (5, 7, 11)]]
    assert found == [5, 7, 11]
    assert sorted(waits.seconds) == [5, 5, 5, 7, 7, 7, 11, 11, 11]
    assert waits.total == 33
    assert len(mockserver.journal()) == 9


def test_a_wait_for_a_thread_that_calls_is_real(late: World) -> None:
    with late.waiting() as waits, ThreadPoolExecutor(1) as pool, in_real_time(at_least=_LATENCY):
        assert pool.submit(call, late).result(timeout=_LATENCY / 10 + 5) == 200
    assert list(waits) == []


def test_a_timer_and_a_wake_up(waits: Waits) -> None:
    event, order = threading.Event(), []
    threading.Timer(4, event.set).start()
    assert event.wait(10)
    order.append(waits.total)
    lock = threading.Lock()

    def hold() -> None:
        with lock:
            event.clear()
            sleep(20)

    thread = threading.Thread(target=hold)
    thread.start()
    while event.is_set():
        sleep(0)
    with lock:  # no hook sees who waits for a lock
        order.append(waits.total)
    thread.join()
    assert order == [4, 24]


def test_event_loops(mockserver: World) -> None:
    async def ask(client: httpx.AsyncClient, seconds: float) -> None:
        for _ in range(3):
            reply = await client.post(
                mockserver.url("ortto") + _PATH, json={}, headers=mockserver.headers("ortto")
            )
            assert reply.status_code == 200
            await asyncio.sleep(seconds)

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            await asyncio.gather(ask(client, 5), ask(client, 7))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(100), 10)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 10)
        with anyio.move_on_after(3):
            await anyio.sleep(50)
        await asyncio.gather(asyncio.to_thread(sleep, 6), asyncio.sleep(2))

    with mockserver.waiting() as waits:
        asyncio.run(main())
    assert waits.total == 21 + 10 + 10 + 3 + 6
    sleeps = [wait.seconds for wait in waits if wait.kind == "asyncio.sleep"]
    assert sleeps == [5, 7, 5, 7, 5, 7, 2]


async def _with_httpx(world: World, timeout: float) -> None:
    async with httpx.AsyncClient(timeout=timeout) as client:
        await client.post(world.url("ortto") + _PATH, json={}, headers=world.headers("ortto"))


async def _with_aiohttp(world: World, timeout: float) -> None:
    import aiohttp

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout)) as session:
        await session.post(world.url("ortto") + _PATH, json={}, headers=world.headers("ortto"))


async def _in_memory(world: World, timeout: float) -> None:
    async with httpx.AsyncClient(transport=world.transport("httpx"), timeout=timeout) as client:
        await client.post(world.url("ortto") + _PATH, json={}, headers=world.headers("ortto"))


@pytest.mark.parametrize("send", [_with_httpx, _with_aiohttp, _in_memory])
def test_timeouts_of_connections_stay_real(late: World, send: Callable[[World, float], Any]) -> None:
    async def beside() -> None:
        async with asyncio.timeout(600):
            await asyncio.gather(send(late, 300), asyncio.sleep(1))

    with late.waiting() as waits:
        with in_real_time(at_least=_LATENCY):
            asyncio.run(beside())
        late.faults.clear()
        late.faults.add("ortto", "get_audiences", "latency", seconds=_VERY_LATE, times=None)
        with pytest.raises((httpx.TimeoutException, TimeoutError)):
            asyncio.run(send(late, _LATENCY / 4))
    assert waits.total == 1
    with pytest.raises(requests.Timeout), late.waiting() as waits:
        call(late, timeout=_LATENCY / 4)
    assert waits.total == 0


def test_a_loop_outlives_the_block(mockserver: World) -> None:
    async def main() -> float:
        with mockserver.waiting():
            task = asyncio.create_task(asyncio.sleep(100.01))
            await asyncio.sleep(100)
        before = time.perf_counter()
        await task
        return time.perf_counter() - before

    assert asyncio.run(main()) >= 0.005  # what was left is waited for in real time


def test_a_thread_outlives_the_block(mockserver: World) -> None:
    ended = threading.Event()

    def work() -> None:
        sleep(100.02)
        ended.set()

    with mockserver.waiting() as waits:
        thread = threading.Thread(target=work)
        thread.start()
        sleep(100)
    assert waits.seconds == [100]
    assert ended.wait(20)
    thread.join()


def test_only_the_client_waits_by_the_clock(mockserver: World) -> None:
    seen: list[float] = []
    go = threading.Event()

    def stranger() -> None:
        go.wait()
        begin = time.perf_counter()
        sleep(0.02)
        seen.append(time.perf_counter() - begin)

    thread = threading.Thread(target=stranger)
    thread.start()
    with mockserver.waiting() as waits:
        go.set()
        while not seen:
            sleep(0)
        with pytest.raises(AssertionError):
            mockserver.journal.assert_called("ortto", "get_audiences", within=0.02)
    thread.join()
    assert seen[0] >= 0.02
    assert list(waits) == []


def test_two_worlds_and_two_clients(mockserver_server: MockServer) -> None:
    with mockserver_server.world() as one, mockserver_server.world() as two:
        begin = [one.clock.now(), two.clock.now()]
        with one.waiting() as outer, two.waiting() as inner:
            sleep(3600)
        assert (outer.total, inner.total) == (3600, 3600)

        def wait_in(world: World, seconds: float, found: list[Waits]) -> None:
            with world.waiting() as waits:
                sleep(seconds)
            found.append(waits)

        found: list[Waits] = []
        threads = [
            threading.Thread(target=wait_in, args=(*pair, found)) for pair in [(one, 60.0), (two, 120.0)]
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(waits.total for waits in found) == [60, 120]
        moved = [
            (now - then).total_seconds()
            for now, then in zip([one.clock.now(), two.clock.now()], begin, strict=True)
        ]
    assert 3660 <= moved[0] < 3715
    assert 3720 <= moved[1] < 3775


def test_too_long_a_wait_fails(mockserver: World) -> None:
    call(mockserver)
    with pytest.raises(WaitTooLongError) as failure, mockserver.waiting():
        sleep(30_000)
    assert str(failure.value) == (
        f"the client of world {mockserver.name} waits 8h20m, longer than 2h after exchange 1; "
        "fix the client, or pass waiting(longest='8h20m')"
    )
    with mockserver.waiting() as waits:
        for _ in range(12):
            sleep(7200)
        with pytest.raises(WaitTooLongError, match=r"has waited 1d2h in all, longer than 1d.*clock=True"):
            sleep(7200)
        assert str(waits.take_failure()).endswith(
            "pass waiting(total='2d'), or clock=True if it waits until a time"
        )
    assert waits.total == 86_400
    mockserver.faults.add("ortto", "get_audiences", "status", status=429, reply_headers={"Retry-After": "5"})
    call(mockserver)
    asked = "waits 1h23m20s where Retry-After asks for 5 seconds: are these milliseconds"
    with pytest.raises(WaitTooLongError, match=asked), mockserver.waiting():
        sleep(5000)
    with pytest.raises(WaitTooLongError, match="longer than 1m"), mockserver.waiting(longest="1m"):
        asyncio.run(asyncio.sleep(61))


def test_a_client_that_hides_the_failure_fails_at_the_end(mockserver: World) -> None:
    def careless() -> None:
        try:
            sleep(90)
        except Exception:
            sleep(30)

    with pytest.raises(WaitTooLongError, match="longer than 1m"), mockserver.waiting(longest="1m") as waits:
        careless()
    assert waits.seconds == [30]
    assert waits.take_failure() is None


def test_a_thread_that_holds_the_time_is_named(mockserver: World) -> None:
    end = threading.Event()

    def spin() -> None:
        while not end.is_set():
            pass

    thread = threading.Thread(target=spin, name="spinner")
    try:
        with mockserver.waiting(patience=0.05):
            thread.start()
            with pytest.raises(WaitStalledError, match=r"'spinner' \(in "):
                sleep(1)
    finally:
        end.set()
        thread.join()


def test_waits_in_assertions(mockserver: World) -> None:
    mockserver.faults.add(
        "ortto", "get_audiences", "status", status=429, reply_headers={"Retry-After": "30"}, times=1
    )
    with mockserver.waiting() as waits:
        sleep(1.5)
        call(mockserver)
        sleep(10)
        call(mockserver)
        sleep(90)
    assert mockserver.waits is waits
    refused = waits.after(status=429)
    assert [(one.seconds, one.number, one.retry_after) for one in refused] == [(10, 1, 30)]
    assert waits.early == refused
    assert (waits[0].exchange, waits[0].status, waits[-1].number) == (None, None, 2)
    lines = str(waits).splitlines()
    assert lines[0] == f"3 waits of the client of world {mockserver.name}, 1m41.5s in all:"
    assert lines[1].split() == ["1.5s", "before", "any", "call", "[time.sleep]"]
    assert "after 1  POST /ortto/v1/audiences/get -> 429" in lines[2]
    assert "(Retry-After: 30)  [time.sleep]" in lines[2]
    with pytest.raises(TypeError, match=r"after\(\) has no argument 'problems'; use vendor=, "):
        waits.after(problems="x")


@pytest.mark.mockserver(now="2030-01-01T00:00:00Z")
def test_clocks_of_python_agree_on_demand(mockserver: World) -> None:
    from datetime import UTC, datetime

    zone, begin = time.tzname, time.monotonic()
    with mockserver.waiting(clock=True) as waits:
        deadline = time.monotonic() + 25
        while time.monotonic() < deadline:
            sleep(10)
        assert datetime.now(UTC) == mockserver.clock.now() == datetime(2030, 1, 1, 0, 0, 30, tzinfo=UTC)
        assert time.time() == mockserver.clock.now().timestamp()
        mockserver.clock.advance("1h")
        assert datetime.now(UTC).hour == 1
        assert time.tzname == zone
    assert waits.seconds == [10, 10, 10]
    assert time.monotonic() - begin < 20
    assert datetime.now(UTC).year < 2030
    assert mockserver.clock.read().mode == "frozen"


def test_a_running_clock_runs_on_after_the_block(mockserver: World) -> None:
    before = mockserver.clock.now()
    with mockserver.waiting(clock=True):
        sleep(600)
        assert mockserver.clock.read().mode == "frozen"
    after = mockserver.clock.read()
    assert after.mode == "shifted"
    assert 600 <= (after.now - before).total_seconds() < 660


def test_a_loop_with_its_own_clock_is_refused(mockserver: World) -> None:
    import uvloop

    async def main() -> None:
        with mockserver.waiting():
            pass

    with pytest.raises(WaitStalledError, match=r"cannot move the time of a uvloop.*run the test on a loop"):
        uvloop.run(main())


def test_as_a_function_and_once_only(mockserver: World) -> None:
    block = package.waiting(mockserver, longest=5)
    with block as waits:
        sleep(5)
    assert waits.total == 5
    with pytest.raises(RuntimeError, match="call waiting"), block:
        pass


def test_importing_the_client_does_not_load_it() -> None:
    script = (
        "import sys, mockserver.client, mockserver.pytest_plugin; print('mockserver.waits' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
