"""Counts the steps of a backtracking match, as Python's `re` makes them, and builds texts that cost many.

Counting is exact and repeatable, where a clock is neither.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice, product
from re import _constants as sre
from re import _parser as parser
from typing import Any, Final

Continuation = Callable[[int], bool]
Matcher = Callable[[int, Continuation], bool]

ANCHORED: Final = ("match", "fullmatch")
"""The methods that try one start; all others try each."""

_ONE_CHARACTER: Final = (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN)
_MAX_LETTERS: Final = 4
_FEW_STEPS: Final = 12
"""So many steps for each character are linear."""
_GROWTH: Final = 8
"""Four times the text may take this many times the steps; with their square it would be 16 times."""
_ALPHABET: Final = "a0-_.@ ;:/=\"',\n[{\\é"
_VARIANTS: Final = 2
_LETTERS: Final[dict[str, list[str]]] = {}
"""The letters that stand for each set of characters."""


class _TooManyStepsError(Exception):
    """The count is beyond the ceiling."""


class Counter:
    """The steps that a pattern takes with a text, by one of the methods of `re.Pattern`."""

    def __init__(self, pattern: str, flags: int, method: str) -> None:
        self._tree = parser.parse(pattern, flags)
        self._flags = self._tree.state.flags
        self._method = method
        self._text = ""
        self._ceiling = 0
        self._steps = 0
        self._whole = self._sequence(list(self._tree))

    def count(self, text: str, ceiling: int) -> int:
        """The number of steps, at most the ceiling and one more."""
        self._text, self._ceiling, self._steps = text, ceiling, 0
        length = len(text)
        position = 0
        try:
            while position <= length:
                ends: list[int] = []

                def accept(end: int, found: list[int] = ends) -> bool:
                    if self._method == "fullmatch" and end != length:
                        return False
                    found.append(end)
                    return True

                self._whole(position, accept)
                if self._method in ANCHORED or (ends and self._method == "search"):
                    break
                position = max(ends[0], position + 1) if ends else position + 1
        except _TooManyStepsError:
            return ceiling + 1
        return self._steps

    def _step(self, number: int = 1) -> None:
        self._steps += number
        if self._steps > self._ceiling:
            raise _TooManyStepsError

    def _sequence(self, items: list[Any]) -> Matcher:
        if not items:
            return lambda at, then: then(at)
        *others, whole = [self._item(*item) for item in items]
        for one in reversed(others):
            whole = _followed(one, whole)
        return whole

    def _item(self, kind: Any, argument: Any) -> Matcher:
        if kind in _ONE_CHARACTER:
            fits = self._character(kind, argument)
            return lambda at, then: self._fits_at(fits, at) and then(at + 1)
        if kind is sre.AT:
            return lambda at, then: self._is_at(argument, at) and then(at)
        if kind is sre.SUBPATTERN:
            return self._sequence(list(argument[3]))
        if kind is sre.ATOMIC_GROUP:
            return self._atomic(self._sequence(list(argument)))
        if kind is sre.BRANCH:
            branches = [self._sequence(list(one)) for one in argument[1]]
            return lambda at, then: any(branch(at, then) for branch in branches)
        if kind in (sre.ASSERT, sre.ASSERT_NOT):
            return self._assertion(kind is sre.ASSERT, argument)
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            return self._repeat(kind, *argument)
        raise NotImplementedError(f"{kind}: teach {__name__} to count it")

    def _repeat(self, kind: Any, least: int, most: Any, body: Any) -> Matcher:
        items = list(body)
        if len(items) == 1 and items[0][0] in _ONE_CHARACTER:
            return self._run_of_characters(kind, least, int(most), self._character(*items[0]))
        one = self._sequence(items)

        def more(number: int, at: int, then: Continuation) -> bool:
            self._step()
            if number < least:
                return one(at, lambda end: more(number + 1, end, then))
            if kind is sre.MIN_REPEAT and then(at):
                return True
            if number < int(most) and one(at, lambda end: end > at and more(number + 1, end, then)):
                return True
            return kind is not sre.MIN_REPEAT and then(at)

        def whole(at: int, then: Continuation) -> bool:
            return more(0, at, then)

        return self._atomic(whole) if kind is sre.POSSESSIVE_REPEAT else whole

    def _run_of_characters(self, kind: Any, least: int, most: int, fits: Callable[[str], bool]) -> Matcher:
        def match(at: int, then: Continuation) -> bool:
            end, last = at, min(len(self._text), at + most)
            while end < last and fits(self._text[end]):
                end += 1
            self._step(1 + end - at)
            if end - at < least:
                return False
            if kind is sre.POSSESSIVE_REPEAT:
                return then(end)
            ends = range(at + least, end + 1) if kind is sre.MIN_REPEAT else range(end, at + least - 1, -1)
            for one in ends:
                self._step()
                if then(one):
                    return True
            return False

        return match

    def _atomic(self, inner: Matcher) -> Matcher:
        def match(at: int, then: Continuation) -> bool:
            ends: list[int] = []
            return inner(at, lambda end: not ends.append(end)) and then(ends[0])  # type: ignore[func-returns-value]

        return match

    def _assertion(self, wanted: bool, argument: Any) -> Matcher:
        direction, items = argument
        inner, width = self._sequence(list(items)), items.getwidth()[1]

        def match(at: int, then: Continuation) -> bool:
            start = at if direction > 0 else at - width
            found = start >= 0 and inner(start, lambda end: direction > 0 or end == at)
            return found is wanted and then(at)

        return match

    def _character(self, kind: Any, argument: Any) -> Callable[[str], bool]:
        source = parser.SubPattern(self._tree.state, [(kind, argument)])
        compiled = re._compiler.compile(source, self._flags)  # type: ignore[attr-defined]
        return cache(lambda one: compiled.match(one) is not None)

    def _fits_at(self, fits: Callable[[str], bool], at: int) -> bool:
        self._step()
        return at < len(self._text) and fits(self._text[at])

    def _is_at(self, where: Any, at: int) -> bool:
        self._step()
        match where:
            case sre.AT_BEGINNING | sre.AT_BEGINNING_STRING:
                return at == 0 or (bool(self._flags & re.MULTILINE) and self._text[at - 1] == "\n")
            case sre.AT_END:
                return at == len(self._text) or self._text[at:] == "\n"
            case sre.AT_END_STRING:
                return at == len(self._text)
        return True  # a word's boundary: assume the worse


def _followed(first: Matcher, second: Matcher) -> Matcher:
    return lambda at, then: first(at, lambda end: second(end, then))


def costly_texts(pattern: str, flags: int, length: int) -> Iterator[str]:
    """Texts of about this length: each repetition of the pattern pumped, and runs of its characters."""
    tree = parser.parse(pattern, flags)
    repeats = list(_repeats(list(tree)))
    for target, variant in product(repeats, range(_VARIANTS)):
        start = _sample(list(tree), target, 1, variant)
        pumped = _sample(list(tree), target, length, variant)
        if variant and pumped == _sample(list(tree), target, length):
            continue
        body = pumped[: len(pumped) - len(start)] or pumped
        for text in (pumped, body):
            yield from (text[: 2 * length] + end for end in ("", "\0", "@", " ", '"'))
    letters = list(dict.fromkeys([*_letters(list(tree))[:_MAX_LETTERS], *_ALPHABET[:2]]))
    first = _sample(list(tree), None, 1)
    for one, other in product(letters, repeat=2):
        run = one * length if one == other else (one + other) * (length // 2)
        yield from (text + end for text in (run, first + run) for end in ("\0", "@", " "))
        yield one + other * length + "\0"


def grows_faster_than_its_text(pattern: str, flags: int, method: str) -> str | None:
    """A text for which four times the length takes far more than four times the steps; None without one."""
    counter, lengths = Counter(pattern, flags, method), (16, 64)
    for number, (short, long) in enumerate(
        zip(*(costly_texts(pattern, flags, one) for one in lengths), strict=True)
    ):
        if _is_linear(counter, short, long):
            continue
        # A repetition with a bound, such as {0,61}, grows up to it: only longer texts tell.
        longer = [next(islice(costly_texts(pattern, flags, one), number, None)) for one in (200, 800)]
        if not _is_linear(counter, *longer):
            return str(long)
    return None


def _is_linear(counter: Counter, short: str, long: str) -> bool:
    allowed = _FEW_STEPS * len(long)
    if counter.count(long, allowed) <= allowed:
        return True
    square = len(short) ** 2 * 2
    few = counter.count(short, square)
    return few <= square and counter.count(long, few * _GROWTH) <= few * _GROWTH


def _repeats(items: list[Any]) -> Iterator[Any]:
    for kind, argument in items:
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            yield argument
            yield from _repeats(list(argument[2]))
        elif kind is sre.SUBPATTERN:
            yield from _repeats(list(argument[3]))
        elif kind is sre.ATOMIC_GROUP:
            yield from _repeats(list(argument))
        elif kind is sre.BRANCH:
            for one in argument[1]:
                yield from _repeats(list(one))


def _sample(items: list[Any], target: Any, number: int, variant: int = 0) -> str:
    """A text that the items match, with the target repeated.

    The variant says which alternatives it takes, and which of the characters that fit.
    """
    text = ""
    for kind, argument in items:
        if kind in _ONE_CHARACTER:
            text += _letter(kind, argument, variant)
        elif kind is sre.SUBPATTERN:
            text += _sample(list(argument[3]), target, number, variant)
        elif kind is sre.ATOMIC_GROUP:
            text += _sample(list(argument), target, number, variant)
        elif kind is sre.BRANCH:
            inside = [one for one in argument[1] if target in list(_repeats(list(one)))] or argument[1]
            samples = [_sample(list(one), target, number, variant) for one in inside]
            samples = list(filter(None, samples)) or samples
            text += samples[variant % len(samples)]
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            least, most, body = argument
            times = min(number, int(most)) if argument is target else max(least, min(1, int(most)))
            text += _sample(list(body), target, number, variant) * times
    return text


def _letters(items: list[Any]) -> list[str]:
    return list(dict.fromkeys(_iterate_letters(items)))


def _iterate_letters(items: list[Any]) -> Iterator[str]:
    for kind, argument in items:
        if kind in _ONE_CHARACTER:
            yield _letter(kind, argument)
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            yield from _iterate_letters(list(argument[2]))
        elif kind is sre.SUBPATTERN:
            yield from _iterate_letters(list(argument[3]))
        elif kind is sre.ATOMIC_GROUP:
            yield from _iterate_letters(list(argument))
        elif kind is sre.BRANCH:
            for one in argument[1]:
                yield from _iterate_letters(list(one))


def _letter(kind: Any, argument: Any, variant: int = 0) -> str:
    if kind is sre.LITERAL:
        return chr(argument)
    key = f"{kind} {argument}"
    if key not in _LETTERS:
        source = parser.SubPattern(parser.State(), [(kind, argument)])
        compiled = re._compiler.compile(source, re.DOTALL)  # type: ignore[attr-defined]
        _LETTERS[key] = [one for one in _ALPHABET if compiled.match(one)][:_VARIANTS] or ["a"]
    return _LETTERS[key][min(variant, len(_LETTERS[key]) - 1)]
