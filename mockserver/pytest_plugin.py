"""The pytest plugin: gives each test a world of its own, and fails tests that violate a contract.

pytest loads it by its entry point before coverage starts, so other modules of the package are imported inside
the functions that use them.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, overload
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from mockserver.client import Control, World
    from mockserver.redirection import Redirect
    from mockserver.testing.coverage_collector import CoverageCollector
    from mockserver.testing.session_world import SessionWorld
    from mockserver.testing.watched_worlds import WatchedWorlds
    from mockserver.waits.waits import Waits

pytest_plugins: tuple[str, ...] = (
    "mockserver.testing.conduct_plugin",
    "mockserver.testing.needs_plugin",
)
_CONDUCT: Final = "mockserver-conduct"
_MARKER: Final = (
    "mockserver(scenario=, seed=, now=, people=, settings=, profile=, capsule=, strict=, waiting=, needs=): "
    "initial state of the world of the fixture `mockserver`; strict=True fails the test on any call that "
    "violates the contract, strict=False also allows unknown paths; waiting=True: the client's waits move "
    "the clock; needs=True: --mockserver-needs finds what the client needs"
)
_WORLD_OPTIONS: Final = ("scenario", "seed", "now", "people", "settings", "profile", "capsule")
_DEFAULT_SEED: Final = 42
_MAX_LABEL_LENGTH: Final = 1000
_RUN_ID: Final = pytest.StashKey[str]()
_RUNNING: Final = pytest.StashKey[pytest.Item]()
"""The test that is running, or that ran last."""
_DECIDED: Final = pytest.StashKey[bool]()
"""Whether a test was skipped, xfailed or has failed: it keeps that outcome, whatever its exchanges."""
_WATCHED: "Final[pytest.StashKey[WatchedWorlds]]" = pytest.StashKey()
_LEFT_OUT: Final = pytest.StashKey[list[str]]()
"""The vendors from outside that the session's server could not serve, and why."""
_COVERAGE_COLLECTOR: "Final[pytest.StashKey[CoverageCollector]]" = pytest.StashKey()


@dataclass(frozen=True)
class MockServer:
    """The session's server: its control client, and its WSGI application if it runs in this process."""

    control: "Control"
    app: Any
    new_world: "Callable[[str | None, dict[str, Any]], AbstractContextManager[World]]"
    watch: "Callable[[World], AbstractContextManager[World]]"

    @property
    def url(self) -> str:
        """Its base URL; a server in this process starts when this is first read."""
        return self.control.url

    @overload
    def world(self, name: str = "default") -> "SessionWorld": ...

    @overload
    def world(self, name: str | None = None, **options: Any) -> "AbstractContextManager[World]": ...

    def world(self, name: str | None = None, **options: Any) -> "AbstractContextManager[World]":
        """The world with this name, or the default world. Raises ControlError (unknown_world).

        `with` watches a world for the length of the block: what is called in it counts for the test that
        runs. With options (those of the marker, except strict), or with neither name nor options, the block
        has a new world, which is deleted at its end.
        """
        if options:
            return self.new_world(name, options)
        from mockserver.testing.session_world import SessionWorld

        world = SessionWorld.find(self.control, name or "default", self.app)
        world.open_block = lambda: self.new_world(None, {}) if name is None else self.watch(world)
        return world


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the command line options, and the ini options of the same names."""
    from mockserver.testing.plugin_options import add_options

    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and, if requested, the coverage collector; give the run a unique id."""
    config.addinivalue_line("markers", _MARKER)
    config.stash[_RUN_ID] = uuid4().hex
    _extend_vendor_path(config)
    names = ("mockserver_coverage", "mockserver_fail_under", "mockserver_provenance")
    files, minimums, provenance = [_option(config, name) for name in names]
    if files or minimums or provenance:
        from mockserver.testing.coverage_collector import CoverageCollector, parse_options

        vendors, ignored = _option(config, "mockserver_vendor"), _option(config, "mockserver_coverage_ignore")
        options = parse_options(files, minimums, provenance, vendors, ignored)
        if options:
            collector = config.stash[_COVERAGE_COLLECTOR] = CoverageCollector(options)
            config.pluginmanager.register(collector, "mockserver-coverage")


