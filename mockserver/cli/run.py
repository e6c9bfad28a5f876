"""`mockserver run`: runs a command against a server of its own, with every vendor's host led to it."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from mockserver import environment
from mockserver.app import Application, create_app
from mockserver.cli import child_environment as variables
from mockserver.cli import run_report
from mockserver.cli.child_process import run_child
from mockserver.cli.lost_worlds import LossWatch, Needs
from mockserver.cli.overlay_option import overlay_option
from mockserver.cli.per_test_help import per_test_option
from mockserver.cli.proxy_options import host_options
from mockserver.cli.run_report import RunReport
from mockserver.cli.server_options import connect
from mockserver.cli.tls_options import open_authority
from mockserver.cli.vendor_path import say_left_out, vendor_path_option
from mockserver.conduct.catalogue import RULES
from mockserver.errors import InvalidContractError, InvalidScenarioError
from mockserver.formats.suggestions import nearest
from mockserver.server.http_server import Server, fast_loop_factory
from mockserver.server.proxy import Proxy
from mockserver.state.scenario import load_scenario
from mockserver.testing.capsules import write_capsules
from mockserver.testing.coverage_ignore import CoverageIgnore
from mockserver.testing.coverage_minimums import parse_minimum


def _read_names(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    found = dict(text.partition("=")[::2] for text in given)
    for name, source in found.items():
        if not name or not source:
            raise click.BadParameter(
                "write NAME=VENDOR.FIELD, where FIELD is url or the name of a credential"
            )
    return found


def _read_minimums(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> dict[str | None, float]:
    try:
        return dict(map(parse_minimum, given))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _read_rules(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    known = [rule.name for rule in RULES]
    for name in given:
        if name not in known:
            raise click.BadParameter(f"unknown rule {name!r}, the nearest is {nearest(name, known)}")
    return given


def _read_file(_context: click.Context, _option: click.Parameter, given: str | None) -> str | None:
    if given and not given.endswith((".json", ".html")):
        fix = "use =FILE.json or =FILE.html, or put -- before the command"
        raise click.BadParameter(f"{given} is not a report file; {fix}")
    return given


_FILE = click.Path(dir_okay=False, path_type=Path)
_REPORTS = (
    click.option("--strict", is_flag=True, help="Fail if a call violated a contract."),
    click.option(
        "--coverage",
        metavar="[FILE]",
        is_flag=False,
        flag_value="",
        help="Report the contract coverage; also write it to FILE.json or FILE.html.",
    ),
    click.option(
        "--fail-under",
        metavar="PERCENT",
        multiple=True,
        callback=_read_minimums,
        help="Fail if coverage is lower, in total or as operations=PERCENT and the like; repeatable.",
    ),
    click.option(
        "--coverage-ignore",
        metavar="VENDOR[/OPERATION]",
        multiple=True,
        help="Leave this out of coverage; * stands for any characters; repeatable.",
    ),
    click.option(
        "--conduct",
        metavar="[FILE]",
        is_flag=False,
        flag_value="",
        callback=_read_file,
        help="Report what the calls show about the client; also write it to FILE.json or FILE.html.",
    ),
    click.option(
        "--conduct-without",
        metavar="RULE",
        multiple=True,
        callback=_read_rules,
        help="Leave out this rule of conduct; repeatable.",
    ),
    click.option(
        "--fail-on",
        type=click.Choice(["conduct"]),
        multiple=True,
        help="Fail if this report has findings (conduct: warnings or errors); repeatable.",
    ),
    click.option("--har", type=_FILE, help="Write all calls to this file as an HTTP Archive (HAR)."),
    click.option("--journal", type=_FILE, help="Write all exchanges to this file as JSON."),
    click.option(
        "--capsule",
        type=click.Path(file_okay=False, path_type=Path),
        help="If the run fails, write a replay capsule of each world into this folder.",
    ),
)

_REPORT_NAMES = (
    "strict",
    "coverage",
    "fail_under",
    "coverage_ignore",
    "conduct",
    "conduct_without",
    "fail_on",
    "har",
    "journal",
)


def _report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_REPORTS):
        command = option(command)
    return command


@click.command(short_help="Run a command against a server of its own.")
@click.option(
    "--scenario", default="demo", show_default=True, help="Scenario of the world: a name or a file."
)
@click.option("--seed", type=click.IntRange(0), help="Random seed; the same seed gives the same world.")
@click.option("--people", type=click.IntRange(0, 1_000_000), help="Number of people in the world.")
@click.option(
    "--vendor", "vendors", metavar="NAME", multiple=True, help="Serve only this vendor; repeatable."
)
@vendor_path_option
@click.option("--limits/--no-limits", default=None, help="Enforce the vendors' rate limits.")
@overlay_option
@host_options
@click.option(
    "--env",
    "names",
    metavar="NAME=VENDOR.FIELD",
    multiple=True,
    callback=_read_names,
    help="Set NAME to a URL or credential, such as url or api_key of a vendor; repeatable.",
)
@per_test_option
@_report_options
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(command: tuple[str, ...], passes: tuple[str, ...], names: dict[str, str], **options: Any) -> int:
    """Run COMMAND with the vendors' own hosts led to a server of its own.

    Its environment names the server, the world, each vendor's URL and credentials, a proxy and a CA for curl,
    Python, Node, Java, PHP, Ruby and Go. Ends with the exit code of COMMAND; with 1 if that is 0 but a call
    failed --strict, --fail-under or --fail-on. Put -- before COMMAND.
    """
    reports = {name: options.pop(name) for name in _REPORT_NAMES}
    folder_of_capsules = options.pop("capsule")
    authority = open_authority()
    proxy = Proxy(passes)
    app = _application(**options)
    say_left_out(app.context.vendors)
    watch = LossWatch(app, _needs(**reports))
    context = authority.context()
    with (
        Server(app, ssl_context=context, proxy=proxy, loop_factory=fast_loop_factory()) as server,
        TemporaryDirectory(prefix="mockserver-run-") as folder,
        connect(f"http://127.0.0.1:{server.port}") as control,
    ):
        world = control.world()
        changes = variables.world_variables(world, control.url) | variables.renamed(world, names)
        changes |= variables.proxy_variables(server.port)
        hosts = app.context.hosts.patterns
        changes |= variables.trust_variables(authority, Path(folder), server.port, hosts, proxy.passes)
        code = run_child(command, environment.child(changes))
        found = _report(RunReport(control, _needs(**reports), watch.kept), proxy.refused, **reports)
        if folder_of_capsules and (code or found):
            _say(write_capsules(folder_of_capsules, "run", control.worlds()))
    return code or int(found)


def _application(scenario: str, **options: Any) -> Application:
    try:
        return create_app(load_scenario(scenario), **options)
    except (InvalidContractError, InvalidScenarioError) as error:
        raise click.ClickException(str(error)) from error


def _needs(
    coverage: str | None,
    fail_under: Mapping[str | None, float],
    har: Path | None,
    journal: Path | None,
    conduct: str | None,
    conduct_without: tuple[str, ...],
    fail_on: tuple[str, ...],
    **_: Any,
) -> Needs:
    is_measured = coverage is not None or bool(fail_under)
    left_out = conduct_without if conduct is not None or fail_on else None
    return Needs(journal=bool(journal), coverage=is_measured, archive=bool(har), conduct=left_out)


def _report(
    report: RunReport,
    refused: Mapping[str, int],
    strict: bool,
    coverage: str | None,
    fail_under: Mapping[str | None, float],
    coverage_ignore: tuple[str, ...],
    har: Path | None,
    journal: Path | None,
    **judged: Any,
) -> bool:
    """Prints and writes the report; whether it fails the run."""
    violations = report.violations()
    _say([violations] if violations else [])
    _say(f"mockserver: refused {times} × {host} (see --pass, --host-map)" for host, times in refused.items())
    if har:
        report.write_har(har)
    if journal:
        report.write_journal(journal)
    missed: list[str] = []
    if coverage is not None or fail_under:
        found, missed = report.coverage(CoverageIgnore(coverage_ignore))
        _say(run_report.coverage_lines(found))
        if coverage:
            run_report.write_coverage(found, Path(coverage))
        missed += run_report.missed(found, fail_under)
        _say(f"mockserver: {one}" for one in missed)
    missed += _report_conduct(report, **judged)
    return bool(missed or (strict and violations))


def _report_conduct(report: RunReport, conduct: str | None, fail_on: tuple[str, ...], **_: Any) -> list[str]:
    """Prints and writes what the calls show about the client; the reasons to fail the run."""
    if conduct is None and not fail_on:
        return []
    found = report.conduct()
    _say(found.lines())
    if conduct:
        try:
            found.write(Path(conduct))
        except OSError as error:
            raise click.ClickException(
                f"cannot write {conduct} ({error.strerror}); choose another file"
            ) from None
    failures = [*found.failures("--conduct-without", "clear the journal now and then")] if fail_on else []
    _say(f"mockserver: {one}" for one in failures)
    return failures


def _say(lines: Iterable[str]) -> None:
    """Prints to standard error: standard output is the command's."""
    for line in lines:
        click.echo(line, err=True)
