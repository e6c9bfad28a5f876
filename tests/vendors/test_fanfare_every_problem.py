"""Fanfare: every operation and every problem is reached through HTTP."""

import re
from typing import Any

import pytest
import requests

from mockserver.client import World
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.errors import ControlError
from mockserver.formats.json_pointer import parse_pointer
from mockserver.paths import contracts
from tests.vendors.fanfare import AUDIENCES, CONSUMERS, TIERS, V1, VIP, Fanfare

UNKNOWN_IDS = {
    "audienceId": "aud_0",
    "groupId": "tier_0",
    "ruleId": "rule_0",
    "consumerId": "cons_0",
    "orderId": "order_0",
    "sourceId": "sync_0",
    "webhookId": "whe_0",
}
TIER_BODY = {"groupName": "Tiers", "attribute": "totalOrders", "tiers": TIERS}
BODIES: dict[str, Any] = {
    "create_audience": {"name": "A", "type": "STATIC"},
    "update_audience": {"description": None},
    "add_audience_members": {"consumerIds": ["cons_0"]},
    "remove_audience_members": {"consumerIds": ["cons_0"]},
    "create_loyalty_tiers": TIER_BODY,
    "update_loyalty_tiers": TIER_BODY,
    "import_klaviyo_lists": {"listIds": ["RtPqXs"]},
    "import_mailchimp_lists": {"listIds": ["RtPqXs"]},
    "import_sendgrid_lists": {"listIds": ["RtPqXs"]},
    "update_settings": {},
    "create_sync_source": {"syncSource": "crm:list", "syncSourceId": "1"},
    "update_sync_source": {},
    "add_audience_rules": [VIP],
    "replace_audience_rules": {"rules": [VIP]},
    "update_audience_rule": {"values": [6]},
    "create_consumer": {"fullName": "Somebody"},
    "update_consumer": {"fullName": "Somebody Else"},
    "create_consumers": [{}],
    "update_consumers": [{"id": "cons_0"}],
    "create_order": {"consumerId": "cons_0", "amount": "1"},
    "create_orders": [{"consumerId": "cons_0", "amount": "1"}],
    "update_order": {},
    "create_webhook": {"url": "https://example.com/hook", "events": ["consumer.created"]},
    "update_webhook": {},
    "test_webhook": {"endpointId": "whe_0", "eventType": "consumer.created"},
    "replay_webhook": {"startTime": "2024-12-01T00:00:00Z", "endTime": "2024-12-02T00:00:00Z"},
}


def contract(name: str) -> Contract:
    return Contract.read(contracts() / "fanfare" / name)


ADMIN = contract("openapi.yaml")
SECURED = [one for one in ADMIN.operations.values() if one.schemes]


def path_of(operation: Operation, **ids: str) -> str:
    """The path of an operation; ids that are not given are unknown ones."""
    return re.sub(r"\{(\w+)\}", lambda found: (UNKNOWN_IDS | ids)[found[1]], operation.path)


