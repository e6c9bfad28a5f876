"""The documentation site, built by Zensical without a warning, and looked at in Chromium."""

import functools
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from tests.outside.tools import NODE_MODULES, needs_tools, python_program
from tests.verify.chromium import Tab, chromium, program
from website import __main__ as program_of_site
from website.__main__ import all_pages, build, main
from website.pages import Links, Page

pytestmark = needs_tools

ADDRESS: Final = "https://docs.example/mockserver/"
LOOKS: Final = ((1280, "light"), (360, "dark"))
QUESTIONS: Final = {
    "first test": "tutorial/first-test",
    "playwright": "how-to/test-with-javascript",
    "timeout": "reference/faults",
    "nightly job": "reference/worlds",
    "github actions": "how-to/ci",
    "docker compose": "how-to/containers",
    "rate limit 429": "reference/rate-limits",
    "verify real service": "how-to/verify",
    "mcp agent": "how-to/drive-with-mcp",
    "exit codes": "reference/command-line",
    "provenance": "explanation/contracts-and-provenance",
    "share a demo": "how-to/share-a-server",
    "reproduce failure": "how-to/replay-a-failure",
    "oauth signature": "how-to/use-from-any-language",
    "write a scenario": "reference/seed-data",
}
"""What a stranger types into the search box, and the page that answers it."""

TOP: Final = 3
READINGS: Final = 20
FOCUSED: Final = """(one => {
  while (one && one.shadowRoot) one = one.shadowRoot.activeElement;
  return !!one && one.tagName === 'INPUT';
})(document.activeElement)"""
FOUND: Final = """(question => {
  const links = [];
  const walk = root => root.querySelectorAll('*').forEach(one => {
    if (one.tagName === 'A' && one.href.includes('?h=')) links.push(new URL(one.href));
    if (one.shadowRoot) walk(one.shadowRoot);
  });
  walk(document);
  const isNew = links.length && links[0].searchParams.get('h') === question;
  return isNew ? JSON.stringify(links.map(one => one.pathname)) : null;
})"""

SAMPLE: Final = ("index", "how-to/console", "reference/command-line", "vendors/fanfare-operations")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    printed = build(folder, python_program("zensical", "zensical"), ADDRESS)
    assert "Warning" not in printed, printed
    return folder


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Keeps quiet: a tab that goes on to the next page breaks off what it was loading."""


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keeps quiet, as `_QuietHandler` does."""


@contextmanager
def published(site: Path) -> Iterator[str]:
    with _QuietServer(("127.0.0.1", 0), functools.partial(_QuietHandler, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def tab(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tab, str]]:
    if program() is None:
        pytest.skip("Chromium is not installed")
    with (
        published(site) as url,
        chromium(tmp_path_factory.mktemp("browser")) as browser,
        browser.tab(f"{url}/index.html") as (opened, _loaded),
    ):
        yield opened, url


def look(tab: tuple[Tab, str], place: str, width: int, scheme: str) -> Tab:
    opened, url = tab
    opened.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 500
    )
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    opened.call("Emulation.setEmulatedMedia", features=features)
    opened.call("Page.navigate", url=f"{url}/{place}")
    opened.wait_for_value(
        f"document.readyState === 'complete' && location.pathname === '/{place.partition('?')[0]}' || null"
    )
    return opened


def test_every_page_is_html_and_markdown(site: Path) -> None:
    pages = all_pages()
    assert len(pages) > 40
    for page in pages:
        html = (site / page.place).with_suffix(".html").read_text(encoding="utf-8")
        assert re.search(r"<h1[ >]", html), page.place
        assert (site / page.place).read_text(encoding="utf-8").startswith("# "), page.place
    assert f"]({ADDRESS}tutorial/first-test.md)" in (site / "llms.txt").read_text(encoding="utf-8")
    assert f"{ADDRESS}tutorial/first-test.html" in (site / "sitemap.xml").read_text(encoding="utf-8")


def test_it_loads_nothing_from_elsewhere(site: Path) -> None:
    loaded = re.compile(r"""<(?:script|link|img)[^>]+(?:src|href)="?(https?://[^"\s>]+)""")
    pages = [*site.rglob("*.html")]
    assert pages
    foreign = {one for page in pages for one in loaded.findall(page.read_text(encoding="utf-8"))}
    assert [one for one in foreign if not one.startswith(ADDRESS)] == []


def test_the_search_index_has_what_a_stranger_looks_for(site: Path) -> None:
    index = json.loads((site / "search.json").read_text(encoding="utf-8"))
    titles = {
        (one["location"].partition("#")[0], re.sub(r"<[^>]+>", "", one["title"])) for one in index["items"]
    }
    assert ("reference/all-commands.html", "mockserver faults add") in titles
    assert ("how-to/drive-with-mcp.html", "The tools") in titles


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("place", SAMPLE)
def test_no_page_is_wider_than_its_window(tab: tuple[Tab, str], place: str, width: int, scheme: str) -> None:
    opened = look(tab, f"{place}.html", width, scheme)
    assert opened.value("document.documentElement.scrollWidth <= innerWidth")
    assert (
        opened.value("document.body.dataset.mdColorScheme") == {"light": "default", "dark": "slate"}[scheme]
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_we_wrote(tab: tuple[Tab, str], scheme: str) -> None:
    """In the content of the pages; what surrounds it is the generator's."""
    opened = look(tab, "how-to/console.html", 1280, scheme)
    opened.value((NODE_MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8") + ";null")
    script = """axe.run('article', {rules: {'scrollable-region-focusable': {enabled: false}}}).then(result =>
      JSON.stringify(result.violations.map(one => `${one.id}: ${one.nodes[0].html}`)))"""
    assert json.loads(opened.value(script)) == []


def test_a_warning_fails_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = Page("how-to/lost.md", None, "# Lost\n\n[Nothing](nowhere.md)\n")
    index = [page for page in all_pages() if page.place in ("index.md", "pages.md")]
    monkeypatch.setattr(program_of_site, "all_pages", lambda: [*index, lost])
    monkeypatch.setattr(Links, "rewrite", lambda _self, page: page.text)
    assert main(str(tmp_path / "out"), "--zensical", python_program("zensical", "zensical")) == 1
    assert "nowhere.md" in re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().err)
    assert not (tmp_path / "out").exists()


def test_the_questions_of_a_stranger_find_their_pages(tab: tuple[Tab, str]) -> None:
    """In the search of the site, among the first pages that it lists."""
    opened = look(tab, "index.html", 1280, "light")
    opened.wait_for_value("!!document.querySelector('.md-search__button')")
    opened.value("document.querySelector('.md-search__button').click();null")
    opened.wait_for_value(FOCUSED)
    missed = {}
    for question, place in QUESTIONS.items():
        opened.call("Input.dispatchKeyEvent", type="keyDown", key="a", modifiers=2, commands=["selectAll"])
        opened.call("Input.insertText", text=question)
        pages: list[str] = []
        for _reading in range(READINGS):  # the list is filled bit by bit
            links = json.loads(opened.wait_for_value(f"{FOUND}({json.dumps(question)})"))
            pages = [*dict.fromkeys(links)][:TOP]
            if f"/{place}.html" in pages:
                break
            opened.value("new Promise(resolve => setTimeout(resolve, 100))")
        else:
            missed[question] = pages
    assert len(QUESTIONS) >= 10
    assert missed == {}
