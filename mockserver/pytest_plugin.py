"""The pytest plugin: a test's own world on the session's server, and no broken promise goes unseen.

Loaded by its entry point before coverage starts, so whatever is ours is imported where it is used.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2s
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from mockserver.client import Control, World
    from mockserver.redirection import Redirect
    from mockserver.testing.coverage_collector import Gathering
    from mockserver.testing.strictness import Watch

_MARKER: Final = (
    "mockserver(scenario=, seed=, now=, people=, settings=, strict=): how the world of fixture `mockserver` "
    "starts; strict=True fails the test by any call that its contract forbids, strict=False not even by an "
    "unknown path"
)
_WISHES: Final = ("scenario", "seed", "now", "people", "settings")
_LONGEST_LABEL: Final = 1000
_RUN: Final = pytest.StashKey[str]()


@dataclass(frozen=True)
class MockServer:
    """The session's server: its URL, its control, and its WSGI application where it lives in this process."""

    url: str
    control: "Control"
    app: Any = None

    def world(self, name: str = "default") -> "World":
        """The world of this name."""
        world = self.control.world(name)
        world.app = self.app
        return world


_WATCH: "Final[pytest.StashKey[Watch]]" = pytest.StashKey()
_GATHERING: "Final[pytest.StashKey[Gathering]]" = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Registers the options and their ini twins."""
    group = parser.getgroup("mockserver", "fakes of marketing audience APIs")
    url = "a running server to make the tests' worlds on, instead of one of this session's own"
    group.addoption("--mockserver-url", metavar="URL", default=None, help=url)
    parser.addini("mockserver_url", url, default="")
    asked = "the token of that server, if it asks for one; by default MOCKSERVER_TOKEN"
    group.addoption("--mockserver-token", metavar="TEXT", default=None, help=asked)
    parser.addini("mockserver_token", asked, default="")
    vendor = "a vendor that the session's own server fakes; may be given more than once, by default all"
    group.addoption("--mockserver-vendor", metavar="NAME", action="append", default=[], help=vendor)
    parser.addini("mockserver_vendor", vendor, type="args", default=[])
    start = "how worlds start on the session's own server where no marker says otherwise: a name or a file"
    group.addoption("--mockserver-scenario", metavar="SCENARIO", default=None, help=start)
    parser.addini("mockserver_scenario", start, default="")
    strict = "fail a test whose client sent what a contract forbids, unless its marker says otherwise"
    group.addoption("--mockserver-strict", action="store_true", default=False, help=strict)
    parser.addini("mockserver_strict", strict, type="bool", default=False)
    _add_coverage(group, parser)


def _add_coverage(group: pytest.OptionGroup, parser: pytest.Parser) -> None:
    reached = "tell what of the contracts the tests reached; with FILE.json or FILE.html in there, too"
    group.addoption(
        "--mockserver-coverage",
        metavar="FILE",
        nargs="?",
        const="",
        action="append",
        default=[],
        help=reached,
    )
    parser.addini("mockserver_coverage", reached, type="args", default=[])
    least = "fail if less is covered; of everything, or of one kind: operations=PERCENT, problems=PERCENT …"
    group.addoption("--mockserver-fail-under", metavar="PERCENT", action="append", default=[], help=least)
    parser.addini("mockserver_fail_under", least, type="args", default=[])
    leaned = "list the rules that the tests lean on and that nobody has documented or seen"
    group.addoption("--mockserver-provenance", action="store_true", default=False, help=leaned)
    parser.addini("mockserver_provenance", leaned, type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker, a name for this run that no other run has, and who gathers what tests reach."""
    config.addinivalue_line("markers", _MARKER)
    config.stash[_RUN] = uuid4().hex
    names = ("mockserver_coverage", "mockserver_fail_under", "mockserver_provenance")
    files, least, provenance = [_option(config, name) for name in names]
    if files or least or provenance:
        from mockserver.testing.coverage_collector import Gathering, wishes

        told = wishes(files, least, provenance, _option(config, "mockserver_vendor"))
        if told:
            gathering = config.stash[_GATHERING] = Gathering(told)
            config.pluginmanager.register(gathering, "mockserver-coverage")


@pytest.fixture(scope="session")
def mockserver_server(request: pytest.FixtureRequest) -> Iterator[MockServer]:
    """The session's server: started on a free port, or the one that `--mockserver-url` names."""
    from mockserver import environment
    from mockserver.client import Control

    url = _option(request.config, "mockserver_url")
    if not url:
        vendors = tuple(_option(request.config, "mockserver_vendor"))
        with _failing_plainly(), _own_server(vendors, _scenario(request.config)) as server:
            yield server
            gathering = request.config.stash.get(_GATHERING, None)
            if gathering:
                gathering.gather(server.world())
        return
    with _failing_plainly():
        control = Control(url, token=_option(request.config, "mockserver_token") or environment.read().token)
        control.health()
    yield MockServer(control.url, control)