def _extend_vendor_path(config: pytest.Config) -> None:
    """Add the folders of option and ini file to the vendor path, as long as the session lasts."""
    given = [config.invocation_params.dir / one for one in config.getoption("mockserver_vendor_path")]
    folders = [*given, *config.getini("mockserver_vendor_path")]
    if folders:
        from mockserver import environment

        extended = ExitStack()
        extended.enter_context(environment.more_vendors(folders))
        config.add_cleanup(extended.close)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say which vendors from outside were not served."""
    for error in config.stash.get(_LEFT_OUT, ()):
        terminalreporter.write_line(f"mockserver: left out {error}")


@pytest.fixture(scope="session")
def mockserver_server(request: pytest.FixtureRequest) -> Iterator[MockServer]:
    """The session's server: in this process, on a free port once a URL is read, or at `--mockserver-url`."""
    from mockserver import environment
    from mockserver.client import Control

    config = request.config
    url = _option(config, "mockserver_url")
    if not url:
        from mockserver.testing.session_server import overlay_paths, start_server

        vendors = tuple(_option(config, "mockserver_vendor"))
        with (
            _one_line_failures(),
            start_server(vendors, _default_scenario(config), overlay_paths(config)) as (local, app),
        ):
            config.stash[_LEFT_OUT] = [str(error) for error in app.context.vendors.left_out]
            yield _mock_server(config, local, app)
            collector = config.stash.get(_COVERAGE_COLLECTOR, None)
            if collector:
                collector.collect(local.world())
        return
    with _one_line_failures():
        control = Control(url, token=_option(config, "mockserver_token") or environment.read().token)
        control.health()
    yield _mock_server(config, control, None)


def _mock_server(config: pytest.Config, control: "Control", app: Any) -> MockServer:
    def new_world(name: str | None, options: dict[str, Any]) -> "AbstractContextManager[World]":
        return _new_world(config, control, app, name or f"block-{uuid4().hex[:12]}", _label(config), options)

    return MockServer(control, app, new_world, lambda world: _watch(config, world))


@pytest.fixture
def mockserver(request: pytest.FixtureRequest, mockserver_server: MockServer) -> Iterator["World"]:
    """The test's own world; the test fails on exchanges that its strictness (`strict`) does not allow."""
    yield from _fixture_world(request, mockserver_server)


@pytest.fixture(scope="class")
def mockserver_class(request: pytest.FixtureRequest, mockserver_server: MockServer) -> Iterator["World"]:
    """One world for the tests of a class; what is called in it counts for the test that is running."""
    yield from _fixture_world(request, mockserver_server)


@pytest.fixture(scope="module")
def mockserver_module(request: pytest.FixtureRequest, mockserver_server: MockServer) -> Iterator["World"]:
    """One world for the tests of a module; what is called in it counts for the test that is running."""
    yield from _fixture_world(request, mockserver_server)


@pytest.fixture(scope="session")
def mockserver_session(request: pytest.FixtureRequest, mockserver_server: MockServer) -> Iterator["World"]:
    """One world for the session; what is called in it counts for the test that is running."""
    yield from _fixture_world(request, mockserver_server)


def _fixture_world(request: pytest.FixtureRequest, server: MockServer) -> Iterator["World"]:
    from mockserver.testing.fixture_world import waiting_block, world_name

    options = _marker_options(request.node)
    options.pop("strict", None)
    options.pop("needs", None)
    waiting = options.pop("waiting", False)
    label, name = request.node.nodeid or "session", world_name(request, request.config.stash[_RUN_ID])
    with (
        _new_world(request.config, server.control, server.app, name, label, options) as world,
        waiting_block(world, waiting),
    ):
        yield world


@contextmanager
def _new_world(
    config: pytest.Config, control: "Control", app: Any, name: str, label: str, options: dict[str, Any]
) -> Iterator["World"]:
    """A new world, watched until the end of the block and then deleted."""
    from mockserver.testing.capsules import create_world

    with _one_line_failures():
        world = create_world(control, name, label[:_MAX_LABEL_LENGTH], options)
    world.app = app
    with _watch(config, world, is_new=True):
        yield world


@contextmanager
def _watch(config: pytest.Config, world: "World", *, is_new: bool = False) -> Iterator["World"]:
    """Watches a world during the block; its end fails the test that is running, unless that is decided."""
    with _one_line_failures():
        watched = _watched_worlds(config)
        check = watched.add(world, exists=not is_new)
    try:
        yield world
    except BaseException:
        with _no_failures():
            watched.keep_last(check)
        with _no_failures():
            watched.release(check, delete=is_new)
        raise
    failure = None
    decided = _RUNNING in config.stash and config.stash[_RUNNING].stash.get(_DECIDED, False)
    with _no_failures() if decided else _one_line_failures():
        failure = watched.release(check, delete=is_new)
    if failure and not decided:
        pytest.fail(failure, pytrace=False)


def _watched_worlds(config: pytest.Config) -> "WatchedWorlds":
    from mockserver.testing.watched_worlds import WatchedWorlds

    if _WATCHED not in config.stash:
        collectors = (config.stash.get(_COVERAGE_COLLECTOR, None), config.pluginmanager.get_plugin(_CONDUCT))
        config.stash[_WATCHED] = WatchedWorlds(lambda: _strictness(config), [*filter(None, collectors)])
    return config.stash[_WATCHED]


def _strictness(config: pytest.Config) -> bool | None:
    """The strictness of the test that is running: that of its closest marker, or the option."""
    item = config.stash.get(_RUNNING, None)
    for marker in item.iter_markers("mockserver") if item else ():
        if "strict" in marker.kwargs:
            strict: bool | None = marker.kwargs["strict"]
            return strict
    return _option(config, "mockserver_strict") or None


