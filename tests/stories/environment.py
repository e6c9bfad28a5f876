"""Our own runner on a server of ours: a world for each story."""

from mockserver import vendors
from mockserver.client import Control, World
from mockserver.verify.http_client import Wire
from mockserver.verify.story_file import Book, Story
from mockserver.verify.story_runner import Played, Stage, play


def perform(url: str, book: Book, story: Story, world: World | None = None) -> tuple[Played, World]:
    """The story as it went on the server at `url`, and the world that it was played in."""
    world = world or Control(url).create_world()
    vendor = vendors.find(book.vendor)
    credentials = world.credentials(book.vendor)
    base = world.url(book.vendor)
    stage = Stage(
        Wire(),
        {book.vendor: base, "control": f"{url}/_mock"},
        {**credentials, "world": world.name, "url": base},
        sign=lambda method, called: vendor.hooks.sign(method, called, credentials),
    )
    return play(book, story, stage), world
