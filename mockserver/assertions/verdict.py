"""The verdict on an expectation: whether the exchanges of a journal are as expected, and why not."""

from collections.abc import Sequence
from typing import NamedTuple

from mockserver.assertions import messages
from mockserver.assertions.expectation import Expectation, ExpectedCalls, ExpectedOrder
from mockserver.call import Exchange


class Verdict(NamedTuple):
    """The matching exchanges (of an order: one for each step found), and what is wrong, if anything."""

    matching: list[Exchange]
    message: str | None

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return self.message is None


def judge(expectation: Expectation, journal: Sequence[Exchange], dropped: int = 0) -> Verdict:
    """The verdict over these exchanges of a journal, oldest first, which has dropped `dropped` older ones.

    Nothing is as expected over an incomplete journal: what it has dropped might be a matching call.
    """
    judge_one = _judge_calls if isinstance(expectation, ExpectedCalls) else _judge_order
    verdict = judge_one(expectation, journal)  # type: ignore[arg-type]  # each gets its own kind
    if dropped:
        return Verdict(verdict.matching, messages.incomplete_message(expectation, dropped))
    return verdict


def _judge_calls(expected: ExpectedCalls, journal: Sequence[Exchange]) -> Verdict:
    matching = [exchange for exchange in journal if expected.step.matches(exchange)]
    if expected.count.accepts(len(matching)):
        return Verdict(matching, None)
    if expected.forbids:
        return Verdict(matching, messages.unexpected_call_message(expected, matching))
    return Verdict(matching, messages.wrong_count_message(expected, matching, journal))


def _judge_order(expected: ExpectedOrder, journal: Sequence[Exchange]) -> Verdict:
    matched: list[Exchange] = []
    for exchange in journal:
        if len(matched) < len(expected.steps) and expected.steps[len(matched)].matches(exchange):
            matched.append(exchange)
    if len(matched) == len(expected.steps):
        return Verdict(matched, None)
    return Verdict(matched, messages.wrong_order_message(expected.steps, matched, journal))
