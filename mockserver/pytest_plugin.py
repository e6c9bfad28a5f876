"""The pytest plugin: gives each test a world of its own, and fails tests that violate a contract.

pytest loads it by its entry point before coverage starts, so other modules of the package are imported inside
the functions that use them.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2s
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from mockserver.client import Control, World
    from mockserver.redirection import Redirect
    from mockserver.testing.coverage_collector import CoverageCollector
    from mockserver.testing.strictness import StrictnessCheck

_MARKER: Final = (
    "mockserver(scenario=, seed=, now=, people=, settings=, strict=): initial state of the world of the "
    "fixture `mockserver`; strict=True fails the test on any call that violates the contract, strict=False "
    "also allows unknown paths"
)
_WORLD_OPTIONS: Final = ("scenario", "seed", "now", "people", "settings")
_MAX_LABEL_LENGTH: Final = 1000
_RUN_ID: Final = pytest.StashKey[str]()


@dataclass(frozen=True)
class MockServer:
    """The session's server: its control client, and its WSGI application if it runs in this process."""

    control: "Control"
    app: Any = None

    @property
    def url(self) -> str:
        """Its base URL; a server in this process starts when this is first read."""
        return self.control.url

    def world(self, name: str = "default") -> "World":
        """The world with this name. Raises ControlError (unknown_world)."""
        world = self.control.world(name)
        world.app = self.app
        return world


_PASSED: Final = pytest.StashKey[bool]()
_STRICTNESS_CHECK: "Final[pytest.StashKey[StrictnessCheck]]" = pytest.StashKey()
_COVERAGE_COLLECTOR: "Final[pytest.StashKey[CoverageCollector]]" = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the command line options, and the ini options of the same names."""
    group = parser.getgroup("mockserver", "fakes of marketing audience APIs")
    url = "URL of a running server to create the tests' worlds on, instead of starting a server"
    group.addoption("--mockserver-url", metavar="URL", default=None, help=url)
    parser.addini("mockserver_url", url, default="")
    access = "token of the server given by --mockserver-url (default: MOCKSERVER_TOKEN)"
    group.addoption("--mockserver-token", metavar="TEXT", default=None, help=access)
    parser.addini("mockserver_token", access, default="")
    vendor = "vendor that the session's server fakes; repeatable (default: all)"
    group.addoption("--mockserver-vendor", metavar="NAME", action="append", default=[], help=vendor)
    parser.addini("mockserver_vendor", vendor, type="args", default=[])
    scenario = "default scenario of the worlds on the session's server: a name or a YAML file"
    group.addoption("--mockserver-scenario", metavar="SCENARIO", default=None, help=scenario)
    parser.addini("mockserver_scenario", scenario, default="")
    strict = "fail tests whose client violates a contract, unless the marker sets strict"
    group.addoption("--mockserver-strict", action="store_true", default=False, help=strict)
    parser.addini("mockserver_strict", strict, type="bool", default=False)
    _add_coverage_options(group, parser)


def _add_coverage_options(group: pytest.OptionGroup, parser: pytest.Parser) -> None:
    report = "report the contract coverage of the tests; also write it to FILE.json or FILE.html if given"
    group.addoption(
        "--mockserver-coverage",
        metavar="FILE",
        nargs="?",
        const="",
        action="append",
        default=[],
        help=report,
    )
    parser.addini("mockserver_coverage", report, type="args", default=[])
    minimum = (
        "fail the session if contract coverage is below PERCENT, in total or for one kind of item: "
        "operations=PERCENT, problems=PERCENT, …; repeatable"
    )
    group.addoption("--mockserver-fail-under", metavar="PERCENT", action="append", default=[], help=minimum)
    parser.addini("mockserver_fail_under", minimum, type="args", default=[])
    provenance = (
        "list the contract rules that the tests rely on and that are inferred, not documented or observed"
    )
    group.addoption("--mockserver-provenance", action="store_true", default=False, help=provenance)
    parser.addini("mockserver_provenance", provenance, type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and, if requested, the coverage collector; give the run a unique id."""
    config.addinivalue_line("markers", _MARKER)
    config.stash[_RUN_ID] = uuid4().hex
    names = ("mockserver_coverage", "mockserver_fail_under", "mockserver_provenance")
    files, minimums, provenance = [_option(config, name) for name in names]
    if files or minimums or provenance:
        from mockserver.testing.coverage_collector import CoverageCollector, parse_options

        options = parse_options(files, minimums, provenance, _option(config, "mockserver_vendor"))
        if options:
            collector = config.stash[_COVERAGE_COLLECTOR] = CoverageCollector(options)
            config.pluginmanager.register(collector, "mockserver-coverage")


