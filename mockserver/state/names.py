"""Names, streets and places of people, drawn from Faker once for each seed and locale.

Faker takes 100 ms for its first name, and names change with its releases. Those of the default seed are
therefore shipped, in fixtures/names/; other seeds are drawn when they are needed.

    python -m mockserver.state.names    # draws fixtures/names/ anew, with the installed Faker
"""

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final, TypedDict

import orjson

from mockserver.formats import yaml_cache
from mockserver.paths import fixtures

SHIPPED_SEED: Final = 42
_PROVIDERS: Final = ("faker.providers.person", "faker.providers.address", "faker.providers.company")
"""Leaving out the two dozen other providers halves the time."""


class Names(TypedDict):
    """The names of one locale; some occur several times. `places` are (city, region, postcode)."""

    women: list[str]
    men: list[str]
    last: list[str]
    streets: list[str]
    companies: list[str]
    places: list[tuple[str, str, str]]


def names_of(locale: str, seed: int, sizes: Mapping[str, int]) -> Names:
    """The names of a locale and seed; `sizes` are the numbers of draws."""
    if seed != SHIPPED_SEED:
        return draw(locale, seed, sizes)
    names: Names = orjson.loads((fixtures() / "names" / f"{locale}.json").read_bytes())
    return names


def draw(locale: str, seed: int, sizes: Mapping[str, int]) -> Names:
    """Names drawn from Faker: the same for the same seed and release of Faker."""
    faker = import_module("faker").Factory.create(locale, list(_PROVIDERS), use_weighting=False)
    faker.seed_instance(f"{locale} {seed}")

    def drawn(what: str, size: str) -> list[str]:
        return [faker.format(what) for _ in range(sizes[size])]

    women, men, last = (
        drawn("first_name_female", "first"),
        drawn("first_name_male", "first"),
        drawn("last_name", "last"),
    )
    streets, companies = drawn("street_name", "streets"), drawn("company", "companies")
    # a dictionary: a city drawn repeatedly still lies in one region
    regions = dict(zip(drawn("city", "places"), drawn("administrative_unit", "places"), strict=True))
    places = [(city, region, faker.format("postcode")) for city, region in regions.items()]
    return Names(women=women, men=men, last=last, streets=streets, companies=companies, places=places)


def write_shipped() -> None:
    """Writes fixtures/names/, a file for each locale of fixtures/people.yaml."""
    facts: dict[str, Any] = yaml_cache.read(fixtures() / "people.yaml")
    for locale in facts["locales"]:
        names = draw(locale, SHIPPED_SEED, facts["pools"])
        lines = [f"  {json.dumps(key)}: {json.dumps(one, ensure_ascii=False)}" for key, one in names.items()]
        text = "{\n" + ",\n".join(lines) + "\n}\n"
        (fixtures() / "names" / f"{locale}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_shipped()