def _label(config: pytest.Config) -> str:
    return config.stash[_RUNNING].nodeid if _RUNNING in config.stash else "session"


@pytest.fixture
def mockserver_redirect(mockserver: "World") -> Iterator["Redirect"]:
    """Redirects calls for the vendors' own hosts to this test's world, for the whole test."""
    with mockserver.redirect() as redirect:
        yield redirect


@pytest.fixture
def mockserver_waits(mockserver: "World") -> Iterator["Waits"]:
    """Lets the waits of this test's client move the world's clock, for the whole test."""
    from mockserver.testing.fixture_world import waits_of_test

    with waits_of_test(mockserver) as waits:
        yield waits


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note which test is running: calls in worlds that outlive a test count for it."""
    item.config.stash[_RUNNING] = item


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Check the exchanges when the test function ends, so that the test fails and not its teardown."""
    watched = item.config.stash.get(_WATCHED, None)
    try:
        outcome = yield
    except (Exception, SystemExit, pytest.fail.Exception):
        if watched and (failure := watched.failure_message()):
            item.add_report_section("call", "mockserver", failure)
        raise
    watched = item.config.stash.get(_WATCHED, None)
    if watched and (failure := watched.failure_message()):
        pytest.fail(failure, pytrace=False)
    return outcome


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Check the exchanges of the teardown in worlds that live on; they are an error of this test."""
    failure = None
    try:
        outcome = yield
        watched = item.config.stash.get(_WATCHED, None)
        failure = watched.failure_message() if watched else None
    finally:
        if watched := item.config.stash.get(_WATCHED, None):
            watched.end_test()
    if failure and not item.stash.get(_DECIDED, False):
        pytest.fail(failure, pytrace=False)
    return outcome


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep whether the outcome of the test is decided; show a failing test's last exchanges in its report."""
    report = yield
    if call.when == "teardown":
        return report
    item.stash[_DECIDED] = not report.passed
    watched = item.config.stash.get(_WATCHED, None)
    if report.failed and watched and not _is_own_failure(call):
        exchanges = watched.last_exchanges()
        if exchanges:
            report.sections.append((f"Captured mockserver {call.when}", exchanges))
    if report.failed and watched and (folder := _option(item.config, "mockserver_capsule")):
        report.sections += watched.write_capsules(item.config.rootpath / folder, item.nodeid)
    return report


def _is_own_failure(call: pytest.CallInfo[None]) -> bool:
    """Whether the test failed because of its exchanges, which its message shows."""
    return call.excinfo is not None and str(call.excinfo.value).startswith("mockserver: ")


@contextmanager
def _one_line_failures() -> Iterator[None]:
    """Turns errors of the server and its configuration into test failures of one line, without traceback."""
    from mockserver.errors import ControlError, InvalidContractError, InvalidScenarioError

    message = ""
    try:
        yield
    except (ControlError, InvalidContractError, InvalidScenarioError) as error:
        message = str(error)
    if message:
        raise pytest.fail.Exception(f"mockserver: {message}", pytrace=False) from None


@contextmanager
def _no_failures() -> Iterator[None]:
    """Ignores errors of the server, for a test whose outcome is decided."""
    from mockserver.errors import ControlError

    with suppress(ControlError):
        yield


def _option(config: pytest.Config, name: str) -> Any:
    """The value of the command line, or else of the ini file."""
    return config.getoption(name) or config.getini(name)


def _default_scenario(config: pytest.Config) -> str:
    """The scenario option ("" if not set); a file named in the ini file is relative to the ini file."""
    scenario = str(config.getini("mockserver_scenario"))
    if _is_file(scenario) and config.inipath:
        scenario = str(config.inipath.parent / scenario)
    return config.getoption("mockserver_scenario") or scenario


def _is_file(scenario: object) -> bool:
    return isinstance(scenario, str) and ("/" in scenario or scenario.endswith((".yaml", ".yml", ".zip")))


def _marker_options(item: pytest.Item | pytest.Collector) -> dict[str, Any]:
    """The keyword arguments of the test's markers; the closest marker takes precedence."""
    has_default_scenario = _default_scenario(item.config) and not _option(item.config, "mockserver_url")
    # Without options the world starts like the server's default world.
    options: dict[str, Any] = {} if has_default_scenario else {"scenario": "demo", "seed": _DEFAULT_SEED}
    for marker in reversed(list(item.iter_markers("mockserver"))):
        unknown = sorted(marker.kwargs.keys() - {*_WORLD_OPTIONS, "strict", "waiting", "needs"})
        if marker.args or unknown:
            what = f"has no argument {unknown[0]!r}" if unknown else "takes keyword arguments only"
            pytest.fail(f"the marker mockserver {what}; use {_MARKER.partition(':')[0]}", pytrace=False)
        options.update(marker.kwargs)
    if _is_file(options.get("scenario")) or {"profile", "capsule"} & options.keys():
        from mockserver.testing.scenario_argument import read_named_files

        with _one_line_failures():
            read_named_files(item.path.parent, options, _DEFAULT_SEED)
    return options
