"""The fictional people of a world: generated from its seed, and the same for every vendor.

Names, streets and cities come from Faker, once for each locale; a stream of random numbers combines them.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from hashlib import shake_128
from itertools import accumulate, islice
from struct import Struct
from typing import Any, TypeVar

from mockserver.formats import yaml_cache
from mockserver.paths import fixtures
from mockserver.state.named_people import complete, with_own_contacts
from mockserver.state.names import names_of
from mockserver.state.person import Person

# One person's share of the stream: independent 16-bit numbers, in the order of `_PersonFactory.person`.
_DRAWS = Struct("<19H")
_DRAW_RANGE = 1 << 16
_SECOND = timedelta(seconds=1)

T = TypeVar("T")


def people(
    seed: int,
    count: int,
    locales: Mapping[str, float] | Sequence[str],
    named: Sequence[Mapping[str, Any]] = (),
) -> list[Person]:
    """Generates `count` people, numbered from 1 in the order of joining; `locales` may have weights.

    The first are those of `named`, each with its given fields (`named_people`); their addresses and numbers
    are theirs alone.
    Person n of a seed and a mix of locales is the same for every `count`, except for `joined` and
    `last_order`: joining is spread evenly over the years before the anchor, so these depend on n / count.
    E-mail addresses and telephone numbers are unique and in ranges that are never assigned. Raises ValueError
    for a locale without an entry in fixtures/people.yaml and if all weights are 0.
    """
    facts = yaml_cache.read(fixtures() / "people.yaml")
    weights = _weights(locales, facts["locales"])
    factory = _PersonFactory(facts, count)
    pools = [_LocalePools(locale, seed, facts, factory.phones) for locale in weights]
    total = sum(weights.values())
    bounds = [int(running / total * _DRAW_RANGE) for running in accumulate(weights.values())]
    bounds[-1] = _DRAW_RANGE
    stream = shake_128(f"people {seed}".encode()).digest(count * _DRAWS.size)
    found = [
        factory.person(number, pools[bisect_right(bounds, draws[0])], draws)
        for number, draws in enumerate(_DRAWS.iter_unpack(stream), 1)
    ]
    for number, (given, draws) in enumerate(zip(named, _DRAWS.iter_unpack(stream), strict=False), 1):
        if "locale" in given:
            pool = _LocalePools(given["locale"], seed, facts, factory.phones)
            found[number - 1] = factory.person(number, pool, draws)
        found[number - 1] = complete(found[number - 1], given, factory.email_name)
    if named:
        with_own_contacts(found, named, factory.spare)
    return found


def _weights(locales: Mapping[str, float] | Sequence[str], known: Mapping[str, Any]) -> dict[str, float]:
    given = locales if isinstance(locales, Mapping) else dict.fromkeys(locales, 1.0)
    for locale, weight in given.items():
        if locale not in known:
            raise ValueError(f"unknown locale {locale!r} (available: {', '.join(sorted(known))})")
        if weight < 0:
            raise ValueError(f"the weight of locale {locale!r} is {weight}; use 0 or more")
    # sorted: the order in which the locales are given must not change the people
    weights = {locale: given[locale] for locale in sorted(given) if given[locale] > 0}
    if not weights:
        raise ValueError("no locale has a weight above 0; give at least one")
    return weights


class _LocalePools:
    """The pools of names, addresses and phone numbers of one locale."""

    def __init__(self, locale: str, seed: int, facts: Mapping[str, Any], shared_phones: list[str]) -> None:
        self.locale = locale
        self.language, self.country = locale.split("_")
        self.house_first = facts["locales"][locale]["house"] == "before"
        national = list(_phone_numbers(facts["locales"][locale]["phones"]))
        self.phones = national + shared_phones[len(national) :]
        names = names_of(locale, seed, facts["pools"])
        self.women, self.men, self.lasts = names["women"], names["men"], names["last"]
        self.streets, self.companies, self.places = names["streets"], names["companies"], names["places"]


class _PersonFactory:
    """Generates people from the pools; what they share is precomputed, so that one takes microseconds."""

    def __init__(self, facts: Mapping[str, Any], count: int) -> None:
        percent = facts["percent"]
        self.count = count
        self.folded = _AsciiNames(facts["folds"])
        self.phones = list(islice(_shared_phones(facts["area_codes"]), count))
        self.spare = facts["spare_country_code"]
        self.domains: list[str] = facts["email_domains"]
        self.female, self.employed, self.email, self.sms, self.post = (
            percent[key] * _DRAW_RANGE // 100
            for key in ("female", "company", "accepts_email", "accepts_sms", "accepts_post")
        )
        self.born = [_days(first, last) for first, last, weight in facts["born"] for _ in range(weight)]
        self.orders = [orders for orders, weight in facts["orders"] for _ in range(weight)]
        self.least, self.spread = facts["basket"]["least"], facts["basket"]["most"] - facts["basket"]["least"]
        self.highest_house = facts["highest_house"]
        self.span = facts["joined_within_days"] * 86_400

    def email_name(self, first: str, last: str) -> str:
        """The part of an e-mail address that is a name."""
        return f"{self.folded[first]}.{self.folded[last]}"

    def person(self, number: int, pools: _LocalePools, draws: tuple[int, ...]) -> Person:
        """The person of this number, determined by the draws."""
        (_, gender, first_name, last_name, domain, age_band, day, street_draw, house_number, place,
         employed, company, joining, email, sms, post, order_count, basket, recency) = draws  # fmt: skip
        is_woman = gender < self.female
        first, last = _pick(pools.women if is_woman else pools.men, first_name), _pick(pools.lasts, last_name)
        city, region, postcode = _pick(pools.places, place)
        start, days = _pick(self.born, age_band)
        street, house = _pick(pools.streets, street_draw), 1 + (house_number * self.highest_house >> 16)
        joined = self.span * ((self.count - number) * _DRAW_RANGE + joining) // (self.count * _DRAW_RANGE)
        orders = _pick(self.orders, order_count)
        return Person(
            number,
            pools.locale,
            pools.country,
            pools.language,
            "female" if is_woman else "male",
            first,
            last,
            f"{self.folded[first]}.{self.folded[last]}{number}@{_pick(self.domains, domain)}",
            pools.phones[number - 1] if number <= len(pools.phones) else f"{self.spare}{number:09}",
            date.fromordinal(start + (day * days >> 16)),
            f"{house} {street}" if pools.house_first else f"{street} {house}",
            postcode,
            city,
            region,
            _pick(pools.companies, company) if employed < self.employed else None,
            joined * _SECOND,
            email < self.email,
            sms < self.sms,
            post < self.post,
            orders,
            orders * (self.least + (self.spread * basket * basket >> 32)),
            # more orders make a recent one likelier
            joined * recency // (_DRAW_RANGE + orders * _DRAW_RANGE // 4) * _SECOND if orders else None,
        )


def _pick(pool: Sequence[T], draw: int) -> T:
    return pool[len(pool) * draw >> 16]


class _AsciiNames(dict[str, str]):
    """Names reduced to the letters a to z, for e-mail addresses; each is reduced when it is first used."""

    def __init__(self, folds: Mapping[str, str]) -> None:
        self._folds = str.maketrans(dict(folds))

    def __missing__(self, name: str) -> str:
        plain = unicodedata.normalize("NFKD", name.lower().translate(self._folds))
        self[name] = folded = re.sub("[^a-z]", "", plain)
        return folded


def _days(first_year: int, last_year: int) -> tuple[int, int]:
    start = date(first_year, 1, 1).toordinal()
    return start, date(last_year + 1, 1, 1).toordinal() - start


def _phone_numbers(blocks: Sequence[str | Sequence[str]]) -> Iterator[str]:
    for block in blocks:
        first, last = (block, block) if isinstance(block, str) else block
        for number in range(int(first), int(last) + 1):
            yield f"+{number}"


def _shared_phones(area_codes: Sequence[int]) -> Iterator[str]:
    # the area code varies fastest, so that neighbours in a list do not look like one family
    return (f"+1{area}55501{line:02}" for line in range(100) for area in area_codes)
