"""Clients of Python over the network: each loads a URL once, with the timeout that it should have."""

import asyncio

import aiohttp
import httpx
import requests
import urllib3

from tests.transports.faulty_servers import timeout_for


def with_requests(url: str) -> bytes:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=timeout_for(url)).content


def with_httpx(url: str) -> bytes:
    with httpx.Client(timeout=timeout_for(url), trust_env=False) as client:
        return client.get(url).content


def with_httpx_async(url: str) -> bytes:
    async def call() -> bytes:
        async with httpx.AsyncClient(timeout=timeout_for(url), trust_env=False) as client:
            return (await client.get(url)).content

    return asyncio.run(call())


def with_aiohttp(url: str) -> bytes:
    async def call() -> bytes:
        timeout = aiohttp.ClientTimeout(sock_read=timeout_for(url))
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
            return await response.read()

    return asyncio.run(call())


def with_urllib3(url: str) -> bytes:
    return urllib3.PoolManager().request("GET", url, timeout=timeout_for(url), retries=False).data


OVER_NETWORK = (with_requests, with_httpx, with_httpx_async, with_aiohttp, with_urllib3)
