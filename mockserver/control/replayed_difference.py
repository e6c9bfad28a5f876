"""The first difference between a recorded step and its replay, in words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from mockserver.formats.reply_difference import (
    Difference,
    differing_digest,
    differing_header,
    differing_part,
)
from mockserver.state.capsule_file import digests_of


class StepDifference(NamedTuple):
    """A difference: the step, the place in it, and what was recorded and what was replayed there.

    None: that is not known, or not a single value; `why` says what there is to say.
    """

    title: str
    place: str
    recorded: str | None
    replayed: str | None
    why: str = ""

    @property
    def message(self) -> str:
        """The difference as one line."""
        known = [
            f"{name} {value}"
            for name, value in (("recorded", self.recorded), ("replayed", self.replayed))
            if value is not None
        ]
        says = "; ".join([*known, *([self.why] if self.why else [])]) or "differs"
        return " ".join(f"{self.title}: {self.place}: {says}".split())


_REFUSED: Final = (401, 403)


def compare_reply(
    title: str,
    step: Mapping[str, Any],
    exchange: Mapping[str, Any],
    replayed: tuple[int, Mapping[str, str], str],
    texts: Sequence[str],
) -> StepDifference | None:
    """The first difference of a reply: status, problem, a header, a part of the body.

    `texts` are those of the capsule.
    """
    recorded = step["reply"]
    status, headers, body = replayed
    why = exchange["why"] or ""
    if status != recorded["status"]:
        return StepDifference(title, "status", str(recorded["status"]), str(status), why)
    if exchange["problem"] != step.get("problem"):
        sent = step.get("call", {})
        if sent.get("refused") and sent.get("foreign") and status in _REFUSED:
            return None  # refused as well, if for another of the reasons that a secret may have
        return StepDifference(title, "problem", str(step.get("problem")), str(exchange["problem"]), why)
    found: Difference | None = differing_header(recorded["headers"], headers)
    if found is None:
        wanted = recorded["body"]
        if isinstance(wanted, int):
            found = differing_part(texts[wanted], body)
        else:
            found = differing_digest(wanted, digests_of(body))
    return None if found is None else StepDifference(title, found.place, found.recorded, found.replayed)


def compare_changes(
    title: str, step: Mapping[str, Any], replayed: Mapping[str, Any], entry: Mapping[str, Any]
) -> StepDifference | None:
    """The first record that a step has changed in another way, or the numbers of changed records."""
    for name in ("jobs", "effects"):
        before, after = step.get(name, []), replayed.get(name, [])
        if before is None or after is None:  # not all are known
            continue
        for at in range(max(len(before), len(after))):
            one, other = before[at : at + 1], after[at : at + 1]
            if one != other:
                return _changed(title, one, other, entry["effects"] if name == "effects" else [])
    counts = step.get("counts", {}), replayed.get("counts", {})
    if counts[0] != counts[1]:
        return StepDifference(title, "numbers of changed records", str(counts[0]), str(counts[1]))
    return None


def _changed(
    title: str, recorded: list[list[str]], replayed: list[list[str]], effects: Sequence[Mapping[str, Any]]
) -> StepDifference:
    one, other = _record(recorded), _record(replayed)
    if one != other:
        return StepDifference(title, "state", one, other)
    found = next((effect for effect in effects if effect["id"] == replayed[0][1]), {})
    members = ", ".join(member["pointer"] for member in found.get("members", ()))
    why = f"its change differs (replayed: {members})" if members else "its change differs"
    return StepDifference(title, f"state, {one}", None, None, why)


def _record(found: list[list[str]]) -> str:
    if not found:
        return "no change"
    collection, id, change, _digest = found[0]
    return f"{collection} {id} {change}"
