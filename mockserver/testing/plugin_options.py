"""The options of the pytest plugin on the command line, and their twins in ini files."""

import pytest


def add_options(parser: pytest.Parser) -> None:
    """Registers all of them."""
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
    path = "folder with vendors from outside, besides installed ones and MOCKSERVER_VENDOR_PATH; repeatable"
    group.addoption("--mockserver-vendor-path", metavar="DIR", action="append", default=[], help=path)
    parser.addini("mockserver_vendor_path", path, type="paths", default=[])
    scenario = "default scenario of the worlds on the session's server: a name, a YAML file or a state"
    group.addoption("--mockserver-scenario", metavar="SCENARIO", default=None, help=scenario)
    parser.addini("mockserver_scenario", scenario, default="")
    overlay = "OpenAPI overlay of your account, or a folder of them (default: MOCKSERVER_OVERLAYS)"
    group.addoption("--mockserver-overlays", metavar="PATH", action="append", default=[], help=overlay)
    parser.addini("mockserver_overlays", overlay, type="paths", default=[])
    strict = "fail tests whose client violates a contract, unless the marker sets strict"
    group.addoption("--mockserver-strict", action="store_true", default=False, help=strict)
    parser.addini("mockserver_strict", strict, type="bool", default=False)
    capsule = "write a replay capsule of the worlds of each failing test into this folder"
    group.addoption("--mockserver-capsule", metavar="DIR", default=None, help=capsule)
    parser.addini("mockserver_capsule", capsule, default="")
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
    ignore = "leave VENDOR or VENDOR/OPERATION out of coverage; * stands for any characters; repeatable"
    group.addoption("--mockserver-coverage-ignore", metavar="NAME", action="append", default=[], help=ignore)
    parser.addini("mockserver_coverage_ignore", ignore, type="args", default=[])
    provenance = (
        "list the contract rules that the tests rely on and that are inferred, not documented or observed"
    )
    group.addoption("--mockserver-provenance", action="store_true", default=False, help=provenance)
    parser.addini("mockserver_provenance", provenance, type="bool", default=False)
