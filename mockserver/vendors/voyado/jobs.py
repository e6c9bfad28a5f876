"""Scheduled jobs: the nightly recalculation of target audiences, batches of contacts, receipts, orders."""

from mockserver.state.world import World
from mockserver.vendors.voyado import batch_processing, booking, nightly_recalculation, order_processing


def run_immediately(world: World) -> None:
    """Recalculates after every call, in worlds that run jobs immediately; the nightly run stays scheduled."""
    nightly_recalculation.recalculate(world)


def recalculate(world: World) -> None:
    """Recalculates the target audiences at midnight and schedules the next night."""
    nightly_recalculation.run_scheduled(world)


def process_batch(world: World, batch: str, first: int) -> None:
    """Processes a piece of a batch of contacts."""
    batch_processing.process_piece(world, batch, first)


def add_points(world: World, contact: str, amount: float) -> None:
    """Adds points that become valid, or takes points that expire."""
    booking.add_points(world, contact, amount)


def book_receipts(world: World) -> None:
    """Books the receipts collected since the last time."""
    booking.book(world)


def process_order(world: World, id: str) -> None:
    """Stores, changes or deletes an order."""
    order_processing.run(world, id)
