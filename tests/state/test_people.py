"""People are fictional, reproducible and unreachable."""

import json
import re
from collections import Counter
from datetime import date, timedelta
from typing import Any, cast

import pytest

from mockserver.formats import yaml_loader
from mockserver.paths import fixtures
from mockserver.state.names import SHIPPED_SEED, draw
from mockserver.state.people import people
from mockserver.state.person import Person

LOCALES = ("sv_SE", "nl_NL", "fi_FI", "en_GB", "en_US", "de_DE")

# Repeated here on purpose, to detect wrong entries in the data.
RESERVED_DOMAINS = re.compile(r"(example\.(com|org|net)|[a-z]+\.(example|test))\Z")
RESERVED_PHONES = (
    re.compile(r"\+4670174(060[5-9]|06[1-9]\d)\Z"),  # Sweden, PTS
    re.compile(r"\+447700900\d{3}\Z"),  # United Kingdom, Ofcom
    re.compile(r"\+49(17139200\d\d|176040690\d\d|15228817386|15228895456|15254599371)\Z"),  # Germany
    re.compile(r"\+49(1729925904|1729968532|1729973185|1729973186|1729980752|1749091317|1749464308)\Z"),
    re.compile(r"\+1[2-9](?!11)\d\d55501\d\d\Z"),  # North America, 555-0100 to 555-0199
    re.compile(r"\+999\d{9}\Z"),  # no country
)


@pytest.fixture(scope="module")
def crowd() -> list[Person]:
    return people(7, 100_000, LOCALES)


def _without_times(person: Person) -> Person:
    return person._replace(joined=timedelta(0), last_order=None)


def test_the_fields_of_a_person() -> None:
    assert " ".join(Person._fields) == (
        "number locale country language gender first last email phone birthday street postcode city region "
        "company joined accepts_email accepts_sms accepts_post orders spent last_order"
    )


def test_the_same_seed_gives_the_same_people() -> None:
    assert people(7, 300, LOCALES) == people(7, 300, LOCALES)


def test_another_seed_gives_other_people() -> None:
    pairs = zip(people(7, 300, LOCALES), people(8, 300, LOCALES), strict=True)
    assert sum((one.first, one.last, one.city) == (two.first, two.last, two.city) for one, two in pairs) < 10


def test_a_person_does_not_depend_on_the_number_of_people(crowd: list[Person]) -> None:
    few = people(7, 150, LOCALES)
    assert [_without_times(person) for person in few] == [_without_times(p) for p in crowd[:150]]


def test_the_order_of_locales_does_not_matter() -> None:
    assert people(7, 50, {"sv_SE": 2, "de_DE": 1}) == people(7, 50, {"de_DE": 1, "sv_SE": 2})


def test_no_people() -> None:
    assert people(7, 0, LOCALES) == []


def test_the_oldest_members_come_first_and_spread_over_three_years(crowd: list[Person]) -> None:
    for crew in (crowd, people(7, 10, LOCALES)):
        joined = [person.joined for person in crew]
        assert joined == sorted(joined, reverse=True)
        assert timedelta(0) <= joined[-1]
        assert joined[0] <= timedelta(days=1095)
        assert joined[0] - joined[-1] > timedelta(days=800)


def test_no_person_can_be_reached(crowd: list[Person]) -> None:
    assert crowd
    for person in crowd:
        assert RESERVED_DOMAINS.match(person.email.partition("@")[2]), person.email
        assert any(block.match(person.phone) for block in RESERVED_PHONES), person.phone


def test_addresses_and_numbers_are_well_formed(crowd: list[Person]) -> None:
    e164, address = re.compile(r"\+[1-9]\d{6,14}\Z"), re.compile(r"[a-z]+\.[a-z]+\d+@[a-z.]+\Z")
    assert crowd
    for person in crowd:
        assert e164.match(person.phone), person.phone
        assert address.match(person.email), person.email
        assert len(person.email.partition("@")[0]) <= 64


def test_addresses_and_numbers_are_unique(crowd: list[Person]) -> None:
    assert len({person.email for person in crowd}) == len(crowd)
    assert len({person.phone for person in crowd}) == len(crowd)


def test_national_numbers_come_before_the_shared_ones() -> None:
    prefixes = {"sv_SE": "+4670174", "en_GB": "+447700", "de_DE": "+491", "en_US": "+1", "nl_NL": "+1"}
    for locale, prefix in prefixes.items():
        assert all(person.phone.startswith(prefix) for person in people(7, 90, [locale])), locale


def test_letters_beyond_ascii_stay_in_names_and_leave_addresses() -> None:
    accented = [person for person in people(7, 500, ["sv_SE"]) if not person.last.isascii()]
    assert accented
    assert all(person.email.isascii() for person in accented)


def test_the_weights_of_locales() -> None:
    shares = Counter(
        person.locale for person in people(7, 6_000, {"sv_SE": 3, "nl_NL": 2, "fi_FI": 1, "en_GB": 0})
    )
    assert set(shares) == {"sv_SE", "nl_NL", "fi_FI"}
    assert shares["sv_SE"] == pytest.approx(3_000, abs=200)
    assert shares["nl_NL"] == pytest.approx(2_000, abs=200)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_locale_gives_complete_people(locale: str) -> None:
    language, _, country = locale.partition("_")
    drawn = [*people(7, 100, [locale])]
    assert len(drawn) == 100
    for person in drawn:
        assert (person.locale, person.language, person.country) == (locale, language, country)
        parts = (person.first, person.last, person.street, person.postcode, person.city, person.region)
        assert all(part and part == part.strip() and "\n" not in part for part in parts), parts


