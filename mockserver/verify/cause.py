"""The cause of a finding: which violation explains that a story stops, and which findings are one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from mockserver.errors import UnresolvedExpressionError
from mockserver.verify.expressions import ExpressionContext
from mockserver.verify.finding import Finding
from mockserver.verify.reply_validation import generalize_pointer
from mockserver.verify.story_file import Step, Story

_REQUIRED: Final = re.compile(r"'([^']+)' is a required property")  # wording of jsonschema
_OUTPUT: Final = re.compile(r"\$steps\.(?P<step>[\w-]+)\.outputs\.(?P<name>[\w-]+)")
_BODY: Final = "$response.body"
_HEADER: Final = "$response.header."
_WHOLE_REPLY: Final = ("status", "content type")
"""The checks whose violation is of a reply as a whole."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a story stops at a step: a criterion that is not met, or a call that cannot be made.

    `reads` are the expressions that it reads in the reply to `step`, which may be an earlier one.
    """

    message: str
    step: str
    reads: tuple[str, ...]
    expected: str = ""

    def is_explained_by(self, check: str, pointer: str, message: str = "") -> bool:
        """Whether a violation by that reply, or a difference, is the cause: what is read is wrong already."""
        if check == "status":  # nothing that the story expects can be expected of another reply
            return True
        if check == "headers":
            return any(one.lower() == f"{_HEADER}{pointer[1:]}".lower() for one in self.reads)
        bodies = [one.removeprefix(_BODY).removeprefix("#") for one in self.reads if one.startswith(_BODY)]
        if check in ("content type", "problem"):
            return bool(bodies)
        wrong = violated_member(pointer, message)
        return any(_is_within(generalize_pointer(one), wrong) for one in bodies)


def failed_criterion(step: Step, context: ExpressionContext) -> Failure | None:
    """The first criterion that is not met: with a wrong status, all others fail as well."""
    for criterion in step.criteria:
        actual = criterion.explain_failure(context)
        if actual is not None:
            reads = tuple(criterion.find_expressions())
            return Failure(f"expected {criterion}, but {actual}", step.id, reads, str(criterion))
    return None


def failed_call(story: Story, step: Step, error: UnresolvedExpressionError) -> Failure:
    """The failure of a step that cannot be called, as an output of an earlier one has no value."""
    message = f"cannot be called: {error}"
    found = _OUTPUT.match(str(error))
    source = next((one for one in story.steps if found and one.id == found["step"]), None)
    if found is None or source is None or found["name"] not in source.outputs:
        return Failure(message, step.id, ())
    return Failure(message, source.id, (source.outputs[found["name"]],))


def _is_within(pointer: str, wrong: str) -> bool:
    return bool(wrong) and f"{pointer}/".startswith(f"{wrong}/")


def violated_member(pointer: str, message: str) -> str:
    """The pointer of what is wrong, without indexes: of a missing member its own, not its parent's."""
    missing = _REQUIRED.fullmatch(message)
    return generalize_pointer(pointer) + (f"/{missing[1]}" if missing else "")


@dataclass(frozen=True, slots=True)
class Cause:
    """Findings of one cause; the first stands for all."""

    first: Finding
    others: list[Finding] = field(default_factory=list)

    @property
    def places(self) -> str:
        """Where it was found: the first place, and how many others there are."""
        count = len(self.others)
        more = f" and {count} more {'place' if count == 1 else 'places'}" if count else ""
        return f"{self.first.place}{more}"

    def __str__(self) -> str:
        return str(self.first).removesuffix(f"{self.first.place})") + f"{self.places})"


def find_causes(findings: Iterable[Finding]) -> list[Cause]:
    """The causes of the findings, in their order."""
    causes: dict[tuple[str | None, ...], Cause] = {}
    for one in findings:
        known = causes.setdefault(_cause_key(one), Cause(one))
        if known.first is not one:
            known.others.append(one)
    return list(causes.values())


def _cause_key(finding: Finding) -> tuple[str | None, ...]:
    start = (finding.phase, finding.check, finding.operation)
    if finding.operation and finding.check in _WHOLE_REPLY:
        return (*start, finding.message.partition(";")[0])  # what follows is what a story expected
    # Without an operation or a pointer, only the place tells causes apart.
    return (*start, finding.pointer or f"{finding.place} {finding.message}")
