"""The three kinds of trouble: the caller's, ours while serving, ours at start."""

from typing import Any


class Problem(Exception):  # noqa: N818 - the contract's word for a named refusal, not an error of ours
    """A named refusal of the vendor; its status and body stand in the contract.

    `details` fill the parts of the body that vary (`x-fill` of the problem's example).
    """

    def __init__(self, name: str, **details: Any) -> None:
        super().__init__(name)
        self.name = name
        self.details = details


class Planned(Problem):
    """A refusal that a fault has planned: what has no detail stays as in the contract's example."""


class BrokenPromise(Exception):  # noqa: N818
    """We were about to send what the contract forbids: answered with 500, journalled, fails the test."""


class UnfitContract(ValueError):  # noqa: N818
    """A contract that we do not fully honour, or that its functions do not fit. One line, with the mend."""

    def __init__(self, where: str, what: str, mend: str) -> None:
        super().__init__(f"{where}: {what}; {mend}")
        self.where = where
        self.what = what
        self.mend = mend
