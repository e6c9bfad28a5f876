"""Seed data of a world's two organisations: platform accounts, campaigns, audiences of people."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mockserver.errors import InvalidScenarioError
from mockserver.state.person_selection import PersonSelection
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
    segment_records,
)
from mockserver.vendors.digitalaudience.crm_file_parser import OPT_IN, ParsedFile, Row

if TYPE_CHECKING:
    from mockserver.state.person import Person

Section = Mapping[str, Any]

MAX_PEOPLE: Final = 5_000
"""The most people of one audience at the start."""

_SUNDAY: Final = 6
_WITHOUT_ROWS: Final = ("NODATA", "FAILED")
_CHOOSING: Final = ("who", "countries", "every", "from", "types")
_ACCOUNT_AGE: Final = timedelta(days=400)
_NAMES: Final = {organisation_records.OWN: "Mockserver Media", organisation_records.OTHER: "Fjord Retail"}
_ACCOUNT: Final = {"name": "Mockserver NL", "platform": "DDP", "country": "NL"}
_STAGE_DURATION: Final = timedelta(days=30)
"""Time that a scenario's unprocessed file stays in its step, so that a new world shows every state."""


def populate(world: World, people: Sequence["Person"], scenario: Section) -> None:
    """Adds both organisations; one without a section in the scenario gets a name and an account.

    Raises `InvalidScenarioError` for an activation on an unknown account, or that ends before it starts, and
    for people in an audience without data.
    """
    sections = scenario.get("organisations", [])
    for organisation in (organisation_records.OWN, organisation_records.OTHER):
        section = sections[organisation - 1] if len(sections) >= organisation else {}
        _OrganisationLoader(world, organisation, section, people).load()


def write_file(section: Section, people: Sequence["Person"]) -> bytes:
    """The file that uploads these people to the audience of a section."""
    header = ",".join(_COLUMNS[type] for type in _column_types(section))
    lines = [",".join(_RAW_VALUES[type](person) for type in _column_types(section)) for person in people]
    return "".join(line + "\r\n" for line in (header, *lines)).encode()


def parsed_file(section: Section, people: Sequence["Person"]) -> ParsedFile:
    """The content of that file."""
    types = _column_types(section)
    rows: list[Row] = [
        {type: identifier_hashing.hash_identifier(type, _RAW_VALUES[type](person)) for type in types}
        for person in people
    ]
    return ParsedFile(types, rows)


def is_upload_day(day: date) -> bool:
    """Whether the audiences that are kept up to date are uploaded on the evening of the day: a Sunday."""
    return day.weekday() == _SUNDAY


def last_upload(before: datetime) -> datetime:
    """The time of the last upload: five minutes before a Monday."""
    midnight = before.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=midnight.weekday(), minutes=5)


