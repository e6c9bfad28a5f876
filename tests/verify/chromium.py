"""Headless Chromium whose developer tools record the calls of a page and save them as HAR."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import websocket

_FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--remote-debugging-port=0", "--remote-allow-origins=*", "--disable-background-networking"),
    # One process for all pages, rather than one for each load of a page, takes a quarter less CPU.
    *("--disable-software-rasterizer", "--renderer-process-limit=1", "--disable-site-isolation-trials"),
)
_TIMEOUT_SECONDS = 40.0
_READY = """import('./models/logs/logs.js').then(
  logs => import('./core/sdk/sdk.js').then(sdk => sdk.TargetManager.TargetManager.instance()
    .models(sdk.NetworkManager.NetworkManager).length))"""
_HAS_RECORDED = """import('./models/logs/logs.js').then(
  logs => logs.NetworkLog.NetworkLog.instance().requests()
    .some(one => one.url().endsWith('?WORD') && one.finished))"""
_SAVE = """(async () => {
  const [har, logs, common] = await Promise.all(
    ['models/har/har', 'models/logs/logs', 'core/common/common'].map(name => import(`./${name}.js`)));
  const requests = logs.NetworkLog.NetworkLog.instance().requests();
  const progress = new common.Progress.CompositeProgress(new common.Progress.Progress());
  return har.Writer.Writer.harStringForRequests(requests, {sanitize: SANITIZE}, progress);
})()"""
"""The action of the button `Export HAR` in the Network panel."""


def program() -> str | None:
    """Path of the browser; None if it is not installed."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Tab:
    """One tab, driven by the DevTools protocol."""

    def __init__(self, url: str) -> None:
        self._socket = websocket.create_connection(url, timeout=_TIMEOUT_SECONDS)
        self._numbers = count(1)

    def close(self) -> None:
        self._socket.close()

    def call(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]

    def value(self, script: str) -> Any:
        """The value of a script, awaited."""
        done = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def wait_for_value(self, script: str) -> Any:
        """The first truthy value of a script, which is retried: a page may still be loading."""
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while True:
            try:
                found = self.value(script)
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                found = None
            if found:
                return found
            assert time.monotonic() < deadline, f"{script} has no value"
            time.sleep(0.03)


class Browser:
    """A running browser."""

    def __init__(self, port: str) -> None:
        self._port = port

    @contextmanager
    def tab(self, url: str) -> Iterator[tuple[Tab, str]]:
        """A new tab with its id."""
        call = Request(f"http://127.0.0.1:{self._port}/json/new?{url}", method="PUT")
        with urlopen(call, timeout=_TIMEOUT_SECONDS) as reply:  # noqa: S310
            opened = json.load(reply)
        tab = Tab(opened["webSocketDebuggerUrl"])
        try:
            yield tab, opened["id"]
        finally:
            tab.close()
            with urlopen(
                f"http://127.0.0.1:{self._port}/json/close/{opened['id']}", timeout=_TIMEOUT_SECONDS
            ):
                pass

    def result(self, url: str) -> Any:
        """What the promise `window.work` of a page resolves to."""
        with self.tab("about:blank") as (page, _):
            page.call("Page.navigate", url=url)
            page.wait_for_value("window.work && window.work.then(() => true)")
            return page.value("window.work")

    def record(self, url: str, *, sanitize: bool = False) -> str:
        """The HAR of a page that does its work in the function `work`, which returns a promise."""
        here, deadline = f"127.0.0.1:{self._port}/devtools", time.monotonic() + _TIMEOUT_SECONDS
        with self.tab("about:blank") as (page, id_):
            address = f"http://{here}/devtools_app.html?ws={here}/page/{id_}"
            with self.tab(address) as (tools, _):
                tools.wait_for_value(_READY)
                page.call("Page.navigate", url=url)
                page.wait_for_value("window.work && true")
                # DevTools drops requests that finish before it attaches to the page.
                while not tools.value(_HAS_RECORDED.replace("WORD", "attached")):
                    assert time.monotonic() < deadline, "DevTools has not attached to the page"
                    page.value("fetch('?attached').then(it => it.text())")
                page.value("work()")
                # It records requests asynchronously but in order, so this one comes last.
                page.value("fetch('?recorded').then(it => it.text())")
                tools.wait_for_value(_HAS_RECORDED.replace("WORD", "recorded"))
                saved: str = tools.value(_SAVE.replace("SANITIZE", json.dumps(sanitize)))
        return saved


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """Starts a browser with its profile in the folder."""
    found = program()
    assert found
    words = [found, *_FLAGS, f"--user-data-dir={folder}", "about:blank"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield Browser(_port(folder / "DevToolsActivePort", process))
        finally:
            process.terminate()
            process.wait(_TIMEOUT_SECONDS)


def _port(file: Path, process: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    while not file.exists() or "\n" not in file.read_text():
        assert process.poll() is None, "the browser exited"
        assert time.monotonic() < deadline, "the browser has not written its port"
        time.sleep(0.05)
    return file.read_text().split()[0]
