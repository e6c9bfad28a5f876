"""One verification from start to end: lint, then the stories, then the fuzzer."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from mockserver.binding.vendor import Vendor
from mockserver.errors import InvalidContractError
from mockserver.verify import story_file
from mockserver.verify.authentication import Access
from mockserver.verify.finding import Finding
from mockserver.verify.http_client import Wire
from mockserver.verify.result import Case, Exchange
from mockserver.verify.story_file import Book, Step, Story
from mockserver.verify.story_runner import Played, Stage, play
from mockserver.verify.vendor_lint import lint_vendor

PHASES: Final = ("lint", "stories", "fuzz")
CONTROL: Final = "control"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the vendor is: its base URL, what lets calls in, and for a world of ours its name and control."""

    url: str
    credentials: Mapping[str, str]
    world: str | None = None
    control: str | None = None
    control_headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be done, and how carefully."""

    phases: tuple[str, ...] = PHASES
    writes: bool = False
    rate: float | None = None
    examples: int = 10
    seed: int = 4700
    only: tuple[str, ...] = ()
    """Stories by name; none: all."""
    contract: Path | None = None
    """The file with the vendor's contract, where it is not its own."""


def verify(vendor: Vendor, place: Callable[[], Place], wishes: Wishes) -> Iterator[Case]:
    """Every case as it has been tried; `place` is asked for each story and once for the fuzzer.

    Raises `InvalidContractError`, `AuthenticationError`, and `ImportError` when the fuzzer is not installed.
    """
    if "lint" in wishes.phases:
        yield _linted(vendor, wishes.contract)
    wire = Wire(wishes.rate)
    if "stories" in wishes.phases:
        book = story_file.of(vendor.name, vendor.contract)
        for story in book.chosen(wishes.only):
            yield _told(vendor, book, story, place(), wire, wishes)
    if "fuzz" in wishes.phases:
        yield from _fuzzed(vendor, place(), wire, wishes)


def _linted(vendor: Vendor, contract: Path | None) -> Case:
    started = time.perf_counter()
    try:
        found = lint_vendor(vendor.name, contract)
    except ImportError as missing:
        return Case("lint", vendor.name, skipped=str(missing))
    except InvalidContractError as unfit:
        return Case("lint", vendor.name, (Finding("lint", "contract", None, unfit.where, str(unfit)),))
    findings = tuple(Finding("lint", "contract", None, one.where, f"{one.what}; {one.fix}") for one in found)
    return Case("lint", vendor.name, findings, seconds=time.perf_counter() - started)


def _told(vendor: Vendor, book: Book, story: Story, place: Place, wire: Wire, wishes: Wishes) -> Case:
    why = unfit(book, story, place, wishes)
    if why:
        return Case("stories", story.id, skipped=why)
    started = time.perf_counter()
    played = play(book, story, stage(vendor, place, wire))
    seconds = time.perf_counter() - started
    return Case("stories", story.id, tuple(played.findings), tuple(said(played)), seconds)


def stage(vendor: Vendor, place: Place, wire: Wire) -> Stage:
    """The stage that a place is for the vendor's stories."""
    access = Access(vendor, place.url, place.credentials)
    bases, inputs = {vendor.name: place.url}, {**place.credentials, "url": place.url}
    if place.control is not None:
        bases[CONTROL] = place.control
    if place.world is not None:
        inputs["world"] = place.world
    headers = {CONTROL: dict(place.control_headers or {})}
    return Stage(wire, bases, inputs, headers, access.sign)


def unfit(book: Book, story: Story, place: Place, wishes: Wishes) -> str | None:
    """Why a story is not to be played here, if it is not."""
    if place.control is None and CONTROL in story.sources:
        return "it turns the world's clock or goes backstage, which no live service lets anybody do"
    fields = {one.name for one in book.contracts[book.vendor].credentials}
    missing = sorted(fields & set(story.inputs) - set(place.credentials))
    if missing:
        return f"it needs the credential {missing[0]}"
    if not wishes.writes:
        writing = [step.id for step in story.steps if _writes(book, step)]
        if writing:
            return f"it writes ({writing[0]}); --writes lets it"
    return None


def _writes(book: Book, step: Step) -> bool:
    operation = book.operation(step)
    if operation is None:
        return step.method not in ("GET", "HEAD", "OPTIONS")
    return not operation.is_read_only


def said(played: Played) -> Iterator[Exchange]:
    """The calls of a story to the vendor itself, with their replies."""
    for step in played.steps:
        if step.sent is not None and step.came is not None and step.step.source != CONTROL:
            yield Exchange(step.operation, step.sent, step.came)


def _fuzzed(vendor: Vendor, place: Place, wire: Wire, wishes: Wishes) -> Iterator[Case]:
    # The fuzzer is heavy, and an extra: who does without it does not load it.
    fuzzing: Any = import_module("mockserver.verify.fuzzing")
    plan = fuzzing.Plan(wishes.examples, wishes.seed, wishes.rate, wishes.writes)
    access = Access(vendor, place.url, place.credentials)
    started = time.perf_counter()
    for tried in fuzzing.fuzz(vendor.name, vendor.contract, place.url, access, wire, plan):
        seconds, started = time.perf_counter() - started, time.perf_counter()
        exchanges = tuple(Exchange(*one) for one in tried.exchanges)
        yield Case("fuzz", f"{tried.phase} {tried.operation}", tried.findings, exchanges, seconds)
