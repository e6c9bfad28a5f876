"""Six retry libraries, unmodified: their back-offs move the world's clock instead of real time."""

import asyncio
from collections.abc import Callable

import backoff
import httpx
import pytest
import requests
import stamina
import tenacity
import urllib3
from httpx_retries import Retry, RetryTransport
from requests.adapters import HTTPAdapter

from mockserver.client import World

_PATH = "/v1/audiences/get"
_CODES = [503]


class RefusedError(Exception):
    """The reply is one after which a client tries again."""


@pytest.fixture
def refusing(mockserver: World) -> World:
    """A world in which two calls fail before the third succeeds."""
    mockserver.faults.add("ortto", "get_audiences", "status", status=503, times=2)
    return mockserver


def call(world: World) -> int:
    """One call without any retry. Raises `RefusedError`."""
    reply = requests.post(world.url("ortto") + _PATH, json={}, headers=world.headers("ortto"), timeout=20)
    if reply.status_code != 200:
        raise RefusedError
    return reply.status_code


def by_urllib3(world: World) -> int:
    retry = urllib3.Retry(5, backoff_factor=10, status_forcelist=_CODES, allowed_methods=None)
    with urllib3.PoolManager(retries=retry) as pool:
        url, headers = world.url("ortto") + _PATH, world.headers("ortto")
        return pool.request("POST", url, json={}, headers=headers, timeout=20).status


def by_requests(world: World) -> int:
    retry = urllib3.Retry(5, backoff_factor=10, status_forcelist=_CODES, allowed_methods=None)
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=retry))
        url, headers = world.url("ortto") + _PATH, world.headers("ortto")
        return session.post(url, json={}, headers=headers, timeout=20).status_code


def by_tenacity(world: World) -> int:
    wait = tenacity.wait_exponential(multiplier=10)
    return tenacity.Retrying(wait=wait, stop=tenacity.stop_after_attempt(5))(call, world)


def by_tenacity_async(world: World) -> int:
    async def ask() -> int:
        return await asyncio.to_thread(call, world)

    retrying = tenacity.AsyncRetrying(wait=tenacity.wait_fixed(10), stop=tenacity.stop_after_attempt(5))
    return asyncio.run(retrying(ask))


def by_backoff(world: World) -> int:
    trying = backoff.on_exception(backoff.expo, RefusedError, factor=10, jitter=None, max_tries=5)
    status: int = trying(call)(world)
    return status


def by_stamina(world: World) -> int:
    for attempt in stamina.retry_context(
        RefusedError, wait_initial=10, wait_max=99, wait_jitter=0, timeout=None
    ):
        with attempt:
            return call(world)
    raise AssertionError


def by_httpx_retries(world: World) -> int:
    retry = Retry(
        total=5, backoff_factor=10, status_forcelist=_CODES, allowed_methods=["POST"], backoff_jitter=0
    )
    with httpx.Client(transport=RetryTransport(retry=retry)) as client:
        return client.post(world.url("ortto") + _PATH, json={}, headers=world.headers("ortto")).status_code


def by_httpx_retries_async(world: World) -> int:
    async def ask() -> int:
        retry = Retry(
            total=5, backoff_factor=10, status_forcelist=_CODES, allowed_methods=["POST"], backoff_jitter=0
        )
        async with httpx.AsyncClient(transport=RetryTransport(retry=retry)) as client:
            url, headers = world.url("ortto") + _PATH, world.headers("ortto")
            return (await client.post(url, json={}, headers=headers)).status_code

    return asyncio.run(ask())


LIBRARIES: dict[Callable[[World], int], list[float]] = {
    by_urllib3: [20],  # it does not wait before its first retry
    by_requests: [20],
    by_tenacity: [10, 20],
    by_tenacity_async: [10, 10],
    by_backoff: [10, 20],
    by_stamina: [10, 20],
    by_httpx_retries: [20, 40],
    by_httpx_retries_async: [20, 40],
}


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda one: one.__name__)
def test_back_offs_move_the_clock(refusing: World, library: Callable[[World], int]) -> None:
    before = refusing.clock.now()
    with refusing.waiting() as waits:
        assert library(refusing) == 200
    assert waits.seconds == LIBRARIES[library]
    assert waits.total == sum(LIBRARIES[library])
    assert (refusing.clock.now() - before).total_seconds() >= waits.total
    assert waits.after(vendor="ortto", operation="get_audiences", status=503, fault="status") == list(waits)
    assert [wait.number for wait in waits] == [3 - len(waits), 2][-len(waits) :]


@pytest.mark.mockserver(now="2026-05-01T00:00:00Z")
def test_retry_after_is_kept_to_the_second(mockserver: World) -> None:
    """A library reads the header in whatever form it has; a frozen clock moves on as well."""
    asked = {"Retry-After": "90"}
    mockserver.faults.add("ortto", "get_audiences", "status", status=429, reply_headers=asked, times=2)
    with mockserver.waiting() as waits:
        retry = urllib3.Retry(3, status_forcelist=[429], allowed_methods=None)
        with urllib3.PoolManager(retries=retry) as pool:
            url, headers = mockserver.url("ortto") + _PATH, mockserver.headers("ortto")
            assert pool.request("POST", url, json={}, headers=headers).status == 200
    assert [(one.seconds, one.retry_after, one.status) for one in waits] == [(90, 90, 429)] * 2
    assert waits.early == []
    assert mockserver.clock.now().isoformat() == "2026-05-01T00:03:00+00:00"


def test_a_day_of_back_offs(mockserver: World) -> None:
    """Eight attempts in 24 hours; the elapsed real time is printed, since machines differ."""
    mockserver.faults.add("ortto", "get_audiences", "status", status=503, times=7)
    retrying = tenacity.Retrying(
        wait=tenacity.wait_chain(*[tenacity.wait_fixed(86_400 / 7)] * 7),
        stop=tenacity.stop_after_attempt(8),
    )
    with mockserver.waiting(longest="4h") as waits:
        assert retrying(call, mockserver) == 200
    assert (len(waits), round(waits.total)) == (7, 86_400)
