"""The overlays of an account in the console, in real Chromium, as `mockserver serve` reads them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver.app import create_app
from mockserver.contract.overlay import read_overlays
from mockserver.server.http_server import Server
from tests.control.browser import Console
from tests.verify.chromium import program

pytestmark = pytest.mark.skipif(program() is None, reason="Chromium is not installed")

OVERLAY = """
overlay: 1.0.0
info: {title: "Our <b>account</b>", version: 1.0.0}
actions:
- target: $.paths['/api/v3/target-audiences'].get
  update: {summary: List our audiences}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file: Path = tmp_path_factory.mktemp("overlays") / "voyado.yaml"
    file.write_text(OVERLAY)
    server = Server(create_app(vendors=("voyado",), overlays=read_overlays([file]))).start()
    yield server.url
    server.stop()


def test_the_contract_view_names_the_overlays_and_marks_what_they_change(page: Console) -> None:
    page.open("#/default/contract?vendor=voyado&operation=list_target_audiences")
    assert "Adapted by Our <b>account</b> (voyado.yaml): 1 change" in page.see("details.overlay")
    page.click_on("details.overlay summary")
    assert "changed /paths/~1api~1v3~1target-audiences/get/summary" in page.see("details.overlay li")
    assert "List our audiences" in page.see("aside, .detail, main")
    assert page.value(
        "[...document.querySelectorAll('.badge')].some(one => one.textContent.includes('overlay'))"
    )
