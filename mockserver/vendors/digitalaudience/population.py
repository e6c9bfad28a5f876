"""What a world's two organisations have at the start: accounts, campaigns, and audiences of the people."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mockserver.errors import InvalidScenarioError
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import (
    activation_logic,
    audience_records,
    campaign_records,
    crm_file_records,
    identifier_hashing,
    onboarding_logic,
    organisation_records,
    platform_account_records,
)
from mockserver.vendors.digitalaudience.crm_file_parser import OPT_IN, ParsedFile, Row

if TYPE_CHECKING:
    from mockserver.state.people import Person

Section = Mapping[str, Any]

_MAX_PEOPLE: Final = 5_000
_ACCOUNT_AGE: Final = timedelta(days=400)
_NAMES: Final = {organisation_records.OWN: "Mockserver Media", organisation_records.OTHER: "Fjord Retail"}
_ACCOUNT: Final = {"name": "Mockserver NL", "platform": "DDP", "country": "NL"}
_STAGE_DURATION: Final = timedelta(days=30)
"""A file that a scenario leaves on its way stays where it is for so long: the start shows every state."""


def populate(world: World, people: Sequence["Person"], scenario: Section) -> None:
    """Writes both organisations; one that the scenario does not describe has a name and an account.

    Raises `InvalidScenarioError` for an activation on an unknown account, or that ends before it starts.
    """
    described = scenario.get("organisations", [])
    for number in (organisation_records.OWN, organisation_records.OTHER):
        section = described[number - 1] if len(described) >= number else {}
        _OrganisationLoader(world, number, section, people).load()


class _OrganisationLoader:
    """One organisation, written from its section."""

    def __init__(self, world: World, number: int, section: Section, people: Sequence["Person"]) -> None:
        self._world = world
        self._organisation = number
        self._section = section
        self._people = people
        self._anchor = world.now()
        self._accounts: list[Record] = []

    def load(self) -> None:
        name = self._section.get("name", _NAMES[self._organisation])
        organisation_records.add_organisation(
            self._world, self._organisation, name, self._section.get("country", "NL")
        )
        for one in self._section.get("platformAccounts", [_ACCOUNT]):
            at = self._anchor - _ACCOUNT_AGE
            account = platform_account_records.create(
                self._world, self._organisation, {"agency": name, **one}, at
            )
            self._accounts.append(account)
        for one in self._section.get("campaigns", []):
            self._add_campaign(one)

    def _add_campaign(self, given: Section) -> None:
        at = self._anchor - timedelta(days=given.get("daysAgo", 90))
        user = organisation_records.default_user_id(self._organisation)
        description = given.get("description")
        campaign = campaign_records.create(
            self._world, self._organisation, at, userId=user, name=given["name"], description=description
        )
        for offset, one in enumerate(given.get("audiences", [])):
            self._add_audience(campaign, one, at + timedelta(hours=offset + 1))

    def _add_audience(self, campaign: Record, given: Section, at: datetime) -> None:
        user = organisation_records.default_user_id(self._organisation)
        named = {"userId": user, "name": given["name"], "description": given.get("description")}
        audience = audience_records.create(self._world, campaign, self._organisation, at, **named)
        state = given.get("state", "NODATA")
        if state == "READY":
            self._onboard(audience, given, at)
        elif state == "FAILED":
            audience["settled"] = "FAILED"
        elif state != "NODATA":
            self._add_unprocessed_file(audience, given, state)
        onboarding_logic.update_state(self._world, audience)
        audience_records.save(self._world, audience)
        if "activation" in given:
            self._activate(audience, given["activation"], user)

    def _onboard(self, audience: Record, given: Section, created: datetime) -> None:
        dropped = created + timedelta(hours=1)
        content = ParsedFile(_column_types(given), self._rows(given))
        if content.rows:  # of nobody there is no data
            onboarding_logic.apply_rows(
                self._world, audience, OPT_IN, content, dropped, dropped + timedelta(hours=1)
            )

    def _add_unprocessed_file(self, audience: Record, given: Section, step: str) -> None:
        header = ",".join(_COLUMNS[type] for type in _column_types(given))
        lines = [
            ",".join(_RAW_VALUES[type](one) for type in _column_types(given))
            for one in self._select_people(given)
        ]
        raw = "".join(line + "\r\n" for line in (header, *lines)).encode()
        file = crm_file_records.add(self._world, audience["id"], OPT_IN, raw, self._anchor, step)
        self._world.jobs.schedule(self._anchor + _STAGE_DURATION, "step_file", file_id=file["id"])

    def _rows(self, given: Section) -> list[Row]:
        return [
            {
                type: identifier_hashing.hash_identifier(type, _RAW_VALUES[type](one))
                for type in _column_types(given)
            }
            for one in self._select_people(given)
        ]

    def _select_people(self, given: Section) -> Sequence["Person"]:
        countries = given.get("countries")
        people = [one for one in self._people if countries is None or one.country in countries]
        return people[given.get("from", 0) :: given.get("every", 1)][:_MAX_PEOPLE]

    def _activate(self, audience: Record, given: Section, user: int) -> None:
        where = f"digitalaudience's audience {audience['name']!r}"
        if given["account"] >= len(self._accounts):
            fix = f"there are {len(self._accounts)} of them, and the first is 0"
            raise InvalidScenarioError(where, f"there is no account {given['account']}", fix)
        if given["endsInDays"] <= given["startsInDays"]:
            raise InvalidScenarioError(
                where, "its activation ends before it starts", "let endsInDays be the greater"
            )
        account_id = self._accounts[given["account"]]["id"]
        account = platform_account_records.find(self._world, self._organisation, account_id)
        start = self._anchor + timedelta(days=given["startsInDays"])
        span = (start, self._anchor + timedelta(days=given["endsInDays"]))
        named = {"userId": user, "name": audience["name"], "description": audience["description"] or ""}
        activation_logic.activate(self._world, audience, account, span, min(start, self._anchor), **named)
        if span[1] <= self._anchor:
            activation_logic.end_if_over(self._world, audience)


def _column_types(given: Section) -> tuple[str, ...]:
    return tuple(given.get("types", ("EMAIL",)))


_COLUMNS: Final = {"EMAIL": "email", "PHONE": "phone"}
_RAW_VALUES: Final[dict[str, Callable[["Person"], str]]] = {
    "EMAIL": lambda person: person.email,
    "PHONE": lambda person: person.phone,
}
