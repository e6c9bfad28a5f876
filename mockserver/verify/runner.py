"""Verification of a server against a vendor's contract: lint, stories, fuzzing."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from mockserver.binding.vendor import Vendor
from mockserver.contract.overlay import Overlay
from mockserver.errors import AuthenticationError, InvalidContractError
from mockserver.verify import story_file
from mockserver.verify.authentication import Authenticator
from mockserver.verify.finding import Finding
from mockserver.verify.http_client import Client, HttpClient, Request
from mockserver.verify.limits import DEFAULTS, Limits
from mockserver.verify.result import Case, HttpExchange
from mockserver.verify.story_file import Step, Story, StoryFile
from mockserver.verify.story_runner import StoryEnvironment, StoryResult, run_story
from mockserver.verify.vendor_lint import lint_vendor

PHASES: Final = ("lint", "stories", "fuzz")
CONTROL: Final = "control"


@dataclass(frozen=True, slots=True)
class Target:
    """The server under test: base URL, credentials and, for a world of a mock server, name and control."""

    url: str
    credentials: Mapping[str, str]
    world: str | None = None
    control_url: str | None = None
    control_headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """Which phases and stories to run, and how."""

    phases: tuple[str, ...] = PHASES
    writes: bool = False
    calls_per_second: float | None = None
    examples: int = 10
    seed: int = 4700
    stories: tuple[str, ...] = ()
    """Names of the stories to run; empty: all."""
    contract: Path | None = None
    """A contract file to use instead of the vendor's own."""
    overlays: Sequence[Overlay] = ()
    """What adapts the contract to an account."""
    limits: Limits = DEFAULTS


def verify(vendor: Vendor, make_target: Callable[[], Target], options: VerifyOptions) -> Iterator[Case]:
    """Yields each case when it has run; `make_target` is called for each story and once for the fuzzer.

    Raises `InvalidContractError`, and `ImportError` if the fuzzer is not installed.
    """
    if "lint" in options.phases:
        yield _lint_case(vendor, options)
    client = HttpClient(options.calls_per_second, options.limits)
    if "stories" in options.phases:
        file = story_file.load_stories(vendor.name, vendor.contract)
        for story in file.select(options.stories):
            yield _story_case(vendor, file, story, make_target(), client, options)
    if "fuzz" in options.phases:
        yield from _fuzz_cases(vendor, make_target(), client, options)


def _lint_case(vendor: Vendor, options: VerifyOptions) -> Case:
    started = time.perf_counter()
    try:
        found = lint_vendor(vendor.name, options.contract, options.overlays)
    except ImportError as error:
        return Case("lint", vendor.name, skipped=str(error))
    except InvalidContractError as error:
        return Case("lint", vendor.name, (Finding("lint", "contract", None, error.where, str(error)),))
    findings = tuple(Finding("lint", "contract", None, one.where, f"{one.what}; {one.fix}") for one in found)
    return Case("lint", vendor.name, findings, seconds=time.perf_counter() - started)


def _story_case(
    vendor: Vendor, file: StoryFile, story: Story, target: Target, client: HttpClient, options: VerifyOptions
) -> Case:
    reason = skip_reason(file, story, target, options)
    if reason:
        return Case("stories", story.id, skipped=reason)
    started = time.perf_counter()
    result = run_story(file, story, story_environment(vendor, target, client))
    seconds = time.perf_counter() - started
    exchanges = tuple(vendor_exchanges(result, target))
    return Case("stories", story.id, tuple(result.findings), exchanges, seconds, obstacle=result.obstacle)


def story_environment(vendor: Vendor, target: Target, client: Client) -> StoryEnvironment:
    """The environment that runs the vendor's stories against the target."""
    authenticator = Authenticator(vendor, target.url, target.credentials)
    base_urls, inputs = {vendor.name: target.url}, {**target.credentials, "url": target.url}
    if target.control_url is not None:
        base_urls[CONTROL] = target.control_url
    if target.world is not None:
        inputs["world"] = target.world
    headers = {CONTROL: dict(target.control_headers or {})}
    return StoryEnvironment(client, base_urls, inputs, headers, authenticator.sign)


def skip_reason(file: StoryFile, story: Story, target: Target, options: VerifyOptions) -> str | None:
    """Why the story cannot run against the target; None if it can."""
    removed = [step.operation for step in story.steps if file.is_removed(step)]
    if removed:
        return f"an overlay has removed its operation {removed[0]}"
    if target.control_url is None and CONTROL in story.sources:
        return "it moves the world's clock or calls backstage actions, which a live service does not offer"
    fields = {one.name for one in file.contracts[file.vendor].credentials}
    missing = sorted(fields & set(story.inputs) - set(target.credentials))
    if missing:
        return f"it needs the credential {missing[0]}"
    if not options.writes:
        writing = [step.id for step in story.steps if _writes(file, step)]
        if writing:
            return f"it writes ({writing[0]}); pass --writes to run it"
    return None


def _writes(file: StoryFile, step: Step) -> bool:
    operation = file.operation(step)
    if operation is None:
        return step.method not in ("GET", "HEAD", "OPTIONS")
    return not operation.is_read_only


def vendor_exchanges(result: StoryResult, target: Target, side: str = "") -> Iterator[HttpExchange]:
    """The calls of a story to the vendor (not to the control API), with their responses."""
    for step in result.steps:
        if step.request is not None and step.response is not None and step.step.source != CONTROL:
            place = f"{result.story.id}/{step.step.id}"
            flawed, credential = bool(step.findings), _credential(step.request, target)
            yield HttpExchange(step.operation, step.request, step.response, place, flawed, side, credential)


def _credential(request: Request, target: Target) -> str:
    """The name of the credential in the headers of a request; of a session or another one, the header's."""
    for name, value in target.credentials.items():
        if any(value in text for text in request.headers.values()):
            return name
    names = {name.lower() for name in request.headers}
    return next((name for name in ("cookie", "authorization") if name in names), "")


def _fuzz_cases(vendor: Vendor, target: Target, client: HttpClient, options: VerifyOptions) -> Iterator[Case]:
    # The fuzzer is an optional dependency and slow to import.
    fuzzing: Any = import_module("mockserver.verify.fuzzing")
    fuzz_options = fuzzing.FuzzOptions(options.examples, options.seed, options.writes)
    authenticator = Authenticator(vendor, target.url, target.credentials)
    fuzzer = fuzzing.Fuzzer(vendor.name, vendor.contract, target.url, authenticator, client, fuzz_options)
    started = time.perf_counter()
    try:
        for fuzzed in fuzzer.run():
            seconds, started = time.perf_counter() - started, time.perf_counter()
            exchanges = tuple(HttpExchange(*one) for one in fuzzed.exchanges)
            name = f"{fuzzed.phase} {fuzzed.operation}"
            yield Case("fuzz", name, fuzzed.findings, exchanges, seconds, obstacle=fuzzed.obstacle)
    except AuthenticationError as error:
        yield Case("fuzz", "start", obstacle=str(error))
