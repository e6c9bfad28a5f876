"""Draws fixtures/names/ from Faker: `python -m tests.state.draw_names` writes the file of every locale anew.

People are combined from these files rather than from Faker itself, which takes 100 ms for its first name and
gives other names with each release.
"""

import json
from typing import Any

from faker import Factory

from mockserver.formats import yaml_loader
from mockserver.paths import fixtures

_SEED = 42
_PROVIDERS = ["faker.providers.person", "faker.providers.address", "faker.providers.company"]


def draw_names(locale: str, sizes: dict[str, int]) -> dict[str, list[Any]]:
    """The lists of one locale; `sizes` are the numbers of draws. Draws repeat, so some names are frequent."""
    faker = Factory.create(locale, _PROVIDERS, use_weighting=False)
    faker.seed_instance(f"{locale} {_SEED}")

    def draw(what: str, size: int) -> list[str]:
        return [faker.format(what) for _ in range(size)]

    names: dict[str, list[Any]] = {
        "women": draw("first_name_female", sizes["first"]),
        "men": draw("first_name_male", sizes["first"]),
        "last": draw("last_name", sizes["last"]),
        "streets": draw("street_name", sizes["streets"]),
        "companies": draw("company", sizes["companies"]),
    }
    # a dictionary: a city drawn repeatedly still lies in one region
    cities, areas = draw("city", sizes["places"]), draw("administrative_unit", sizes["places"])
    regions = dict(zip(cities, areas, strict=True))
    postcodes = draw("postcode", len(regions))
    places = zip(regions.items(), postcodes, strict=True)
    return {**names, "places": [[city, region, postcode] for (city, region), postcode in places]}


def draw_all() -> None:
    """Writes the files of all locales of fixtures/people.yaml."""
    facts = yaml_loader.read(fixtures() / "people.yaml")
    for locale in facts["locales"]:
        names = draw_names(locale, facts["pools"])
        lines = [f"  {json.dumps(key)}: {json.dumps(one, ensure_ascii=False)}" for key, one in names.items()]
        text = "{\n" + ",\n".join(lines) + "\n}\n"
        (fixtures() / "names" / f"{locale}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    draw_all()