@pytest.fixture
def mockserver(request: pytest.FixtureRequest, mockserver_server: MockServer) -> Iterator["World"]:
    """This test's own world; the test fails by what was wrong in it, as far as it is strict."""
    from mockserver.testing.strictness import Watch

    wishes = {"strict": _option(request.config, "mockserver_strict") or None, **_marked(request.node)}
    strict = wishes.pop("strict")
    with _failing_plainly():
        label = request.node.nodeid[:_LONGEST_LABEL]
        world = mockserver_server.control.create_world(_world_name(request), label=label, **wishes)
    world.app = mockserver_server.app
    watch = request.node.stash[_WATCH] = Watch(world, strict)
    gathering = request.config.stash.get(_GATHERING, None)
    if gathering:
        gathering.watch(world)
    yield world
    verdict = watch.verdict()
    with _failing_plainly():
        if gathering:
            gathering.gather(world)
        world.delete()
    if verdict:
        pytest.fail(verdict, pytrace=False)


@pytest.fixture
def mockserver_redirect(mockserver: "World") -> Iterator["Redirect"]:
    """For the whole test, calls to the vendors' own hosts come to its world."""
    with mockserver.redirect() as redirect:
        yield redirect


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Judges the exchanges as soon as the test is through, so that it is the test that fails."""
    watch = item.stash.get(_WATCH, None)
    try:
        outcome = yield
    except (Exception, pytest.fail.Exception):
        if watch and (verdict := watch.verdict()):
            item.add_report_section("call", "mockserver", verdict)
        raise
    if watch and (verdict := watch.verdict()):
        pytest.fail(verdict, pytrace=False)
    return outcome


@contextmanager
def _own_server(vendors: tuple[str, ...], scenario: str) -> Iterator[MockServer]:
    from mockserver.app import create_app
    from mockserver.client import Control
    from mockserver.server.http_server import Server
    from mockserver.state.scenario import load_scenario

    app = create_app(load_scenario(scenario) if scenario else None, vendors=vendors)
    server = Server(app).start()
    yield MockServer(server.url, Control(server.url), app)
    server.stop()


@contextmanager
def _failing_plainly() -> Iterator[None]:
    """A refusal of the server fails the test with the server's one line instead of a stack of frames."""
    from mockserver.errors import ControlError, InvalidContractError, InvalidScenarioError

    said = ""
    try:
        yield
    except (ControlError, InvalidContractError, InvalidScenarioError) as refusal:
        said = str(refusal)
    if said:
        raise pytest.fail.Exception(f"mockserver: {said}", pytrace=False) from None


def _option(config: pytest.Config, name: str) -> Any:
    """The command line's word, else the ini file's."""
    return config.getoption(name) or config.getini(name)


def _scenario(config: pytest.Config) -> str:
    """How the own server's worlds start ("": as ever); a file that the ini file names lies beside it."""
    kept = str(config.getini("mockserver_scenario"))
    if _is_file(kept) and config.inipath:
        kept = str(config.inipath.parent / kept)
    return config.getoption("mockserver_scenario") or kept


def _is_file(scenario: object) -> bool:
    return isinstance(scenario, str) and ("/" in scenario or scenario.endswith((".yaml", ".yml")))


def _marked(item: pytest.Item) -> dict[str, Any]:
    own = _scenario(item.config) and not _option(item.config, "mockserver_url")
    # A world of which nothing is said is one more like the server's default world.
    wishes: dict[str, Any] = {} if own else {"scenario": "demo", "seed": 42}
    for marker in reversed(list(item.iter_markers("mockserver"))):
        unknown = sorted(marker.kwargs.keys() - {*_WISHES, "strict"})
        if marker.args or unknown:
            what = f"knows no {unknown[0]!r}" if unknown else "takes keywords only"
            pytest.fail(f"the marker mockserver {what}; write {_MARKER.partition(':')[0]}", pytrace=False)
        wishes.update(marker.kwargs)
    if _is_file(wishes.get("scenario")):
        fix = "name the file with --mockserver-scenario (ini: mockserver_scenario)"
        pytest.fail(f"the marker mockserver takes scenarios by name; {fix}", pytrace=False)
    return wishes


def _world_name(request: pytest.FixtureRequest) -> str:
    """Readable, and shared with no other test, worker or run on the same server."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:36].strip("-") or "test"
    unique = blake2s(
        f"{request.config.stash[_RUN]} {request.node.nodeid}".encode(), digest_size=5
    ).hexdigest()
    return f"{words}-{worker}-{unique}"
