"""What DigitalAudience does later. Audiences and files that are gone meanwhile are left."""

from mockserver.state.world import World
from mockserver.vendors.digitalaudience import (
    activation_logic,
    audience_records,
    crm_file_records,
    onboarding_logic,
)


def step_file(world: World, file_id: str) -> None:
    """The next step of a dropped file."""
    file = crm_file_records.get(world, file_id)
    if file is not None:
        onboarding_logic.advance_file(world, file)


def finish_insights(world: World, audience_id: int, snapshot: str) -> None:
    """The insights of a file's data, unless a newer file is at work."""
    audience = world.records(audience_records.KIND).get(str(audience_id))
    if audience and audience["crm"]["newest"] == snapshot and audience["state"] != "PROCESSING":
        onboarding_logic.finish_insights(world, audience)


def end_activation(world: World, audience_id: int) -> None:
    """The end date of one of the audience's segments."""
    audience = world.records(audience_records.KIND).get(str(audience_id))
    if audience is not None:
        activation_logic.end_if_over(world, audience)