@pytest.fixture(scope="session")
def mockserver_server(request: pytest.FixtureRequest) -> Iterator[MockServer]:
    """The session's server: in this process, on a free port once a URL is read, or at `--mockserver-url`."""
    from mockserver import environment
    from mockserver.client import Control

    url = _option(request.config, "mockserver_url")
    if not url:
        vendors = tuple(_option(request.config, "mockserver_vendor"))
        with _one_line_failures(), _start_server(vendors, _default_scenario(request.config)) as server:
            yield server
            collector = request.config.stash.get(_COVERAGE_COLLECTOR, None)
            if collector:
                collector.collect(server.world())
        return
    with _one_line_failures():
        control = Control(url, token=_option(request.config, "mockserver_token") or environment.read().token)
        control.health()
    yield MockServer(control)


@pytest.fixture
def mockserver(request: pytest.FixtureRequest, mockserver_server: MockServer) -> Iterator["World"]:
    """The test's own world; the test fails on exchanges that its strictness (`strict`) does not allow."""
    from mockserver.testing.strictness import StrictnessCheck

    options = {
        "strict": _option(request.config, "mockserver_strict") or None,
        **_marker_options(request.node),
    }
    strict = options.pop("strict")
    with _one_line_failures():
        label = request.node.nodeid[:_MAX_LABEL_LENGTH]
        world = mockserver_server.control.create_world(_world_name(request), label=label, **options)
    world.app = mockserver_server.app
    check = request.node.stash[_STRICTNESS_CHECK] = StrictnessCheck(world, strict)
    collector = request.config.stash.get(_COVERAGE_COLLECTOR, None)
    if collector:
        collector.collect_before_clear(world)
    yield world
    # A test that was skipped, xfailed or has failed keeps that outcome, whatever its exchanges or its world.
    passed = request.node.stash.get(_PASSED, False)
    failure = None
    with _one_line_failures() if passed else _no_failures():
        if collector and not world.is_deleted:
            collector.collect(world)
        failure = check.delete_world()
    if passed and failure:
        pytest.fail(failure, pytrace=False)


@pytest.fixture
def mockserver_redirect(mockserver: "World") -> Iterator["Redirect"]:
    """Redirects calls for the vendors' own hosts to this test's world, for the whole test."""
    with mockserver.redirect() as redirect:
        yield redirect


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Check the exchanges when the test function ends, so that the test fails and not its teardown."""
    check = item.stash.get(_STRICTNESS_CHECK, None)
    try:
        outcome = yield
    except (Exception, SystemExit, pytest.fail.Exception):
        if check and (failure := check.failure_message()):
            item.add_report_section("call", "mockserver", failure)
        raise
    if check and (failure := check.failure_message()):
        pytest.fail(failure, pytrace=False)
    return outcome


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep whether the test has passed so far, for the verdict at its teardown."""
    report = yield
    if call.when != "teardown":
        item.stash[_PASSED] = call.when == "call" and report.passed
    return report


@contextmanager
def _start_server(vendors: tuple[str, ...], scenario: str) -> Iterator[MockServer]:
    from mockserver.app import create_app
    from mockserver.server.warm_up import WarmUp
    from mockserver.state.scenario import load_scenario
    from mockserver.testing.local_control import LocalControl

    app = create_app(load_scenario(scenario) if scenario else None, vendors=vendors)
    control = LocalControl(app)
    with WarmUp(app.context, seed_data=True, error_messages=False) as warm_up:
        if vendors:  # without a choice, most of the vendors are not called in the session
            warm_up.start()
        yield MockServer(control, app)
        warm_up.stop()
    control.stop()


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
    return isinstance(scenario, str) and ("/" in scenario or scenario.endswith((".yaml", ".yml")))


def _marker_options(item: pytest.Item) -> dict[str, Any]:
    """The keyword arguments of the test's markers; the closest marker takes precedence."""
    has_default_scenario = _default_scenario(item.config) and not _option(item.config, "mockserver_url")
    # Without options the world starts like the server's default world.
    options: dict[str, Any] = {} if has_default_scenario else {"scenario": "demo", "seed": 42}
    for marker in reversed(list(item.iter_markers("mockserver"))):
        unknown = sorted(marker.kwargs.keys() - {*_WORLD_OPTIONS, "strict"})
        if marker.args or unknown:
            what = f"has no argument {unknown[0]!r}" if unknown else "takes keyword arguments only"
            pytest.fail(f"the marker mockserver {what}; use {_MARKER.partition(':')[0]}", pytrace=False)
        options.update(marker.kwargs)
    if _is_file(options.get("scenario")):
        with _one_line_failures():
            options["scenario"] = _read_scenario(item, options["scenario"])
    return options


def _read_scenario(item: pytest.Item, path: str) -> Any:
    """The content of a scenario file, whose path is relative to the folder of the test."""
    from mockserver.state.scenario import read_scenario

    return read_scenario(str(item.path.parent / path))


def _world_name(request: pytest.FixtureRequest) -> str:
    """A readable name, unique among all tests, workers and runs on the same server."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:36].strip("-") or "test"
    unique = blake2s(
        f"{request.config.stash[_RUN_ID]} {request.node.nodeid}".encode(), digest_size=5
    ).hexdigest()
    return f"{words}-{worker}-{unique}"
