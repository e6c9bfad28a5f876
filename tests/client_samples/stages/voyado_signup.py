"""The stage of the newsletter form: five forms, one of a Member and one without a tick."""

from typing import Any

from mockserver import World
from tests.client_samples import voyado_signup as client
from tests.client_samples.stage import Flaw, Stage, bodies, calls

NEW = ("ann@shop.example", "bea@shop.example", "cia@shop.example")


def forms(world: World) -> list[dict[str, Any]]:
    (member, *_) = world.records("voyado", "contacts", {"/contactType": "Member", "/approved": True}, limit=1)
    agreed = [
        {"email": email, "name": email[:3].title(), "agreed": True} for email in (member["email"], *NEW)
    ]
    return [*agreed, {"email": "dag@shop.example", "name": "Dag", "agreed": False}]


def play(world: World, variant: type[client.SignUp]) -> Any:
    received = forms(world)
    return variant(world.url("voyado"), world.credentials("voyado")["apikey"]).run(received)


def check(world: World, result: Any) -> None:
    stored = [world.records("voyado", "contacts", {"/email": email}) for email in NEW]
    assert [len(found) for found in stored] == [1, 1, 1]
    assert stored[0][0]["preferences"]["acceptsEmail"] is True
    assert stored[0][0]["consents"]["memberTerms"]["value"] is True
    assert world.records("voyado", "contacts", {"/email": "dag@shop.example"}) == []
    assert len({*result}) == 4


STAGE = Stage(
    vendor="voyado",
    careful=client.SignUp,
    world={"people": 20},
    play=play,
    check=check,
    reads={"create_contact": {"/id"}},
    flaws=(
        Flaw(
            name="no_user_agent",
            rule="no User-Agent where asked",
            review="Voyado asks for System/Version in every call, and gets none.",
            setup="any",
            variant=client.NoUserAgent,
            shown=lambda journal: any("user-agent" not in one["call"]["headers"] for one in journal),
        ),
        Flaw(
            name="without_consent",
            rule="contact created without consent",
            review="A contact is created without preferences or consent, for somebody who agreed to none.",
            setup="a form whose box is not ticked",
            variant=client.WithoutConsent,
            shown=lambda journal: any("consents" not in one for one in bodies(journal, "create_contact")),
        ),
        Flaw(
            name="blind_create_retry",
            rule="retried a non-idempotent create after a lost answer without looking first",
            review="POST is not safe to retry blindly: find the contact before the second create.",
            setup="the reply of the first create is lost",
            variant=client.BlindCreateRetry,
            arm=lambda world: world.faults.add("voyado", "create_contact", "drop_after"),
            shown=lambda journal: len(calls(journal, "create_contact")) > 3,
        ),
        Flaw(
            name="key_in_query",
            rule="credentials in a query string",
            review="The key ends in the access log of every proxy; the header is enough.",
            setup="any",
            variant=client.KeyInQuery,
            shown=lambda journal: any("apikey=" in one["call"]["url"] for one in journal),
        ),
    ),
)
