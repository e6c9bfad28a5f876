"""`mockserver diff`: the same stories on two servers, and in what their replies differ."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from mockserver.binding.vendor import Vendor
from mockserver.cli.report_options import pairs, report_option, write
from mockserver.cli.targets import Site, credentials, places, vendor_named
from mockserver.errors import AuthenticationError, InvalidContractError
from mockserver.verify.diff_runner import compare
from mockserver.verify.result import Case, Outcome
from mockserver.verify.runner import Place, Wishes

_POLITE: Final = 5.0
_SIDES: Final = ("a", "b")
_OWN: Final = "a fake of our own"


@click.command(short_help="Play a vendor's stories on two servers, and compare.")
@click.argument("vendor")
@click.option(
    "--url",
    "urls",
    multiple=True,
    required=True,
    help="The base URL of a server; given twice, or once: the other (a) is a fake made for it.",
)
@click.option(
    "--credential",
    "given",
    metavar="NAME=VALUE",
    multiple=True,
    callback=pairs,
    help="For both, or as a.NAME or b.NAME for the first or the second; may be repeated.",
)
@click.option(
    "--credentials", "file", type=click.Path(path_type=Path), help="A YAML or JSON file of them, for both."
)
@click.option("--writes", is_flag=True, help="Let calls write.")
@click.option("--story", "only", multiple=True, help="Only this story; may be repeated.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0.1),
    default=_POLITE,
    show_default=True,
    help="Calls a second at most, to each.",
)
@report_option
def diff(**said: Any) -> int:
    """Play a vendor's stories on two servers and show in what their replies differ.

    Shapes and declared values are compared, other values are not. Exit code 1 if something differs.
    """
    vendor = vendor_named(said["vendor"])
    urls: tuple[str, ...] = said["urls"]
    if len(urls) > len(_SIDES):
        raise click.UsageError("two servers are compared; give --url twice, or once for a fake as the other")
    sites = [
        Site(url, None, _credentials(vendor, said, side))
        for side, url in zip(_sides(urls), urls, strict=True)
    ]
    wishes = Wishes(writes=said["writes"], rate=said["rate"], only=said["only"])
    shown = [_OWN, *urls][-len(_SIDES) :]
    for side, url in zip(_SIDES, shown, strict=True):
        click.echo(f"{side}: {url}")
    outcome = Outcome(vendor.name, " / ".join(shown))
    with ExitStack() as stack:
        if len(sites) == 1:
            sites.insert(0, Site(None, None, {}))
        opened = [stack.enter_context(places(vendor, site)) for site in sites]
        _run(vendor, [_plain(place) for place, _secrets in opened], wishes, outcome)
    click.echo("\n".join(["", *_summary(outcome)]))
    write(said["report"], vendor.contract, outcome, [text for _place, secrets in opened for text in secrets])
    return 1 if outcome.findings else 0


def _sides(urls: tuple[str, ...]) -> tuple[str, ...]:
    return _SIDES[-len(urls) :]


def _credentials(vendor: Vendor, said: dict[str, Any], side: str) -> dict[str, str]:
    """Those for one side: its own win over those for both."""
    given: dict[str, str] = said["given"]
    both = {name: text for name, text in given.items() if not name.startswith(("a.", "b."))}
    own = {name[2:]: text for name, text in given.items() if name.startswith(f"{side}.")}
    return credentials(vendor, said["file"], both | own)


def _plain(place: Callable[[], Place]) -> Callable[[], Place]:
    """A fake as if it were live: nobody turns its clock, since nobody can turn the other's."""
    return lambda: replace(place(), control=None)


def _run(vendor: Vendor, there: list[Callable[[], Place]], wishes: Wishes, outcome: Outcome) -> None:
    try:
        for case in compare(vendor, there, wishes):
            outcome.cases.append(case)
            click.echo(_line(case))
    except (InvalidContractError, AuthenticationError) as trouble:
        raise click.ClickException(str(trouble)) from trouble
    if all(case.skipped is not None for case in outcome.cases):
        raise click.ClickException("no story was played on both; --writes lets those that write be played")


def _line(case: Case) -> str:
    if case.skipped is not None:
        return f"{case.name}  not compared: {case.skipped}"
    calls = f"{len(case.exchanges)} calls, {case.seconds:.1f} s"
    return f"{case.name}  {f'{len(case.findings)} differ' if case.findings else 'alike'} ({calls})"


def _summary(outcome: Outcome) -> Iterator[str]:
    """Each difference by its step: what the first has, and what the second."""
    for one in outcome.findings:
        where = f"{one.operation or 'no operation'} {one.pointer}".rstrip()
        yield f"{one.place}: {where}: {one.check}: {one.message}"
    skipped = sum(1 for case in outcome.cases if case.skipped is not None)
    found = len(outcome.findings) or "nothing"
    counts = f"{len(outcome.cases) - skipped} stories compared, {skipped} not"
    yield f"{outcome.vendor}: {found} {'differs' if len(outcome.findings) < 2 else 'differ'} ({counts})"
