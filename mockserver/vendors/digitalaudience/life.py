"""The life of a world as DigitalAudience has it: files of people, which the retailer uploads every week.

Audiences whose section says who is in them (`who`) are replaced by a new file on Sunday evening; the others
stay as they are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from mockserver.formats.timestamps import from_iso
from mockserver.state.audience_series import AudienceSize, Observer
from mockserver.state.life_events import LifeStep, Past
from mockserver.state.person import Person
from mockserver.state.person_selection import PersonSelection
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import audience_records, onboarding_logic, organisation_records
from mockserver.vendors.digitalaudience.crm_file_parser import REPLACE
from mockserver.vendors.digitalaudience.population import (
    MAX_PEOPLE,
    is_upload_day,
    last_upload,
    parsed_file,
    write_file,
)

_ORGANISATIONS: Final = (organisation_records.OWN, organisation_records.OTHER)
_EARLIER_FILES: Final = 4  # in the history of an audience at the start


def audience_sizes(world: World) -> Iterator[AudienceSize]:
    """The audiences of both organisations; the size is the number of rows."""
    for organisation in _ORGANISATIONS:
        for audience in audience_records.list_all(world, organisation):
            size = audience["crm"]["size"] if audience["crm"] else 0
            yield AudienceSize(str(audience["id"]), audience["name"], size)


def observe(world: World, section: Mapping[str, Any]) -> Observer:
    """Selects people as the uploads did."""
    kept = [
        (str(audience["id"]), _chooser(part), PersonSelection(part["who"], world.now()))
        for audience, part in _kept_audiences(world, section)
    ]

    def find(person: Person, at: datetime) -> tuple[frozenset[str], datetime | None]:
        found = [id for id, fits, one in kept if fits(person) and one.matches(person, at)]
        coming = [moment for _id, _fits, one in kept if (moment := one.next_change(person, at))]
        return frozenset(found), min(coming, default=None)

    return Observer(find, is_upload_day)


def remember(
    world: World,
    section: Mapping[str, Any],
    pasts: Sequence[Past],
    joined: Mapping[int, Mapping[str, datetime]],
) -> None:
    """Adds the files of the weeks before the last one, as far as an audience is that old."""
    now = world.now()
    uploads = [last_upload(now) - timedelta(weeks=back) for back in reversed(range(1, _EARLIER_FILES + 1))]
    people = {at: [one for past in pasts if (one := past.at(at)) is not None] for at in uploads}
    for audience, part in _kept_audiences(world, section):
        fits, selection = _chooser(part), PersonSelection(part["who"], now)
        created = from_iso(audience["created"])
        files = (
            (at, parsed_file(part, [one for one in people[at] if fits(one) and selection.matches(one, at)]))
            for at in uploads
            if at > created
        )
        if audience["crm"]:
            onboarding_logic.add_earlier_files(world, audience, files)


def live(world: World, section: Mapping[str, Any], step: LifeStep) -> None:
    """Drops the files of the week, which are processed within an hour."""
    if not (step.ends_day and is_upload_day(step.until.date())):
        return
    for audience, part in _kept_audiences(world, section):
        fits, selection = _chooser(part), PersonSelection(part["who"], step.anchor)
        chosen = [one for one in step.people if fits(one) and selection.matches(one, step.until)]
        onboarding_logic.receive_file(world, audience, REPLACE, write_file(part, chosen[:MAX_PEOPLE]))


def _chooser(part: Mapping[str, Any]) -> Callable[[Person], bool]:
    countries = part.get("countries")
    return lambda person: countries is None or person.country in countries


def _kept_audiences(world: World, section: Mapping[str, Any]) -> Iterator[tuple[Record, Mapping[str, Any]]]:
    """The audiences that are kept up to date, each with its part of the scenario."""
    for organisation, own in zip(_ORGANISATIONS, section.get("organisations", ()), strict=False):
        audiences: dict[str, Record] = {}
        for audience in audience_records.list_all(world, organisation):
            audiences.setdefault(audience["name"], audience)
        for campaign in own.get("campaigns", ()):
            for part in campaign.get("audiences", ()):
                if "who" in part and part["name"] in audiences:
                    yield audiences[part["name"]], part
