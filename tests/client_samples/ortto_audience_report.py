"""The weekly report of an agency: the people in the audiences that a customer asks for."""

import time
from collections.abc import Iterator
from typing import Any

import httpx

Json = dict[str, Any]
ATTEMPTS = 3


class AudienceReport:
    """Find the audiences by name, then page through their members."""

    page_size = 500
    fields: tuple[str, ...] = ("str::email", "str::first")

    def __init__(self, url: str, api_key: str) -> None:
        headers = {"X-Api-Key": api_key}
        self.client = httpx.Client(base_url=f"{url}/v1", headers=headers, timeout=10)

    def run(self, terms: list[str]) -> dict[str, list[str]]:
        report: dict[str, list[str]] = {}
        with self.client:
            for term in terms:
                for audience in self.search(term):
                    if audience["name"] not in report:
                        report[audience["name"]] = [self.line(one) for one in self.members(audience["id"])]
        return report

    def search(self, term: str) -> list[Json]:
        """The audiences whose names contain the term; Ortto says null for none."""
        return self.post("/audiences/get", {"search_term": term, "limit": 40}) or []

    def members(self, audience: str) -> Iterator[Json]:
        body = {"audience_id": audience, "fields": list(self.fields), "offset": 0, **self.size()}
        while True:
            page = self.post("/person/get", body)
            yield from page["contacts"] or []
            if self.is_last(page):
                return
            body |= {"offset": page["next_offset"], "cursor_id": page["cursor_id"]}

    def size(self) -> Json:
        return {"limit": self.page_size}

    def is_last(self, page: Json) -> bool:
        return not page["has_more"]

    def line(self, person: Json) -> str:
        fields = person["fields"]
        return f"{fields.get('str::first', '')} <{fields.get('str::email', '')}>"

    def post(self, path: str, body: Json) -> Any:
        return self.client.post(path, json=body).raise_for_status().json()


class IgnoresNull(AudienceReport):
    """Takes what is not a list for a hiccup of Ortto, and asks again."""

    def search(self, term: str) -> list[Json]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return list(self.post("/audiences/get", {"search_term": term, "limit": 40}))
            except TypeError:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(5)
        raise AssertionError


class DefaultPageSize(AudienceReport):
    """Does not say how many people a page shall have, and gets 50."""

    def size(self) -> Json:
        return {}


class AsksForAllFields(AudienceReport):
    """Asks for every field that a person can have, and writes two of them."""

    fields = (
        "str::email", "str::first", "str::last", "phn::phone", "geo::city", "geo::region", "geo::country",
        "dtz::b", "str::postal", "bol::p", "bol::sp", "str::language", "u4s::t", "int::e", "l",
    )  # fmt: skip


class AsksBeyondTheEnd(AudienceReport):
    """Asks for pages until one is empty."""

    def is_last(self, page: Json) -> bool:
        return not page["contacts"]
