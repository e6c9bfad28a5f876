"""The people of a world: invented, seeded, and the same person for every vendor.

Faker draws names, streets and cities once a locale; a stream of numbers combines them. Faker loads slowly:
whoever needs people imports this module late.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from hashlib import shake_128
from itertools import accumulate, islice
from struct import Struct
from typing import Any, Literal, NamedTuple, TypeVar

from faker import Factory, Generator

from mockserver.formats import yaml_loader
from mockserver.paths import fixtures

# One person's share of the stream: independent 16-bit numbers, taken in the order of `_Maker.person`.
_DRAWS = Struct("<19H")
_FULL = 1 << 16
_SECOND = timedelta(seconds=1)
# Faker has two dozen more; leaving them out halves the time of a small world.
_PROVIDERS = ("faker.providers.person", "faker.providers.address", "faker.providers.company")

T = TypeVar("T")


class Person(NamedTuple):
    """Somebody who does not exist. Moments are spans before the world's anchor, money is in cents.

    A tuple: to make a hundred thousand frozen dataclasses of so many fields takes half as long again.
    """

    number: int
    locale: str
    country: str
    language: str
    gender: Literal["female", "male"]
    first: str
    last: str
    email: str
    phone: str
    birthday: date
    street: str
    postcode: str
    city: str
    region: str
    company: str | None
    joined: timedelta
    accepts_email: bool
    accepts_sms: bool
    accepts_post: bool
    orders: int
    spent: int
    last_order: timedelta | None


def people(seed: int, count: int, locales: Mapping[str, float] | Sequence[str]) -> list[Person]:
    """`count` people numbered from 1, those who joined first at the head; `locales` may carry weights.

    Person n of a seed and a mix of locales is the same however many are made, but for `joined` and
    `last_order`: the people share the years before the anchor evenly, so these depend on n / count. E-mail
    addresses and telephone numbers are unique and of ranges that nobody can own. Raises ValueError for a
    locale without an entry in fixtures/people.yaml and for a mix without weight.
    """
    facts = yaml_loader.read(fixtures() / "people.yaml")
    weights = _weights(locales, facts["locales"])
    maker = _Maker(facts, count)
    homes = [_Home(locale, seed, facts, maker.phones) for locale in weights]
    total = sum(weights.values())
    bounds = [int(reached / total * _FULL) for reached in accumulate(weights.values())]
    bounds[-1] = _FULL
    stream = shake_128(f"people {seed}".encode()).digest(count * _DRAWS.size)
    return [
        maker.person(number, homes[bisect_right(bounds, draws[0])], draws)
        for number, draws in enumerate(_DRAWS.iter_unpack(stream), 1)
    ]


def _weights(locales: Mapping[str, float] | Sequence[str], known: Mapping[str, Any]) -> dict[str, float]:
    given = locales if isinstance(locales, Mapping) else dict.fromkeys(locales, 1.0)
    for locale, weight in given.items():
        if locale not in known:
            raise ValueError(f"no people of locale {locale!r}; known are {', '.join(sorted(known))}")
        if weight < 0:
            raise ValueError(f"locale {locale!r} weighs {weight}; give it 0 or more")
    # sorted: the order in which a mix is written must not change who is in it
    weights = {locale: given[locale] for locale in sorted(given) if given[locale] > 0}
    if not weights:
        raise ValueError("no locale has any weight; give at least one more than 0")
    return weights


class _Home:
    """What people of one locale are made of."""

    def __init__(self, locale: str, seed: int, facts: Mapping[str, Any], shared_phones: list[str]) -> None:
        self.locale = locale
        self.language, self.country = locale.split("_")
        sizes, folds = facts["pools"], str.maketrans(facts["folds"])
        self.house_first = facts["locales"][locale]["house"] == "before"
        national = list(_phone_numbers(facts["locales"][locale]["phones"]))
        self.phones = national + shared_phones[len(national) :]
        faker = Factory.create(locale, list(_PROVIDERS), use_weighting=False)
        faker.seed_instance(f"{locale} {seed}")
        draw = partial(_draw, faker)
        self.women = [(name, _folded(name, folds)) for name in draw("first_name_female", sizes["first"])]
        self.men = [(name, _folded(name, folds)) for name in draw("first_name_male", sizes["first"])]
        self.lasts = [(name, _folded(name, folds)) for name in draw("last_name", sizes["last"])]
        self.streets = draw("street_name", sizes["streets"])
        self.companies = draw("company", sizes["companies"])
        # a city lies in one region however often it was drawn
        cities, areas = draw("city", sizes["places"]), draw("administrative_unit", sizes["places"])
        regions = dict(zip(cities, areas, strict=True))
        postcodes = draw("postcode", len(regions))
        self.places = [(*place, postcode) for place, postcode in zip(regions.items(), postcodes, strict=True)]


class _Maker:
    """What all people have in common, prepared so that one person takes microseconds."""

    def __init__(self, facts: Mapping[str, Any], count: int) -> None:
        percent = facts["percent"]
        self.count = count
        self.phones = list(islice(_shared_phones(facts["area_codes"]), count))
        self.spare = facts["spare_country_code"]
        self.domains: list[str] = facts["email_domains"]
        self.female, self.employed, self.email, self.sms, self.post = (
            percent[key] * _FULL // 100
            for key in ("female", "company", "accepts_email", "accepts_sms", "accepts_post")
        )
        self.born = [_days(first, last) for first, last, weight in facts["born"] for _ in range(weight)]
        self.orders = [orders for orders, weight in facts["orders"] for _ in range(weight)]
        self.least, self.spread = facts["basket"]["least"], facts["basket"]["most"] - facts["basket"]["least"]
        self.highest_house = facts["highest_house"]
        self.span = facts["joined_within_days"] * 86_400

    def person(self, number: int, home: _Home, draws: tuple[int, ...]) -> Person:
        """The person of this number: the same draws give the same person."""
        (_, sex, one, two, mail, band, day, way, door, place, employed, firm,
         moment, email, sms, post, bought, worth, lately) = draws  # fmt: skip
        is_woman = sex < self.female
        first, first_folded = _pick(home.women if is_woman else home.men, one)
        last, last_folded = _pick(home.lasts, two)
        city, region, postcode = _pick(home.places, place)
        start, days = _pick(self.born, band)
        street, house = _pick(home.streets, way), 1 + (door * self.highest_house >> 16)
        joined = self.span * ((self.count - number) * _FULL + moment) // (self.count * _FULL)
        orders = _pick(self.orders, bought)
        return Person(
            number,
            home.locale,
            home.country,
            home.language,
            "female" if is_woman else "male",
            first,
            last,
            f"{first_folded}.{last_folded}{number}@{_pick(self.domains, mail)}",
            home.phones[number - 1] if number <= len(home.phones) else f"{self.spare}{number:09}",
            date.fromordinal(start + (day * days >> 16)),
            f"{house} {street}" if home.house_first else f"{street} {house}",
            postcode,
            city,
            region,
            _pick(home.companies, firm) if employed < self.employed else None,
            joined * _SECOND,
            email < self.email,
            sms < self.sms,
            post < self.post,
            orders,
            orders * (self.least + (self.spread * worth * worth >> 32)),
            # whoever buys often has bought lately
            joined * lately // (_FULL + orders * _FULL // 4) * _SECOND if orders else None,
        )


def _pick(pool: Sequence[T], draw: int) -> T:
    return pool[len(pool) * draw >> 16]


def _draw(faker: Generator, what: str, size: int) -> list[str]:
    return [faker.format(what) for _ in range(size)]


def _folded(name: str, folds: Mapping[int, str]) -> str:
    """The name in the letters a to z alone, as an e-mail address shows it."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(folds))
    return re.sub("[^a-z]", "", plain)


def _days(first_year: int, last_year: int) -> tuple[int, int]:
    start = date(first_year, 1, 1).toordinal()
    return start, date(last_year + 1, 1, 1).toordinal() - start


def _phone_numbers(blocks: Sequence[str | Sequence[str]]) -> Iterator[str]:
    for block in blocks:
        first, last = (block, block) if isinstance(block, str) else block
        for number in range(int(first), int(last) + 1):
            yield f"+{number}"


def _shared_phones(area_codes: Sequence[int]) -> Iterator[str]:
    # area codes change fastest: neighbours on a page should not look like one family
    return (f"+1{area}55501{line:02}" for line in range(100) for area in area_codes)