class _OrganisationLoader:
    """Loads one organisation from its section of the scenario."""

    def __init__(self, world: World, organisation: int, section: Section, people: Sequence["Person"]) -> None:
        self._world = world
        self._organisation = organisation
        self._section = section
        self._people = people
        self._anchor = world.now()
        self._accounts: list[Record] = []

    def load(self) -> None:
        name = self._section.get("name", _NAMES[self._organisation])
        organisation_records.add_organisation(
            self._world, self._organisation, name, self._section.get("country", "NL")
        )
        for account_section in self._section.get("platformAccounts", [_ACCOUNT]):
            at = self._anchor - _ACCOUNT_AGE
            account = platform_account_records.create(
                self._world, self._organisation, {"agency": name, **account_section}, at
            )
            self._accounts.append(account)
            given = _settable(account_section, platform_account_records.SETTABLE)
            if given:
                platform_account_records.set_fields(self._world, account["id"], given)
        for campaign_section in self._section.get("campaigns", []):
            self._add_campaign(campaign_section)

    def _add_campaign(self, section: Section) -> None:
        at = self._anchor - timedelta(days=section.get("daysAgo", 90))
        user = organisation_records.default_user_id(self._organisation)
        description = section.get("description")
        campaign = campaign_records.create(
            self._world, self._organisation, at, userId=user, name=section["name"], description=description
        )
        for offset, audience_section in enumerate(section.get("audiences", [])):
            self._add_audience(campaign, audience_section, at + timedelta(hours=offset + 1))

    def _add_audience(self, campaign: Record, section: Section, at: datetime) -> None:
        user = organisation_records.default_user_id(self._organisation)
        fields = {"userId": user, "name": section["name"], "description": section.get("description")}
        audience = audience_records.create(self._world, campaign, self._organisation, at, **fields)
        audience["lifetime"] = section.get("lifetimeStatus")
        audience["tags"] = section.get("tagCollection")
        state = section.get("state", "NODATA")
        _require_data(section, state)
        if state == "READY":
            self._onboard(audience, section, at)
        elif state == "FAILED":
            audience["settled"] = "FAILED"
        elif state != "NODATA":
            self._add_unprocessed_file(audience, section, state)
        onboarding_logic.update_state(self._world, audience)
        audience_records.save(self._world, audience)
        if "activation" in section:
            self._activate(audience, section["activation"], user)

    def _onboard(self, audience: Record, section: Section, created: datetime) -> None:
        dropped = created + timedelta(hours=1)
        if "who" in section:  # uploaded every week
            dropped = max(dropped, last_upload(self._anchor))
        content = parsed_file(section, self._select_people(section))
        if content.rows:
            onboarding_logic.apply_rows(
                self._world, audience, OPT_IN, content, dropped, dropped + timedelta(hours=1)
            )

    def _add_unprocessed_file(self, audience: Record, section: Section, step: str) -> None:
        raw = write_file(section, self._select_people(section))
        file = crm_file_records.add(self._world, audience["id"], OPT_IN, raw, self._anchor, step)
        self._world.jobs.schedule(self._anchor + _STAGE_DURATION, "step_file", file_id=file["id"])

    def _select_people(self, section: Section) -> Sequence["Person"]:
        countries = section.get("countries")
        people = [person for person in self._people if countries is None or person.country in countries]
        if "who" in section:
            selection = PersonSelection(section["who"], self._anchor)
            people = [person for person in people if selection.matches(person, self._anchor)]
        return people[section.get("from", 0) :: section.get("every", 1)][:MAX_PEOPLE]

    def _activate(self, audience: Record, section: Section, user: int) -> None:
        where = f"digitalaudience's audience {audience['name']!r}"
        if section["account"] >= len(self._accounts):
            message = f"platform account {section['account']} does not exist"
            fix = f"this organisation has {len(self._accounts)}, numbered from 0"
            raise InvalidScenarioError(where, message, fix)
        if section["endsInDays"] <= section["startsInDays"]:
            raise InvalidScenarioError(
                where, "the activation ends before it starts", "make endsInDays greater than startsInDays"
            )
        account_id = self._accounts[section["account"]]["id"]
        account = platform_account_records.find(self._world, self._organisation, account_id)
        start = self._anchor + timedelta(days=section["startsInDays"])
        period = (start, self._anchor + timedelta(days=section["endsInDays"]))
        fields = {"userId": user, "name": audience["name"], "description": audience["description"] or ""}
        created = min(start, self._anchor)
        segment = activation_logic.activate(self._world, audience, account, period, created, **fields)
        given = _settable(section, segment_records.SETTABLE)
        if given:
            segment_records.set_fields(self._world, segment, given)


def _require_data(section: Section, state: str) -> None:
    """Raises `InvalidScenarioError` if an audience that has no rows says who is in it."""
    chosen = next((name for name in _CHOOSING if name in section), None)
    if state in _WITHOUT_ROWS and chosen is not None:
        where = f"digitalaudience's audience {section['name']!r}"
        fix = f"leave {chosen} out, or give it another state, such as READY"
        raise InvalidScenarioError(where, f"an audience in the state {state} has no members", fix)


def _settable(section: Section, names: Iterable[str]) -> dict[str, Any]:
    """The fields of a section whose values only the vendor decides."""
    return {name: section[name] for name in names if name in section}


def _column_types(section: Section) -> tuple[str, ...]:
    return tuple(section.get("types", ("EMAIL",)))


_COLUMNS: Final = {"EMAIL": "email", "PHONE": "phone"}
_RAW_VALUES: Final[dict[str, Callable[["Person"], str]]] = {
    "EMAIL": lambda person: person.email,
    "PHONE": lambda person: person.phone,
}