class Tour:
    """Calls operations by their id and expects a problem by its name."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.fanfare = Fanfare(world)

    def expect(self, problem: str, id: str, body: Any = None, key: str = "secret_key", **given: Any) -> None:
        """Calls the operation, with ids and query parameters, and expects the problem."""
        operation = ADMIN.operations[id]
        ids = {
            name: given.pop(name) for name in UNKNOWN_IDS if f"{{{name}}}" in operation.path and name in given
        }
        fanfare = self.fanfare if key == "secret_key" else Fanfare(self.world, key)
        sent = BODIES.get(id) if body is None else body
        reply = fanfare.reply(operation.method, path_of(operation, **ids), sent, **given)
        expected = operation.problems[problem]
        assert reply.status_code == expected.status, (id, problem, reply.text)
        answer = reply.json()
        assert answer["error"] == expected.value["error"]
        assert answer.get("message") == expected.value.get("message")

    def send_invalid_json(self, id: str) -> None:
        """Calls the operation with a truncated body."""
        operation = ADMIN.operations[id]
        headers = dict(self.fanfare.session.headers)
        reply = requests.request(
            operation.method, self.fanfare.url + path_of(operation), data="{", headers=headers, timeout=30
        )
        assert reply.json() == ADMIN.problems["invalid_json"].value

    def reached(self, **wanted: Any) -> set[tuple[str, str]]:
        """The (operation, problem) pairs in the journal so far."""
        journal = self.world.journal(vendor="fanfare", **wanted)
        return {(one["operation"] or "-", one["problem"] or "ok") for one in journal}


def unauthorized(tour: Tour) -> None:
    for operation in SECURED:
        tour.expect("secret_key_required", operation.id, key="publishable_key")
        tour.expect("forbidden", operation.id, key="restricted_key")
        url = tour.fanfare.url + path_of(operation)
        reply = requests.request(operation.method, url, json=BODIES.get(operation.id), timeout=30)
        assert (reply.status_code, reply.json()) == (401, {"error": "Authentication required"})


def invalid(tour: Tour) -> None:
    for operation in SECURED:
        if "invalid_json" in operation.problems:
            tour.send_invalid_json(operation.id)
            tour.expect("validation_failed", operation.id, body=17)
        elif "validation_failed" in operation.problems:
            paged = any(one.name == "first" for one in operation.parameters)
            wrong = {"first": 0} if paged else {"include": "nothing", "limit": 0}
            tour.expect("validation_failed", operation.id, **wrong)


def unknown(tour: Tour, static: str) -> None:
    for operation in SECURED:
        named = {
            "audienceId": "audience_not_found",
            "groupId": "audience_group_not_found",
            "consumerId": "consumer_not_found",
            "orderId": "order_not_found",
            "sourceId": "sync_source_not_found",
            "webhookId": "webhook_not_found",
        }
        for name, problem in named.items():
            if f"{{{name}}}" in operation.path:
                tour.expect(problem, operation.id)
        if "{ruleId}" in operation.path:
            tour.expect("rule_not_found", operation.id, audienceId=static)
    tour.expect("audience_not_found", "list_consumers", audienceId="aud_0")
    tour.expect("consumer_not_found", "add_audience_members", audienceId=static)
    tour.expect("import_not_found", "get_audience_import", audienceId=static)
    tour.expect("webhook_not_found", "test_webhook")
    for id in ("update_consumers", "create_order", "create_orders"):
        tour.expect("consumer_not_found", id)
    for id in ("create_consumers", "update_consumers", "create_orders"):
        tour.expect("batch_too_large", id, body=BODIES[id] * 501)


def succeed(tour: Tour, static: str, dynamic: str) -> None:
    send = tour.fanfare.send
    for path in ("", "/members", "/status", "/count", "/rules"):
        send("GET", f"{AUDIENCES}/{dynamic}{path}")
    send("GET", AUDIENCES)
    send("PUT", f"{AUDIENCES}/{static}", {"name": "Renamed"})
    rules = send("POST", f"{AUDIENCES}/{dynamic}/rules", [VIP, VIP])
    rules = send("PUT", f"{AUDIENCES}/{dynamic}/rules", {"rules": [VIP]})
    for method, body in (("GET", None), ("PUT", {"values": [7]}), ("DELETE", None)):
        send(method, f"{AUDIENCES}/{dynamic}/rules/{rules[0]['id']}", body)
    consumer = tour.fanfare.consumer(email="Ada@example.com")
    tour.expect("email_exists", "create_consumer", {"email": "ada@EXAMPLE.com"})
    other = tour.fanfare.consumer()
    tour.expect("email_exists", "update_consumer", {"email": "ada@example.com"}, consumerId=other)
    assert tour.fanfare.add_members(static, consumer) == 1
    send("DELETE", f"{AUDIENCES}/{static}/members", {"consumerIds": [consumer]})
    send("GET", CONSUMERS)
    send("GET", f"{CONSUMERS}/search?q=ada")
    tour.expect("email_exists", "create_consumers", [{"email": "ada@example.com"}])
    tour.expect("email_exists", "update_consumers", [{"id": other, "email": "ada@example.com"}])
    send("POST", f"{CONSUMERS}/batch", [{}])
    send("PUT", f"{CONSUMERS}/batch", [{"id": other}])
    orders(tour, other)
    webhooks(tour)
    for method, path, body in (("GET", "", None), ("PUT", "", {}), ("GET", "/audiences", None)):
        send(method, f"{CONSUMERS}/{consumer}{path}", body)
    send("DELETE", f"{CONSUMERS}/{consumer}")


def orders(tour: Tour, consumer: str) -> None:
    send, path = tour.fanfare.send, f"{V1}/orders"
    body = {"consumerId": consumer, "amount": "1"}
    id = send("POST", path, body)["id"]
    send("POST", f"{path}/batch", [body])
    send("GET", path)
    for method, change in (("GET", None), ("PUT", {}), ("DELETE", None)):
        send(method, f"{path}/{id}", change)


def webhooks(tour: Tour) -> None:
    send, path = tour.fanfare.send, f"{V1}/webhooks"
    id = send("POST", path, BODIES["create_webhook"])["id"]
    send("PATCH", f"{path}/{id}", {"enabled": False})
    send("POST", f"{path}/test", {"endpointId": id, "eventType": "consumer.created"})
    send("POST", f"{path}/{id}/replay", BODIES["replay_webhook"])
    send("GET", f"{path}/events")


def tiers(tour: Tour, static: str) -> None:
    group = tour.fanfare.save_tiers(TIERS)["tierGroup"]
    tour.fanfare.save_tiers(TIERS[:2] + TIERS[3:], group)
    tour.fanfare.get(f"{AUDIENCES}/groups/{group}")
    tour.fanfare.get(f"{AUDIENCES}/groups/{group}/members")
    tour.expect("audience_not_found", "list_group_members", groupId=group, audienceId=static)
    tour.fanfare.send("DELETE", f"{AUDIENCES}/groups/{group}")


def lists(tour: Tour, static: str) -> None:
    fanfare = tour.fanfare
    sync = f"{AUDIENCES}/{fanfare.create_synced_list('FrEsHx', 'list@example.com')}/sync"
    tour.expect("not_a_synced_list", "sync_audience", audienceId=static)
    tour.expect("no_sync_source", "sync_audience", audienceId=fanfare.audience(type="SYNCED_LIST"))
    fanfare.send("POST", sync)
    tour.expect("sync_in_progress", "sync_audience", audienceId=sync.split("/")[-2])
    fanfare.get(f"{V1}/klaviyo")
    fanfare.get(f"{V1}/sync-sources/search")
    source = fanfare.send("POST", f"{V1}/sync-sources", BODIES["create_sync_source"])["id"]
    for method, body in (("GET", None), ("PUT", {}), ("DELETE", None)):
        fanfare.send(method, f"{V1}/sync-sources/{source}", body)
    for provider in ("mailchimp", "sendgrid"):
        tour.expect(f"{provider}_key_missing", f"import_{provider}_lists")
        fanfare.send("PUT", f"{V1}/settings", {provider: {"apiKey": "key"}})
        fanfare.get(f"{V1}/settings")
        fanfare.send("POST", f"{AUDIENCES}/import/{provider}", {"listIds": ["one"]})
    fanfare.backstage("remove_klaviyo_key")
    tour.expect("klaviyo_key_missing", "import_klaviyo_lists")
    tour.expect("klaviyo_key_missing", "list_klaviyo_lists")


def wrong_type(tour: Tour, static: str, dynamic: str) -> None:
    for id in ("add_audience_rules", "replace_audience_rules"):
        tour.expect("not_dynamic", id, audienceId=static)
    tour.expect("not_static", "add_audience_members", audienceId=dynamic)
    tour.expect("not_static", "remove_audience_members", audienceId=dynamic)
    tour.expect("imports_not_supported", "create_audience_import", audienceId=dynamic)


def uploads(tour: Tour, static: str) -> None:
    fanfare, imports = tour.fanfare, f"{AUDIENCES}/{static}/import"
    content = "email\nada@example.com\n"

    def refused(problem: str, url: str, **headers: str) -> None:
        expected = ADMIN.problems[problem]
        reply = requests.put(url, data=content, headers={"Content-Type": "text/csv"} | headers, timeout=30)
        code = expected.value.partition("<Code>")[2].partition("</Code>")[0]
        assert (reply.status_code, code in reply.text) == (expected.status, True)

    url = fanfare.send("POST", imports)["uploadUrl"]
    refused("two_authentications", url, Authorization="Bearer x")
    refused("upload_not_signed", url.partition("?")[0])
    refused("signature_does_not_match", url.replace(".csv?", "0.csv?"))
    assert fanfare.upload(url, content).status_code == 200
    fanfare.get(imports)
    late = fanfare.send("POST", imports)["uploadUrl"]
    tour.world.clock.advance(minutes=16)
    refused("upload_expired", late)
    fanfare.send("DELETE", f"{AUDIENCES}/{static}")


def unrouted(tour: Tour) -> None:
    assert tour.fanfare.refused(404, "GET", f"{AUDIENCES}/x/y/z") == {"error": "Not found"}
    assert tour.fanfare.refused(405, "PATCH", AUDIENCES) == {"error": "Method not allowed"}


def limited(tour: Tour) -> None:
    tour.world.configure(limits=True, rates={"fanfare": {"calls": 1}})
    tour.world.clock.freeze()
    tour.fanfare.reply("GET", AUDIENCES)
    for operation in SECURED:
        tour.expect("rate_limit_exceeded", operation.id)
    assert tour.fanfare.refused(429, "GET", f"{AUDIENCES}/x/y/z")["error"] == "Rate limit exceeded"


def follow(fanfare: Fanfare, reply: Any, id: str, link: str) -> tuple[str, Any]:
    """Follows a link of a response: the id of the target operation and its response."""
    document = ADMIN.document
    (node,) = [node for _path, _method, _item, node in ADMIN.operation_nodes() if node["operationId"] == id]
    found = document.resolve(node["responses"]["200"])["links"][link]
    target = ADMIN.operations[found["operationId"]]
    ids: dict[str, str] = {}
    for name, expression in found["parameters"].items():
        value = reply
        for token in parse_pointer(expression.removeprefix("$response.body#")):
            value = value[int(token) if isinstance(value, list) else token]
        ids[name.removeprefix("path.")] = value
    return target.id, fanfare.send(target.method, path_of(target, **ids), found.get("requestBody"))


def test_links_lead_from_an_audience_to_its_rules_members_and_deletion(mockserver: World) -> None:
    fanfare = Fanfare(mockserver)
    made = fanfare.send("POST", AUDIENCES, {"name": "Walked", "type": "DYNAMIC"})
    id, rules = follow(fanfare, made, "create_audience", "new_rules")
    mockserver.clock.advance(seconds=2)
    assert follow(fanfare, rules, id, "members")[1]["data"]
    assert follow(fanfare, rules, id, "rule")[1] == rules[0]
    ended, archived = follow(fanfare, rules, id, "deletion")
    assert (ended, archived["id"], archived["archived"]) == ("delete_audience", made["id"], True)


@pytest.mark.mockserver(strict=False)
def test_every_operation_and_problem_is_reached(mockserver: World) -> None:
    tour = Tour(mockserver)
    static, dynamic = tour.fanfare.audience(type="STATIC"), tour.fanfare.audience(VIP)
    unauthorized(tour)
    invalid(tour)
    unknown(tour, static)
    succeed(tour, static, dynamic)
    tiers(tour, static)
    lists(tour, static)
    wrong_type(tour, static, dynamic)
    uploads(tour, static)
    unrouted(tour)
    limited(tour)
    declared = {(one.id, problem) for one in ADMIN.operations.values() for problem in (*one.problems, "ok")}
    declared |= {("-", problem) for problem in ADMIN.unrouted.problems}
    missing = sorted(f"{id}: {problem}" for id, problem in declared - tour.reached())
    assert missing == []
    assert len(ADMIN.operations) == 56


def test_every_backstage_action_and_problem_is_reached(mockserver: World) -> None:
    bound, fanfare = contract("backstage.yaml"), Fanfare(mockserver)
    reached: set[tuple[str, str]] = set()

    def do(action: str, problem: str = "ok", **body: Any) -> None:
        try:
            fanfare.backstage(action, **body)
            answer = "ok"
        except ControlError as refusal:
            answer = refusal.problem
        assert answer == problem, f"{action} {body} reached {answer}"
        reached.add((action, answer))

    static, consumer = fanfare.audience(type="STATIC"), fanfare.consumer()
    listed = fanfare.create_synced_list("FrEsHx", "ada@example.com")
    do("register_order", consumerId=consumer, value=10)
    do("register_order", "unknown_consumer", consumerId="cons_0", value=10)
    do("register_order", "call_does_not_fit", consumerId=consumer, value=-10)
    do("set_source_list", audienceId=listed, profiles=[])
    do("set_source_list", "no_sync_source", audienceId=static, profiles=[])
    do("set_source_list", "unknown_audience", audienceId="aud_0", profiles=[])
    do("set_source_list", "call_does_not_fit", audienceId=listed)
    do("finish_sync", "no_sync_running", audienceId=listed)
    do("fail_next_sync", audienceId=listed)
    fanfare.send("POST", f"{AUDIENCES}/{listed}/sync")
    do("finish_sync", audienceId=listed)
    assert fanfare.status(listed)["syncStatus"] == "FAILED"
    do("fail_import", "no_import_running", audienceId=static)
    fanfare.send("POST", f"{AUDIENCES}/{static}/import")
    do("fail_import", audienceId=static)
    for action in ("fail_next_sync", "finish_sync", "fail_import"):
        do(action, "unknown_audience", audienceId="aud_0")
        do(action, "call_does_not_fit", audienceId=1)
    for action in ("fail_next_sync", "finish_sync"):
        do(action, "no_sync_source", audienceId=static)
    webhook = {"url": "https://example.com/hook", "events": ["consumer.created"]}
    webhook = fanfare.send("POST", f"{V1}/webhooks", webhook)["id"]
    sample = {"endpointId": webhook, "eventType": "consumer.created"}
    delivery = fanfare.send("POST", f"{V1}/webhooks/test", sample)["deliveryId"]
    do("list_webhook_deliveries")
    do("list_webhook_deliveries", "call_does_not_fit", limit=0)
    do("answer_webhook_delivery", "unknown_delivery", deliveryId="whk_0")
    do("answer_webhook_delivery", "call_does_not_fit", deliveryId=delivery, status=0)
    do("answer_webhook_delivery", deliveryId=delivery, status=200)
    do("answer_webhook_delivery", "delivery_not_due", deliveryId=delivery, status=200)
    do("remove_klaviyo_key")
    do("set_klaviyo_key", apiKey="pk_1")
    do("set_klaviyo_key", "call_does_not_fit", apiKey="")
    do("set_provider_lists", provider="sendgrid", lists=[])
    do("set_provider_lists", "call_does_not_fit", provider="nobody", lists=[])
    do("set_klaviyo_lists", lists=[])
    do("set_klaviyo_lists", "call_does_not_fit", lists=1)
    # Covered for all vendors by the tests of the control API.
    body_problems = {"body_malformed", "body_missing"}
    declared = {(one.id, name) for one in bound.operations.values() for name in (*one.problems, "ok")}
    assert sorted(one for one in declared - reached if one[1] not in body_problems) == []
