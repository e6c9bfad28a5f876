"""What the built-in runner says of a vendor's stories, each played on a real server in a world of its own."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from mockserver.verify.result import Case
from mockserver.verify.runner import verify
from tests.read_vendors import read_vendor

proof: Final = import_module("mockserver.cli.proof")
"""The module: the package has the command under its name."""


class Verified(NamedTuple):
    """The result of each story, and the stories that reach each operation and problem."""

    cases: list[Case]
    evidence: dict[str, dict[str, list[str]]]


@cache
def verified(vendor: str) -> Verified:
    """Plays the stories as `mockserver proof` does: one play serves several tests."""
    cases: list[Case] = []

    def kept(*arguments: Any) -> Iterator[Case]:
        for case in verify(*arguments):
            cases.append(case)
            yield case

    with patch.object(proof, "verify", kept):
        return Verified(cases, proof.play_stories(read_vendor(vendor)))
