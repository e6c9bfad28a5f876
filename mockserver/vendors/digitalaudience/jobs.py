"""Scheduled jobs: processing of files, insights, ends of activations. Deleted records are skipped."""

from mockserver.state.world import World
from mockserver.vendors.digitalaudience import (
    activation_logic,
    audience_records,
    crm_file_records,
    onboarding_logic,
)


def step_file(world: World, file_id: str) -> None:
    """Takes a dropped file to its next step."""
    file = crm_file_records.get(world, file_id)
    audience = file and audience_records.get(world, file["audienceId"])
    if file and audience:
        onboarding_logic.advance_file(world, audience, file)


def finish_insights(world: World, audience_id: int, snapshot: str) -> None:
    """Finishes the insights of a file, unless a newer file replaces them."""
    audience = audience_records.get(world, audience_id)
    if audience and audience["crm"]["newest"] == snapshot and audience["state"] != "PROCESSING":
        onboarding_logic.finish_insights(world, audience)


def end_activation(world: World, audience_id: int) -> None:
    """Ends the activation of an audience if its last segment has ended."""
    audience = audience_records.get(world, audience_id)
    if audience is not None:
        activation_logic.end_if_over(world, audience)
