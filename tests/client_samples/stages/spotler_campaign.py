"""The stage of the campaign mailer: ten customers, two of whom may not be mailed, of 1,200 contacts."""

from datetime import timedelta
from typing import Any

from mockserver import World
from tests.client_samples import spotler_campaign as client
from tests.client_samples.stage import Flaw, Stage, calls
from tests.client_samples.stages.spotler_subscribers import known_contacts, make_audience

AUDIENCE, CAMPAIGN, LIST = "season-25", "Winter sale", "list_contact_updates"


def prepare(world: World) -> None:
    make_audience(world, AUDIENCE)
    world.backstage("spotler", "add_campaign", name=CAMPAIGN, triggers=["Order"], mailings=["Hello"])
    world.backstage("spotler", "unsubscribe_contact", contact=customers(world)[0])
    world.clock.advance("30d")


def customers(world: World) -> list[str]:
    """The numbers of ten customers, of whom the first has opted out."""
    return known_contacts(world, 10)


def schedule(world: World) -> None:
    """Plans a mailing to the audience, so that it is in use."""
    at = (world.clock.now() + timedelta(days=2)).isoformat()
    world.backstage("spotler", "schedule_mailing", audience=AUDIENCE, at=at)


def play(world: World, variant: type[client.CampaignMailer]) -> Any:
    keys, people = world.credentials("spotler"), customers(world)
    job = variant(world.url("spotler"), keys["consumer_key"], keys["consumer_secret"])
    return job.run(CAMPAIGN, people, AUDIENCE)


def check(world: World, result: Any) -> None:
    mailed = world.records("spotler", "campaign_participations", limit=100)
    gone = world.records("spotler", "contacts", {"/email": False}, limit=2000)
    assert (len(mailed), result["opted_out"]) == (result["mailed"], len(gone))
    assert 0 < result["mailed"] < 10
    assert result["deleted"] is True
    assert AUDIENCE not in [one["name"] for one in world.records("spotler", "audiences")]


STAGE = Stage(
    vendor="spotler",
    careful=client.CampaignMailer,
    world={"people": 1200},
    prepare=prepare,
    play=play,
    check=check,
    reads={
        "list_campaigns": {"/*/name", "/*/triggers", "/*/triggers/*/encryptedId"},
        LIST: {
            "/contacts",
            "/contacts/*/externalId",
            "/contacts/*/channels",
            "/contacts/*/channels/*/name",
            "/contacts/*/channels/*/value",
            "/contacts/*/properties",
            "/contacts/*/properties/permissions",
            "/contacts/*/properties/permissions/*/bit",
            "/contacts/*/properties/permissions/*/enabled",
            "/paging",
            "/paging/next",
            "/paging/after",
        },
        "get_audience": {"/lastSyncDate"},
    },
    flaws=(
        Flaw(
            name="mails_everybody",
            rule="contact mailed without consent",
            review="The campaign is started for people who have opted out, or never allowed it.",
            setup="one of ten customers has opted out",
            variant=client.MailsEverybody,
            shown=lambda journal: len(calls(journal, "trigger_campaign")) == 10,
        ),
        Flaw(
            name="first_page_only",
            rule="stopped before the last page",
            review="paging.next was there, and the report knows 1,000 of 1,200 contacts.",
            setup="a scenario of 1,200 people",
            variant=client.FirstPageOnly,
            shown=lambda journal: len(calls(journal, LIST)) == 1,
        ),
        Flaw(
            name="asks_beyond_the_end",
            rule="asked beyond the last page",
            review="The second page had no paging.next, and a third was asked for.",
            setup="a scenario of 1,200 people",
            variant=client.AsksBeyondTheEnd,
            shown=lambda journal: len(calls(journal, LIST)) == 3,
        ),
        Flaw(
            name="deletes_unchecked",
            rule="deletes without the check that the vendor's docs ask for",
            review="The audience of a planned mailing is emptied, because nobody asked whether it is in use.",
            setup="a mailing to the audience is planned",
            variant=client.DeletesUnchecked,
            arm=schedule,
            shown=lambda journal: (
                not calls(journal, "get_audience")
                and len(calls(journal, "remove_audience_contacts", "delete_audience")) == 2
            ),
        ),
    ),
)
