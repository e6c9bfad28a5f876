"""Runs coroutines to their end, from code that is not asynchronous."""

import sys
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from importlib import import_module
from inspect import isawaitable
from threading import Thread

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module


def run_to_end(function: Callable[[], object]) -> object:
    """The result of the function; what it returns is run in an event loop of its own if it can be awaited.

    The loop runs in a thread if the caller's thread has one already, as in a test that is a coroutine.
    """
    result = function()
    return _run(result) if isawaitable(result) else result


def is_in_event_loop() -> bool:
    """Whether this thread runs an event loop; only a program that has loaded asyncio can."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None


def _run(result: Awaitable[object]) -> object:
    asyncio = import_module("asyncio")  # only who has a coroutine has loaded it

    async def wait() -> object:
        return await result

    if not is_in_event_loop():
        return asyncio.run(wait())
    raised: list[BaseException] = []
    returned: list[object] = []

    def run() -> None:
        try:
            returned.append(asyncio.run(wait()))
        except BaseException as error:  # raised again in the thread of the caller
            raised.append(error)

    thread = Thread(target=copy_context().run, args=(run,), name="mockserver-coroutine")
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
    return returned[0]