def test_a_city_lies_in_one_region(crowd: list[Person]) -> None:
    regions = {(person.locale, person.city, person.region) for person in crowd}
    assert len(regions) == len({(locale, city) for locale, city, _ in regions})


def test_first_names_match_the_gender() -> None:
    swedes = people(7, 2_000, ["sv_SE"])
    women = {person.first for person in swedes if person.gender == "female"}
    men = {person.first for person in swedes if person.gender == "male"}
    assert len(women & men) < len(women) / 10


def test_all_people_are_adults(crowd: list[Person]) -> None:
    born = [person.birthday for person in crowd]
    assert min(born) >= date(1937, 1, 1)
    assert max(born) <= date(2008, 1, 1)


def test_shares_are_plausible(crowd: list[Person]) -> None:
    shares = {
        "email": sum(person.accepts_email for person in crowd) / len(crowd),
        "sms": sum(person.accepts_sms for person in crowd) / len(crowd),
        "company": sum(person.company is not None for person in crowd) / len(crowd),
        "female": sum(person.gender == "female" for person in crowd) / len(crowd),
        "buyers": sum(person.orders > 0 for person in crowd) / len(crowd),
    }
    expected = {"email": 0.72, "sms": 0.45, "company": 0.35, "female": 0.51, "buyers": 0.73}
    assert shares == pytest.approx(expected, abs=0.01)


def test_orders_money_and_times_are_consistent(crowd: list[Person]) -> None:
    assert {person.orders == 0 for person in crowd} == {True, False}
    for person in crowd:
        if person.orders == 0:
            assert (person.spent, person.last_order) == (0, None)
        else:
            assert 900 <= person.spent / person.orders <= 18_500
            assert person.last_order is not None
            assert timedelta(0) <= person.last_order <= person.joined


def test_frequent_buyers_have_bought_recently(crowd: list[Person]) -> None:
    def waits(least: int, most: int) -> float:
        spans = [p.last_order / p.joined for p in crowd if p.last_order and least <= p.orders <= most]
        return sum(spans) / len(spans)

    assert waits(10, 99) < waits(1, 1) / 2


@pytest.mark.parametrize(
    ("locales", "message"),
    [
        (["xx_XX"], "unknown locale 'xx_XX' (available: de_DE, en_GB, en_US, fi_FI, nl_NL, sv_SE)"),
        ({"sv_SE": -1}, "the weight of locale 'sv_SE' is -1; use 0 or more"),
        ({"sv_SE": 0}, "no locale has a weight above 0; give at least one"),
        ([], "no locale has a weight above 0; give at least one"),
    ],
)
def test_invalid_locales_are_rejected(locales: dict[str, float] | list[str], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        people(7, 1, locales)


def test_scenarios_allow_exactly_the_available_locales() -> None:
    schema = yaml_loader.read(fixtures() / "scenario.schema.yaml")["properties"]["locales"]
    known = set(yaml_loader.read(fixtures() / "people.yaml")["locales"])
    assert set(schema["propertyNames"]["enum"]) == set(schema["default"]) == known == set(LOCALES)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_names_are_shaped_like_fresh_draws(locale: str) -> None:
    """fixtures/names/ has the lists that the installed Faker would give, with the names of its release."""
    sizes = yaml_loader.read(fixtures() / "people.yaml")["pools"]
    stored = json.loads((fixtures() / "names" / f"{locale}.json").read_text(encoding="utf-8"))
    fresh = cast(dict[str, list[Any]], draw(locale, SHIPPED_SEED, sizes))
    assert list(stored) == list(fresh)
    for kind, names in fresh.items():
        if kind == "places":
            assert len({city for city, _region, _postcode in stored[kind]}) == len(stored[kind])
            assert all(len(place) == 3 and all(place) for place in stored[kind])
        else:
            assert len(stored[kind]) == len(names)
    shared = set(stored["last"]) & set(fresh["last"])
    assert len(shared) > len(set(stored["last"])) / 4, "names of another country"


def test_no_locale_is_without_names() -> None:
    known = yaml_loader.read(fixtures() / "people.yaml")["locales"]
    assert {path.stem for path in (fixtures() / "names").iterdir()} == set(known) == set(LOCALES)


def test_person_17_is_who_they_were() -> None:
    """Names are data: a release that changes them would break everybody's expectations."""
    mix = {"sv_SE": 3, "nl_NL": 3, "fi_FI": 1, "en_GB": 2, "en_US": 1, "de_DE": 2}
    assert people(42, 200, mix)[16].email == "etta.bachmann17@post.example"


def test_other_seeds_have_other_names() -> None:
    """They are drawn from Faker itself."""
    firsts = {seed: {person.first for person in people(seed, 300, ["fi_FI"])} for seed in (41, 42, 43)}
    assert firsts[41] - firsts[42]
    assert firsts[43] - firsts[41]
    assert people(41, 300, ["fi_FI"]) == people(41, 300, ["fi_FI"])
