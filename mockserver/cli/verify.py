"""`mockserver verify`: holds a server, ours or the real one, against a vendor's contract and stories."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from mockserver.binding.vendor import Vendor
from mockserver.cli.report_options import pairs, report_option, write
from mockserver.cli.targets import Site, credentials, places, vendor_named
from mockserver.errors import AuthenticationError, InvalidBaselineError, InvalidContractError
from mockserver.paths import contracts
from mockserver.verify import baseline as accepted
from mockserver.verify.contract_patch import FILE, propose
from mockserver.verify.result import Case, Outcome
from mockserver.verify.runner import PHASES, Place, Wishes
from mockserver.verify.runner import verify as cases
from mockserver.verify.table import summary, table

_POLITE: Final = 5.0
_INSTALL: Final = "pip install 'audience-mockserver[verify]', or say --phase lint --phase stories"


@click.command(short_help="Hold a server against a vendor's contract and stories.")
@click.argument("vendor")
@click.option("--url", help="The base URL of a live service; else a fake is made and verified.")
@click.option("--control", help="A running mock server: verified in worlds of its own.")
@click.option(
    "--credential", "given", metavar="NAME=VALUE", multiple=True, callback=pairs, help="May be repeated."
)
@click.option(
    "--credentials",
    "file",
    type=click.Path(path_type=Path),
    help="A YAML or JSON file of them; MOCKSERVER_CREDENTIAL_<NAME> in the environment does, too.",
)
@click.option("--writes", is_flag=True, help="Let calls write to a live service.")
@click.option(
    "--phase", "phases", type=click.Choice(PHASES), multiple=True, help="Only this; may be repeated."
)
@click.option("--story", "only", multiple=True, help="Only this story; may be repeated.")
@click.option("--rate", type=click.FloatRange(min=0.1), help="Calls a second at most; 5 to a live service.")
@click.option(
    "--examples",
    default=10,
    show_default=True,
    type=click.IntRange(1),
    help="Of each operation, by the fuzzer.",
)
@click.option("--seed", default=4700, show_default=True, help="The same seed gives the same calls.")
@report_option
@click.option("--baseline", type=click.Path(path_type=Path), help="A file of findings that are accepted.")
@click.option("--accept", is_flag=True, help="Write what is found into the baseline.")
@click.option("--contract", type=click.Path(path_type=Path), help="Another file of the vendor's contract.")
@click.option(
    "--propose", metavar="FILE", help="Write the patch of the contract that drift asks for; -: here."
)
def verify(**said: Any) -> int:
    """Hold a server against a vendor's contract and stories; exit code 1 if something new was found."""
    vendor = vendor_named(said["vendor"], said["contract"])
    say = partial(click.echo, err=said["propose"] == "-")  # what is piped is the patch alone
    site = Site(said["url"], said["control"], credentials(vendor, said["file"], said["given"]))
    live = site.url is not None
    wishes = Wishes(
        phases=said["phases"] or PHASES,
        writes=said["writes"] or not live,
        rate=said["rate"] or (_POLITE if live else None),
        examples=said["examples"],
        seed=said["seed"],
        only=said["only"],
        contract=said["contract"],
    )
    outcome = Outcome(vendor.name, site.url or site.control or "a fake of our own", _accepted(said))
    with places(vendor, site) as (place, secrets):
        _run(vendor, place, wishes, outcome, say)
    say("\n".join(["", *table(vendor.contract, outcome), "", *summary(vendor.contract, outcome)]))
    write(said["report"], vendor.contract, outcome, secrets)
    if said["propose"]:
        _propose(vendor.name, said, outcome, say)
    if said["accept"]:
        accepted.write(said["baseline"], outcome.findings)
        return 0
    return 1 if outcome.news else 0


def _run(
    vendor: Vendor, place: Callable[[], Place], wishes: Wishes, outcome: Outcome, say: Callable[[str], None]
) -> None:
    try:
        for case in cases(vendor, place, wishes):
            outcome.cases.append(case)
            say(_line(case))
    except (InvalidContractError, AuthenticationError) as trouble:
        raise click.ClickException(str(trouble)) from trouble
    except ImportError as missing:
        raise click.ClickException(f"the fuzzer is not installed ({missing}); {_INSTALL}") from missing


def _propose(vendor: str, said: Mapping[str, Any], outcome: Outcome, say: Callable[[str], None]) -> None:
    """Writes the patch, an empty one if nothing is to be changed, and names what it leaves to a person."""
    path = said["contract"] or contracts() / vendor / FILE
    proposal = propose(vendor, path, outcome.exchanges)
    for one in proposal.left:
        say(f"not in the patch: {one}")
    if said["propose"] == "-":
        click.echo(proposal.patch, nl=False)
        return
    _write(said["propose"], proposal.patch)
    lines = sum(1 for line in proposal.patch.split("\n")[2:] if line[:1] in ("+", "-"))
    say(
        f"proposed: {lines} changed lines in {said['propose']}, for `git apply`"
        if lines
        else "nothing to propose"
    )


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_bytes(text.encode())
    except OSError as error:
        fix = "name a file in a folder that is there"
        raise click.ClickException(f"{file} cannot be written ({error.strerror}); {fix}") from error


def _line(case: Case) -> str:
    if case.skipped is not None:
        verdict = f"not tried: {case.skipped}"
    else:
        verdict = f"{len(case.findings)} found" if case.findings else "ok"
    return f"{case.phase:<8}{case.name}  {verdict} ({len(case.exchanges)} calls, {case.seconds:.1f} s)"


def _accepted(said: Mapping[str, Any]) -> frozenset[str]:
    if said["accept"]:
        if said["baseline"] is None:
            raise click.UsageError("--accept writes a baseline; name its file with --baseline")
        return frozenset()
    try:
        return accepted.read(said["baseline"]) if said["baseline"] else frozenset()
    except InvalidBaselineError as unfit:
        raise click.ClickException(str(unfit)) from unfit
