"""Scheduled jobs: files, insights, derived audiences, extensions of segments. Deleted records are skipped."""

from mockserver.formats.timestamps import from_iso
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import (
    activation_logic,
    audience_records,
    crm_file_records,
    derivation_logic,
    onboarding_logic,
    segment_records,
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


def step_generation(world: World, audience_id: int, generation: int) -> None:
    """Takes the generation of a derived audience to its next step, unless a newer one replaces it."""
    audience = audience_records.get(world, audience_id)
    if audience and audience["generation"] == generation:
        derivation_logic.advance(world, audience)


def prolong_segment(world: World, segment_id: int) -> None:
    """Moves the end of a segment that is extended automatically, unless the end has been moved meanwhile."""
    segment = segment_records.get(world, segment_id)
    audience = segment and audience_records.get(world, segment["audienceId"])
    if segment and audience and segment["extend"] and world.now() >= from_iso(segment["endDate"]):
        activation_logic.prolong(world, audience, segment)
