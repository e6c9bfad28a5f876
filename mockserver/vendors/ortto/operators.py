"""The leaf operators of Ortto's filters: each makes a predicate over a person of its operand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from operator import contains, eq, gt, lt
from types import MappingProxyType
from typing import Any, Final

from mockserver.trouble import Problem
from mockserver.vendors.ortto.moments import DAY
from mockserver.vendors.ortto.values import (
    CALLING_CODES,
    Person,
    as_moment,
    as_text,
    derived,
    digits,
    only_digits,
)

Predicate = Callable[[Person], bool]
Operand = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a filter is understood against: the moment, and the fields it may name (None: any)."""

    now: datetime
    fields: frozenset[str] | None = None


Maker = Callable[[Operand, Scope], Predicate]


def _field(test_of: Callable[[Operand, Scope], Callable[[Any], bool]]) -> Maker:
    """A predicate on the value of the operand's field, None where the person has none."""

    def make(operand: Operand, scope: Scope) -> Predicate:
        field_id, test = operand["field_id"], test_of(operand, scope)
        read = derived(field_id)
        if read is not None:
            return lambda person: test(read(person))
        return lambda person: test(person["fields"].get(field_id))

    return make


def _has_value(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
    # 0 and "" are values (documented); an empty set of tags is none.
    return lambda value: value is not None and value != []


def _text(matches: Callable[[str, str], bool]) -> Maker:
    def test_of(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
        wanted = operand["value"].casefold()

        def test(value: Any) -> bool:
            text = as_text(value)
            return text is not None and matches(text.casefold(), wanted)

        return test

    return _field(test_of)


def _bool_is(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
    wanted = operand["value"]
    # A flag that was never set is not true, so it is found among the false ones.
    return lambda value: (value is True) is wanted


def _number(matches: Callable[[Any, Any], bool]) -> Maker:
    def test_of(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
        wanted = operand["value"]
        missing = 0 if operand.get("not_existing_as_zero") else None

        def test(value: Any) -> bool:
            value = missing if value is None else value
            return isinstance(value, int | float) and matches(value, wanted)

        return test

    return _field(test_of)


def _between(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
    low, high = operand["from"], operand["to"]
    return lambda value: isinstance(value, int | float) and low <= value <= high


def _phone(matches: Callable[[str, str], bool]) -> Maker:
    def test_of(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
        wanted = only_digits(operand["value"])
        return lambda value: isinstance(value, dict) and matches(digits(value), wanted)

    return _field(test_of)


def _phone_country(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
    wanted = {country.upper() for country in operand["value"]}

    def test(value: Any) -> bool:
        code = value.get("c", "") if isinstance(value, dict) else ""
        return not wanted.isdisjoint(CALLING_CODES.get(code, ()))

    return test


def _set(matches: Callable[[set[str], Any], bool]) -> Maker:
    def test_of(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
        given = operand["value"]
        wanted = given.casefold() if isinstance(given, str) else {one.casefold() for one in given}

        def test(value: Any) -> bool:
            return isinstance(value, list) and matches({str(one).casefold() for one in value}, wanted)

        return test

    return _field(test_of)


def _tag_is(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
    wanted = operand["value"]
    return lambda value: value is not None and wanted in value


def _moments(test_of: Callable[[Operand, datetime], Callable[[datetime], bool]]) -> Maker:
    """A predicate on a date or a timestamp; a person without one never matches."""

    def value_test_of(operand: Operand, scope: Scope) -> Callable[[Any], bool]:
        matches = test_of(operand, scope.now)

        def test(value: Any) -> bool:
            moment = as_moment(value) if value is not None else None
            return moment is not None and matches(moment)

        return test

    return _field(value_test_of)


def _bound(given: Any) -> tuple[Callable[[datetime], Any], Any]:
    """How to look at a moment, and the bound: a day is compared with days, a moment with moments."""
    moment = _moment(given)
    if isinstance(given, dict) or len(given) == len("2022-04-05"):
        return _utc_day, _utc_day(moment)
    return datetime.timestamp, moment.timestamp()


def _moment(given: Any) -> datetime:
    """The moment of an operand. Raises the problem filter_invalid for 31 February and its like."""
    moment = as_moment(given)
    if moment is None:
        raise Problem(
            "filter_invalid", reason=f"Failed to decode filter: {given} is no moment (Invalid value)"
        )
    return moment


def _utc_day(moment: datetime) -> int:
    # by the timestamp, since the first and the last hours of the calendar cannot change their zone
    return int(moment.timestamp() // DAY)


def _absolute(relation: str) -> Callable[[Operand, datetime], Callable[[datetime], bool]]:
    def test_of(operand: Operand, now: datetime) -> Callable[[datetime], bool]:
        if relation == "between":
            (see_low, low), (see_high, high) = _bound(operand["from"]), _bound(operand["to"])
            return lambda moment: see_low(moment) >= low and see_high(moment) <= high
        see, bound = _bound(operand["value"])
        if relation == "after":
            return lambda moment: see(moment) > bound
        if relation == "before":
            return lambda moment: see(moment) < bound
        day = _utc_day(_moment(operand["value"]))
        return lambda moment: _utc_day(moment) == day

    return test_of


def _relative(relation: str) -> Callable[[Operand, datetime], Callable[[datetime], bool]]:
    def test_of(operand: Operand, now: datetime) -> Callable[[datetime], bool]:
        bound = now - timedelta(days=operand["days_ago"])
        if relation == "more_than":
            return lambda moment: moment < bound
        if relation == "less_than":
            return lambda moment: bound <= moment <= now
        return lambda moment: _utc_day(moment) == _utc_day(bound)

    return test_of


def _coming(relation: str) -> Callable[[Operand, datetime], Callable[[datetime], bool]]:
    def test_of(operand: Operand, now: datetime) -> Callable[[datetime], bool]:
        today = _utc_day(now)
        bound = today + operand["days"]
        if relation == "_more_than":
            return lambda moment: _utc_day(moment) > bound
        if relation == "_less_than":
            return lambda moment: today <= _utc_day(moment) < bound
        return lambda moment: _utc_day(moment) == bound

    return test_of


def _age(relation: str) -> Callable[[Operand, datetime], Callable[[datetime], bool]]:
    def test_of(operand: Operand, now: datetime) -> Callable[[datetime], bool]:
        years, today = operand["value"], (now.year, now.month, now.day)

        def age(moment: datetime) -> int:
            return today[0] - moment.year - (today[1:] < (moment.month, moment.day))

        if relation == "more_than":
            return lambda moment: age(moment) > years
        if relation == "less_than":
            return lambda moment: age(moment) < years
        return lambda moment: age(moment) == years

    return test_of


def _anniversary(operand: Operand, now: datetime) -> Callable[[datetime], bool]:
    return lambda moment: (moment.month, moment.day) == (now.month, now.day)


def _member(operand: Operand, scope: Scope) -> Predicate:
    audience = operand["audience_id"].lower()
    return lambda person: audience in person["in"]


def _subscriber(operand: Operand, scope: Scope) -> Predicate:
    audience = operand["audience_id"].lower()

    def test(person: Person) -> bool:
        membership = person["in"].get(audience)
        return (
            membership is not None
            and "unsubscribed_from" not in membership
            and person["fields"].get("bol::p") is True
        )

    return test


def _opted_in(operand: Operand, scope: Scope) -> Predicate:
    field_id = "bol::sp" if operand.get("channel") == "sms" else "bol::p"
    return lambda person: person["fields"].get(field_id) is True


def _id_is(operand: Operand, scope: Scope) -> Predicate:
    wanted = operand["value"].lower()
    return lambda person: bool(person["id"] == wanted)


def _id_in(operand: Operand, scope: Scope) -> Predicate:
    wanted = {one.lower() for one in operand["value"]}
    return lambda person: person["id"] in wanted


def _not(make: Maker) -> Maker:
    def make_opposite(operand: Operand, scope: Scope) -> Predicate:
        test = make(operand, scope)
        return lambda person: not test(person)

    return make_opposite


def _dated() -> dict[str, Maker]:
    makers: dict[str, Maker] = {}
    for kind, relation in product(("dtz", "tme"), ("exactly", "less_than", "more_than")):
        makers[f"${kind}::relative_{relation}"] = _moments(_relative(relation))
        makers[f"${kind}::age_{relation}"] = _moments(_age(relation))
    for kind, relation in product(("dtz", "tme"), ("after", "before", "on", "between")):
        makers[f"${kind}::absolute_{relation}"] = _moments(_absolute(relation))
    for kind, relation in product(("dtz", "tme"), ("", "_less_than", "_more_than")):
        makers[f"${kind}::occurs_in{relation}"] = _moments(_coming(relation))
        makers[f"${kind}::anniversary"] = _moments(_anniversary)
    return makers


LEAVES: Final[Mapping[str, Maker]] = MappingProxyType(
    {
        "$has_any_value": _field(_has_value),
        "$has_no_value": _not(_field(_has_value)),
        "$str::is": _text(eq),
        "$str::is_not": _not(_text(eq)),
        "$str::contains": _text(contains),
        "$str::does_not_contains": _not(_text(contains)),
        "$str::starts": _text(str.startswith),
        "$str::ends": _text(str.endswith),
        "$str::greater_than": _text(gt),
        "$str::less_than": _text(lt),
        "$str::set_contains": _set(contains),
        "$str::set_does_not_contains": _not(_set(contains)),
        "$str::set_contains_any": _set(lambda have, wanted: not have.isdisjoint(wanted)),
        "$str::set_is": _set(eq),
        "$str::set_is_not": _not(_set(eq)),
        "$bol::is": _field(_bool_is),
        "$int::is": _number(eq),
        "$int::is_not": _not(_number(eq)),
        "$int::greater_than": _number(gt),
        "$int::less_than": _number(lt),
        "$int::between": _field(_between),
        "$int::not_between": _not(_field(_between)),
        "$geo::is": _text(eq),
        "$geo::is_not": _not(_text(eq)),
        "$phn::iis": _phone(eq),
        "$phn::iis_not": _not(_phone(eq)),
        "$phn::starts": _phone(str.startswith),
        "$phn::in_iso2_country_codes": _field(_phone_country),
        "$u4s::is": _field(_tag_is),
        "$is_member_of": _member,
        "$is_not_member_of": _not(_member),
        "$is_subscriber_of": _subscriber,
        "$is_not_subscriber_of": _not(_subscriber),
        "$is_opted_in": _opted_in,
        "$is_opted_out": _not(_opted_in),
        "$id_is": _id_is,
        "$id_is_not": _not(_id_is),
        "$id_set_is": _id_in,
        "$id_set_is_not": _not(_id_in),
        **_dated(),
    }
)
"""Every leaf operator that is kept. String and place operators overlook case."""

TIMED: Final = ("::relative_", "::age_", "::anniversary", "::occurs_in")
"""What the name of an operator has whose answer changes with the clock alone."""
