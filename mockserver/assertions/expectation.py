"""Expectations of an assertion: how many calls of one kind, or several calls in an order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple

from mockserver.assertions.matchers import ExpectedCall

EXPECTED_NAMES: Final = tuple(field.name for field in fields(ExpectedCall))
"""The properties of a call that can be expected."""


class Step(NamedTuple):
    """A kind of call: its vendor and operation (None: any), and what is expected of it."""

    vendor: str | None
    operation: str | None
    call: ExpectedCall

    def __str__(self) -> str:
        name = " ".join(filter(None, [self.vendor, self.operation])) or "anything"
        return f"{name} with {self.call}" if str(self.call) else name

    def matches(self, exchange: Mapping[str, Any]) -> bool:
        """Whether the exchange is such a call."""
        return self.is_of_operation(exchange) and not self.call.differences(exchange)

    def is_of_operation(self, exchange: Mapping[str, Any]) -> bool:
        """Whether the exchange is of the vendor and the operation, whatever else is expected."""
        wanted = ((self.vendor, exchange["vendor"]), (self.operation, exchange["operation"]))
        return all(name is None or name == actual for name, actual in wanted)


@dataclass(frozen=True)
class Count:
    """How many calls are expected: between `least` and `most` (None: any), or what a function accepts."""

    least: int = 0
    most: int | None = None
    accept: Callable[[int], object] | None = None

    def __str__(self) -> str:
        if self.accept:
            return f"a number of calls that {getattr(self.accept, '__name__', 'the function')} accepts"
        if self.least == self.most:
            return _calls(self.least)
        if self.most is None:
            return "a call" if self.least == 1 else f"at least {_calls(self.least)}"
        return f"{self.least} to {_calls(self.most)}" if self.least else f"at most {_calls(self.most)}"

    def accepts(self, number: int) -> bool:
        """Whether this many calls are as expected."""
        if self.accept:
            return bool(self.accept(number))
        return number >= self.least and (self.most is None or number <= self.most)

    def is_exceeded(self, number: int) -> bool:
        """Whether there are more calls than allowed, so that no further one can help."""
        return self.most is not None and number > self.most


NEVER: Final = Count(0, 0)
"""The count of a call that must not be made."""


@dataclass(frozen=True)
class ExpectedCalls:
    """A number of calls of one kind. `forbids`: the assertion is that there is none."""

    step: Step
    count: Count
    forbids: bool = False

    def __str__(self) -> str:
        return f"{'no call' if self.forbids else self.count} of {self.step}"

    @property
    def steps(self) -> Sequence[Step]:
        """The kinds of calls that are expected."""
        return (self.step,)


@dataclass(frozen=True)
class ExpectedOrder:
    """Calls in this order; others before, between and after them are allowed."""

    steps: Sequence[Step]

    def __str__(self) -> str:
        return f"these calls in this order: {', '.join(map(str, self.steps))}"


Expectation = ExpectedCalls | ExpectedOrder


def parse_step(number: int, step: object) -> Step:
    """A step of `assert_order` as a test writes it. Raises TypeError for another form."""
    given = [*step] if isinstance(step, tuple | list) else []
    expected = given.pop() if len(given) == 3 else {}
    if len(given) != 2 or not all(isinstance(name, str) for name in given):
        form = "(vendor, operation) or (vendor, operation, {…})"
        raise TypeError(f"step {number} of assert_order() is {step!r}; write it as {form}")
    unknown = (
        [name for name in expected if name not in EXPECTED_NAMES]
        if isinstance(expected, Mapping)
        else [expected]
    )
    if unknown:
        fix = f"its third element is a dictionary with any of {', '.join(EXPECTED_NAMES)}"
        raise TypeError(f"step {number} of assert_order() expects an unknown {unknown[0]!r}; {fix}")
    return Step(given[0], given[1], ExpectedCall(**expected))


def parse_count(times: object, at_least: int | None, at_most: int | None) -> Count:
    """The expected number of calls as a test gives it: at least one without any of these.

    `times` is a number, a `range` or a function of the number. Raises TypeError for another value and for a
    combination of `times` with the others, ValueError for a number that cannot be.
    """
    limits = (at_least, at_most)
    if times is not None and limits != (None, None):
        raise TypeError("times= stands alone; use at_least= and at_most= without it")
    if times is None:
        count = Count(1) if limits == (None, None) else Count(at_least or 0, at_most)
    elif isinstance(times, int) and not isinstance(times, bool):
        count = Count(times, times)
    elif isinstance(times, range):
        in_steps = f"range({times.start}, {times.stop}, {times.step})"
        count = Count(min(times, default=1), max(times, default=0))
        if len(times) > 1 and abs(times.step) != 1:
            count = Count(accept=_named(in_steps, times.__contains__))
    elif callable(times):
        count = Count(accept=times)
    else:
        raise TypeError(f"times={times!r} is neither a number, a range nor a function of the number")
    if count.least < 0 or (count.most is not None and count.most < count.least):
        wanted = f"{count.least} to {count.most}" if count.most is not None else str(count.least)
        raise ValueError(f"there cannot be {wanted} calls; expect a number from 0 on, the smaller one first")
    return count


def _named(name: str, function: Callable[[int], object]) -> Callable[[int], object]:
    def accept(number: int) -> object:
        return function(number)

    accept.__name__ = name
    return accept


def _calls(number: int) -> str:
    return "1 call" if number == 1 else f"{number} calls"
