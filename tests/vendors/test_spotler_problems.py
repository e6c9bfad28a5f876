"""Spotler: every operation and every problem of the contract, through HTTP, without omissions."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import requests

from mockserver.client import World
from tests.read_vendors import read_vendor
from tests.vendors.spotler import Spotler
from tests.vendors.test_spotler_auth import JSON, call, oauth_parameters

CONTRACT = read_vendor("spotler").contract
OURS = {"externalId": "ours", "name": "Ours"}
LIST = {"externalTemporaryListId": "list", "name": "List"}
SEARCH = {"MPSearchQuery": "email=jan@example.com", "pageSize": 1}
DATES = {"fromDate": "2026-01-01", "toDate": "2030-01-01", "pageSize": 1}
ORDER = {
    "externalId": "o1",
    "externalContactId": "p1",
    "date": "2026-01-01T10:00:00+01:00",
    "value": "4995",
    "externalProductIds": ["x1"],
}
PRODUCT = {
    "externalId": "x1",
    "name": "Coat",
    "link": "https://shop.example/x1",
    "price": "4995",
    "imageUrl": "https://shop.example/x1.png",
    "imageLargeUrl": "https://shop.example/x1-large.png",
}
FORM = {"postUrl": "https://shop.example/form"}
CONVERSION = {"type": "CREATE_SHOPPINGCART", "interactionDate": "2026-01-01"}
GOOD: list[tuple[str, str, Any, dict[str, Any]]] = [
    ("POST", "/contact", {"contact": {"externalId": "p1"}, "update": True}, {}),
    ("PUT", "/contact/p1", {"contact": {}}, {}),
    ("POST", "/contact/list", {"contacts": [{"externalId": "p2"}]}, {}),
    ("GET", "/contact/p1", None, {}),
    ("GET", "/contact/properties/list", None, {}),
    ("GET", "/contact/search", None, SEARCH),
    ("GET", "/contact/updates/list", None, DATES),
    ("GET", "/contact/bounces/list", None, DATES),
    ("GET", "/contact/p1/mailings", None, {}),
    ("GET", "/contact/p1/campaign-mailings", None, {}),
    ("GET", "/contact/p1/forms", None, {}),
    ("POST", "/subscription/subscribe", {"externalId": "p3"}, {}),
    ("POST", "/product", {"product": PRODUCT}, {}),
    ("GET", "/product/x1", None, {}),
    ("PUT", "/product/x1", {"product": PRODUCT}, {}),
    ("GET", "/product/search", None, {"MPSearchQuery": "name=coat"}),
    ("GET", "/product/custom-properties/list", None, {}),
    ("POST", "/order", {"order": ORDER}, {}),
    ("PUT", "/order/o1", {"order": ORDER}, {}),
    ("DELETE", "/order/o1", None, {}),
    ("DELETE", "/product/x1", None, {}),
    ("GET", "/form/list", None, {}),
    ("GET", "/form/1", None, FORM),
    ("POST", "/form/1", FORM, {}),
    ("POST", "/form/result/1", {**FORM, "formParams": {"email": ["p1@example.com"]}}, {}),
    ("GET", "/form/result/1", None, {}),
    ("GET", "/form/result/1/1", None, {}),
    ("GET", "/campaign/list", None, {}),
    ("POST", "/campaign/trigger/{trigger}", {"externalContactId": "p1"}, {}),
    ("POST", "/campaign/{campaign}/stop", {"externalContactId": "p1"}, {}),
    ("GET", "/campaign/{campaign}/mailing", None, {}),
    ("GET", "/campaign-mailing/{campaign_mailing}", None, {}),
    *[
        ("GET", f"/campaign-mailing/{{recorded}}/{kind}", None, {})
        for kind in (
            "recipients",
            "opens",
            "opens/{subscription}",
            "clicks",
            "clicks/{subscription}",
            "bounces",
        )
    ],
    ("GET", "/trend-report", None, {"enabled": "true"}),
    ("POST", "/automation/trigger/{automation}", {"externalContactId": "p1"}, {}),
    ("GET", "/mailing", None, {"fromDate": "2026-01-01", "toDate": "2030-01-01"}),
    ("GET", "/mailing/{mailing}", None, {}),
    ("GET", "/mailing/{mailing}/statistics", None, {}),
    *[
        ("GET", f"/mailing/{{mailing}}/{kind}", None, {})
        for kind in ("recipients", "opens", "opens/p1", "clicks", "clicks/p1", "bounces")
    ],
    *[("GET", f"/mailing-interaction/{kind}", None, {}) for kind in ("sent", "opened", "clicked", "bounced")],
    ("POST", "/conversion", {**CONVERSION, "mailplusId": "{mailplusId}"}, {}),
    ("GET", "/api-docs", None, {}),
    ("GET", "/api-docs/audience", None, {}),
    ("POST", "/audience", OURS, {}),
    ("GET", "/audience/ours", None, {}),
    ("PUT", "/audience/ours", OURS, {}),
    ("POST", "/audience/ours/contact", {"contacts": ["p1"]}, {}),
    ("DELETE", "/audience/ours/contact", None, {}),
    ("DELETE", "/audience/ours", None, {}),
    ("PUT", "/contact/inactivate/p1", None, {}),
    ("PUT", "/contact/anonymize/p1", None, {}),
    ("POST", "/templist", LIST, {}),
    ("POST", "/templist/list", {"contacts": ["p1"]}, {}),
    ("GET", "/templist", None, {}),
    ("DELETE", "/templist/list", None, {}),
]
PROBLEMS: list[tuple[str, int, str, str, Any]] = [
    ("path_unknown", 404, "GET", "/nowhere", None),
    ("method_unknown", 405, "GET", "/audience", None),
    ("invalid_params", 400, "POST", "/audience/ours/contact", {}),
    ("path_id_mismatch", 400, "PUT", "/audience/ours", {**OURS, "externalId": "other"}),
    ("audience_not_found", 404, "GET", "/audience/nope", None),
    ("contacts_not_found", 404, "POST", "/audience/ours/contact", {"contacts": ["nope"]}),
    ("too_many_contact_ids", 413, "DELETE", "/audience/ours/contact", {"contacts": ["p1"] * 2501}),
    ("audience_name_length", 417, "POST", "/audience", {**OURS, "name": ""}),
    ("audience_id_length", 417, "POST", "/audience", {**OURS, "externalId": ""}),
    ("audience_name_taken", 417, "POST", "/audience", {**OURS, "externalId": "other"}),
    ("audience_id_taken", 417, "POST", "/audience", OURS),
    ("audience_in_use", 417, "DELETE", "/audience/used", None),
    ("contact_not_found", 404, "GET", "/contact/nope", None),
    ("contact_already_exists", 400, "POST", "/contact", {"contact": {"externalId": "p1"}}),
    ("contact_id_mismatch", 400, "PUT", "/contact/p1", {"contact": {"externalId": "p2"}}),
    ("email_invalid", 400, "PUT", "/contact/p1", {"contact": {"properties": {"email": "x"}}}),
    ("property_invalid", 400, "PUT", "/contact/p1", {"contact": {"properties": {"x": "x"}}}),
    ("too_many_contacts", 400, "POST", "/contact/list", {"contacts": [{"externalId": "x"}] * 101}),
    ("contact_without_external_id", 400, "POST", "/contact/list", {"contacts": [{}]}),
    ("invalid_from_date", 400, "GET", "/contact/updates/list?toDate=2026-01-01&pageSize=1", None),
    ("invalid_to_date", 400, "GET", "/contact/updates/list?fromDate=2026-01-01&pageSize=1", None),
    ("contact_opted_out", 400, "POST", "/subscription/subscribe", {"externalId": "out"}),
    ("invalid_from_change_date", 400, "GET", "/mailing-interaction/sent?fromChangeDate=x", None),
    ("invalid_to_change_date", 400, "GET", "/mailing-interaction/sent?toChangeDate=x", None),
    ("form_not_found", 404, "GET", "/form/9?postUrl=x", None),
    ("form_result_not_found", 404, "GET", "/form/result/1/99", None),
    ("api_docs_not_found", 404, "GET", "/api-docs/nope", None),
    ("product_not_found", 404, "GET", "/product/nope", None),
    ("product_already_exists", 400, "POST", "/product", {"product": PRODUCT}),
    ("product_id_mismatch", 400, "PUT", "/product/x1", {"product": {**PRODUCT, "externalId": "x2"}}),
    ("order_not_found", 404, "DELETE", "/order/nope", None),
    ("order_already_exists", 400, "POST", "/order", {"order": ORDER}),
    ("order_id_mismatch", 400, "PUT", "/order/o1", {"order": {**ORDER, "externalId": "o2"}}),
    ("order_empty", 400, "POST", "/order", {}),
    ("order_id_empty", 400, "POST", "/order", {"order": {**ORDER, "externalId": ""}}),
    ("order_contact_id_empty", 400, "POST", "/order", {"order": {**ORDER, "externalContactId": None}}),
    ("order_contact_not_found", 400, "POST", "/order", {"order": {**ORDER, "externalContactId": "nope"}}),
    ("order_date_empty", 400, "POST", "/order", {"order": {**ORDER, "date": ""}}),
    ("order_date_illegal", 400, "POST", "/order", {"order": {**ORDER, "date": "2026-02-30"}}),
    ("order_value_illegal", 400, "POST", "/order", {"order": {**ORDER, "value": "much"}}),
    ("order_without_products", 400, "POST", "/order", {"order": {**ORDER, "externalProductIds": None}}),
    ("order_product_list_empty", 400, "POST", "/order", {"order": {**ORDER, "externalProductIds": []}}),
    ("order_product_id_empty", 400, "POST", "/order", {"order": {**ORDER, "externalProductIds": [""]}}),
    ("order_product_not_found", 400, "POST", "/order", {"order": {**ORDER, "externalProductIds": ["nope"]}}),
    ("temporary_list_not_found", 404, "DELETE", "/templist/nope", None),
    ("temporary_list_id_taken", 400, "POST", "/templist", LIST),
    ("temporary_list_name_taken", 400, "POST", "/templist", {**LIST, "externalTemporaryListId": "new"}),
    (
        "no_temporary_list_created",
        400,
        "POST",
        "/templist",
        {"externalTemporaryListId": "new", "name": "New", "contacts": ["nope"]},
    ),
    ("temporary_list_contacts_not_found", 400, "POST", "/templist/list", {"contacts": ["nope"]}),
    ("temporary_list_in_use", 400, "DELETE", "/templist/list", None),
]
IN_CAMPAIGN = {"externalContactId": "p1"}
CAMPAIGN_PROBLEMS: list[tuple[str, int, str, str, Any]] = [
    ("campaign_trigger_not_found", 404, "POST", "/campaign/trigger/nope", IN_CAMPAIGN),
    ("campaign_not_found", 404, "GET", "/campaign/nope/mailing", None),
    ("campaign_mailing_not_found", 404, "GET", "/campaign-mailing/nope", None),
    ("campaign_contact_not_found", 400, "POST", "/campaign/{campaign}/stop", {"externalContactId": "nope"}),
    ("campaign_inactive", 400, "POST", "/campaign/trigger/{inactive_trigger}", IN_CAMPAIGN),
    ("campaign_without_message", 400, "POST", "/campaign/trigger/{silent_trigger}", IN_CAMPAIGN),
    (
        "campaign_product_not_found",
        400,
        "POST",
        "/campaign/trigger/{trigger}",
        {**IN_CAMPAIGN, "campaignFields": [{"name": "x", "type": "PRODUCTLIST", "values": ["nope"]}]},
    ),
    ("contact_not_in_selection", 400, "POST", "/campaign/trigger/{selective_trigger}", IN_CAMPAIGN),
    ("contact_already_active", 400, "POST", "/campaign/trigger/{running_trigger}", IN_CAMPAIGN),
    ("contact_already_in_campaign", 400, "POST", "/campaign/trigger/{finished_trigger}", IN_CAMPAIGN),
    ("campaign_already_finished", 400, "POST", "/campaign/{finished}/stop", IN_CAMPAIGN),
    ("campaign_not_triggered", 400, "POST", "/campaign/{campaign}/stop", IN_CAMPAIGN),
    ("mailing_not_found", 404, "GET", "/mailing/nope", None),
    ("mailing_type_invalid", 400, "GET", "/mailing/{sms}/statistics", None),
    ("invalid_param_mailing_type", 400, "GET", "/mailing/{sms}/opens/p1", None),
    ("invalid_param_contact", 400, "GET", "/mailing/{mailing}/opens/nope", None),
    *[
        (problem, 400, "POST", "/conversion", {**CONVERSION, "mailplusId": "{mailplusId}", **more})
        for problem, more in (
            ("mailplus_id_malformed", {"mailplusId": "x"}),
            ("conversion_type_illegal", {"type": "x"}),
            ("conversion_value_illegal", {"value": "x"}),
            ("conversion_date_illegal", {"interactionDate": "x"}),
            ("activity_not_found", {"mailplusId": f"{'0' * 16}-1-{'0' * 24}"}),
            ("link_not_found", {"mailplusId": "{mailing}-9-" + "0" * 24}),
            ("conversion_contact_not_found", {"mailplusId": "{mailing}-1-" + "0" * 24}),
            ("conversion_product_not_found", {"products": ["nope"]}),
        )
    ],
    ("automation_trigger_not_found", 404, "POST", "/automation/trigger/nope", IN_CAMPAIGN),
    (
        "automation_contact_not_found",
        404,
        "POST",
        "/automation/trigger/{automation}",
        {"externalContactId": "nope"},
    ),
    ("no_automation_triggered", 417, "POST", "/automation/trigger/{inactive_automation}", IN_CAMPAIGN),
]
Trigger = Callable[[Spotler], requests.Response]


def campaign_ids(spotler: Spotler) -> dict[str, str]:
    """Ids of campaigns in every state, automations and mailings, for the contact p1."""
    ids = {}
    kinds: dict[str, dict[str, Any]] = {
        "campaign": {},
        "inactive": {"active": False},
        "silent": {"mailings": []},
        "selective": {"audience": "used"},
        "running": {},
        "finished": {},
    }
    for name, more in kinds.items():
        wanted: dict[str, Any] = {"name": name, "mailings": ["Hello"], "triggers": ["T"], **more}
        made = spotler.backstage("add_campaign", **wanted)
        ids[name] = made["encryptedId"]
        ids["trigger" if name == "campaign" else f"{name}_trigger"] = made["triggers"][0]["encryptedId"]
        ids["campaign_mailing"] = made["mailings"][0]["encryptedId"] if made["mailings"] else ""
    for name in ("running", "finished"):
        spotler.succeed("POST", f"/campaign/trigger/{ids[f'{name}_trigger']}", IN_CAMPAIGN)
    spotler.backstage("finish_campaign", campaign=ids["finished"], contact="p1")
    for name, active in (("automation", True), ("inactive_automation", False)):
        made = spotler.backstage("add_automation_trigger", automations=[{"active": active}])
        ids[name] = made["triggerCode"]
    sent = spotler.backstage("record_mailing", contact="p1")
    ids["mailing"], ids["mailplusId"] = sent["mailing"]["encryptedId"], sent["mailplusId"]
    recorded = spotler.backstage("record_campaign_mailing", contact="p1")
    ids["recorded"], ids["subscription"] = (
        recorded["campaignMailing"]["encryptedId"],
        recorded["campaignSubscriptionId"],
    )
    text = spotler.backstage("record_mailing", contact="p1", name="Text", type="SMS")
    ids["sms"] = text["mailing"]["encryptedId"]
    return ids


def filled(body: Any, ids: dict[str, str]) -> Any:
    """The body with the ids in its mailplusId."""
    wanted = isinstance(body, dict) and "mailplusId" in body
    return {**body, "mailplusId": body["mailplusId"].format_map(ids)} if wanted else body


def exceed_limit(spotler: Spotler, path: str, body: dict[str, str], **limit: int) -> requests.Response:
    spotler.backstage("set_limits", **limit)
    return spotler.send("POST", path, body)


def call_unlicensed(spotler: Spotler) -> requests.Response:
    spotler.backstage("set_product", product="PROFESSIONAL")
    reply = spotler.send("GET", "/audience/ours")
    spotler.backstage("set_product", product="ECOMMERCE")
    return reply


def call_unsigned(spotler: Spotler, **headers: str) -> requests.Response:
    return requests.get(f"{spotler.url}/templist", headers={**JSON, **headers}, timeout=10)


def reuse_nonce(spotler: Spotler) -> requests.Response:
    parameters = oauth_parameters(spotler)
    call(spotler, parameters)
    return call(spotler, parameters)


SPECIAL_PROBLEMS: list[tuple[str, int, Trigger]] = [
    ("authentication_missing", 401, call_unsigned),
    ("authentication_malformed", 401, partial(call_unsigned, Authorization="OAuth x")),
    ("consumer_key_unknown", 401, lambda it: call(it, oauth_parameters(it, oauth_consumer_key="nobody"))),
    (
        "signature_method_unsupported",
        401,
        lambda it: call(it, oauth_parameters(it, oauth_signature_method="PLAINTEXT")),
    ),
    ("timestamp_refused", 401, lambda it: call(it, oauth_parameters(it, oauth_timestamp="1"))),
    ("signature_invalid", 401, lambda it: call(it, oauth_parameters(it), secret="wrong")),
    ("nonce_used", 401, reuse_nonce),
    ("product_not_licensed", 403, call_unlicensed),
    ("not_acceptable", 406, lambda it: it.send("GET", "/templist", headers={"Accept": "text/csv"})),
    ("media_type_unsupported", 415, lambda it: it.send_raw("POST", "/templist", "x", "text/plain")),
    (
        "too_many_audiences",
        417,
        lambda it: exceed_limit(it, "/audience", {"externalId": "new", "name": "New"}, audiences=1),
    ),
    (
        "too_many_temporary_lists",
        400,
        lambda it: exceed_limit(
            it, "/templist", {"externalTemporaryListId": "new", "name": "New"}, temporaryLists=1
        ),
    ),
]


def test_every_operation_succeeds(mockserver: World) -> None:
    spotler = Spotler(mockserver)
    spotler.backstage("add_form", name="Newsletter")
    spotler.contact("p1")
    spotler.create("used")
    ids = campaign_ids(spotler)
    for method, path, body, params in GOOD:
        reply = spotler.send(method, path.format_map(ids), filled(body, ids), params=params)
        assert reply.status_code in (200, 204), f"{method} {path}: {reply.text}"
    succeeded = {one["operation"] for one in mockserver.journal(vendor="spotler") if one["problem"] is None}
    assert succeeded == set(CONTRACT.operations)


@pytest.mark.mockserver(strict=False)
def test_every_problem_is_raised(mockserver: World) -> None:
    spotler = Spotler(mockserver)
    spotler.contact("p1")
    for id in ("ours", "used"):
        spotler.create(id, id.title())
    spotler.succeed("POST", "/templist", LIST)
    spotler.succeed("POST", "/product", {"product": PRODUCT})
    spotler.succeed("POST", "/order", {"order": ORDER})
    spotler.contact("out")
    spotler.backstage("unsubscribe_contact", contact="out")
    spotler.backstage("add_form", name="Newsletter")
    spotler.backstage("add_automation_filter", audience="used")
    spotler.backstage("schedule_mailing", temporaryList="list", at="2099-01-01T00:00:00Z")
    ids = campaign_ids(spotler)
    campaigns = [(*one[:3], one[3].format_map(ids), filled(one[4], ids)) for one in CAMPAIGN_PROBLEMS]
    plain: list[tuple[str, int, Trigger]] = [
        (problem, status, lambda it, method=method, path=path, body=body: it.send(method, path, body))  # type: ignore[misc]
        for problem, status, method, path, body in [*PROBLEMS, *campaigns]
    ]
    for problem, status, trigger in [*plain, *SPECIAL_PROBLEMS]:
        reply = trigger(spotler)
        journal = mockserver.journal(vendor="spotler")
        # call_unlicensed restores the product backstage, so the last journal entry is its call
        assert (journal[-1]["problem"], reply.status_code) == (problem, status), reply.text
        members = ("result", "automationResults") if "automation" in problem else ("errorType", "message")
        assert all(name in reply.text for name in members)
    raised = {one["problem"] for one in mockserver.journal(vendor="spotler")}
    assert raised - {None} == set(CONTRACT.problems)
    assert len(CONTRACT.problems) == len(PROBLEMS) + len(CAMPAIGN_PROBLEMS) + len(SPECIAL_PROBLEMS)
