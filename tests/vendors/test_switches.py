"""Every switch, both ways: what a vendor's documents leave open, a world chooses."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mockserver.call import Call, WireReply
from mockserver.pipeline.handler import handle_call
from mockserver.vendors import Vendors
from tests.vendors.limited import NAME, START, Limited
from tests.vendors.voyado import receipt


def world(vendor: str, **switches: Any) -> Limited:
    """A vendor in a world with these switches."""
    return Limited(vendor, limits=False, switches={vendor: switches})


def said(answer: WireReply) -> Any:
    """Status and body."""
    return answer.status, json.loads(answer.body) if answer.body else None


# Ortto


def ortto(path: str = "/v1/audiences/get", body: Any = None, **switches: Any) -> Any:
    one = world("ortto", **switches)
    return said(one.answer("POST", path, body or {}, x_api_key=one.credentials["api_key"]))


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("/v1/audiences/get", {"search_term": "nobody calls one so"}, None),
        ("/v1/tags/get", {"q": "nobody calls one so"}, None),
        ("/v1/person/get", {"offset": 900}, "contacts"),
    ],
)
def test_ortto_an_empty_list_is_null_or_an_array(path: str, body: Any, where: str | None) -> None:
    for switches, empty in (({}, None), ({"empty_list": "null"}, None), ({"empty_list": "array"}, [])):
        status, found = ortto(path, body, **switches)
        assert (status, found[where] if where else found) == (200, empty)


def test_ortto_a_search_without_a_match_is_an_array_or_null() -> None:
    nobody = {"q": "nobody is called so"}
    for switches, contacts, total in (
        ({}, [], 5),
        ({"no_match": "array"}, [], 5),
        ({"no_match": "null"}, None, 0),
    ):
        status, found = ortto("/v1/person/get", nobody, **switches)
        assert (status, found["contacts"], found["meta"]["total_contacts"]) == (200, contacts, total)


def test_ortto_whoever_leaves_an_audience_waits_a_minute_or_not() -> None:
    for switches, grown in (({}, 0), ({"reentry_delay": 60}, 0), ({"reentry_delay": 0}, 1)):
        one = world("ortto", **switches)

        def call(path: str, body: Any, one: Limited = one) -> Any:
            reply = one.answer("POST", path, body, x_api_key=one.credentials["api_key"])
            return json.loads(reply.body)

        before = call("/v1/audiences/get", {"search_term": "SMS"})[0]["members"]
        for flag in (True, False, True):
            fields = {"str::email": "moves@test.example", "bol::sp": flag}
            call("/v1/person/merge", {"people": [{"fields": fields}]})
        assert call("/v1/audiences/get", {"search_term": "SMS"})[0]["members"] == before + grown


def test_ortto_a_key_is_of_one_region() -> None:
    for switches, host, status in (
        ({}, "api.ap3api.com", 200),
        ({}, "api.eu.ap3api.com", 401),
        ({"region": "eu"}, "api.eu.ap3api.com:443", 200),
        ({"region": "au"}, "api.eu.ap3api.com", 401),
        ({"region": "au"}, "localhost", 200),
    ):
        one = world("ortto", **switches)
        key = one.credentials["api_key"]
        assert one.answer("POST", "/v1/tags/get", {}, x_api_key=key, host=host).status == status


def test_ortto_a_page_without_a_limit_has_40_audiences_or_50() -> None:
    for switches, expected in (({}, 40), ({"audiences_limit_fallback": 50}, 50)):
        one = world("ortto", **switches)
        for number in range(60):
            one.backstage("create_audience", name=f"Audience {number}", filter=EVERYBODY)
        for limit, length in (({}, expected), ({"limit": 45}, expected), ({"limit": 7}, 7)):
            reply = one.answer("POST", "/v1/audiences/get", limit, x_api_key=one.credentials["api_key"])
            assert len(json.loads(reply.body)) == length


EVERYBODY = {"$and": [{"$and": [{"$str::is": {"field_id": "str:cm:label", "value": "VIP"}}]}]}


# Voyado


def voyado(key: str = "apikey", headers: Any = None, **switches: Any) -> Any:
    one = world("voyado", **switches)
    sent = {key: one.credentials["apikey"], "content_type": "application/json", **(headers or {})}
    status, body = said(one.answer("GET", "/api/v3/target-audiences", **sent))
    return status, body.get("message") if status != 200 else None


def test_voyado_a_content_type_is_needed_with_a_body_or_always_or_never() -> None:
    bare = {"content_type": ""}
    for switches, read, write in (
        ({}, 200, 500),
        ({"strict_content_type": "bodies"}, 200, 500),
        ({"strict_content_type": "all"}, 500, 500),
        ({"strict_content_type": True}, 500, 500),
        ({"strict_content_type": "none"}, 200, 201),
        ({"strict_content_type": False}, 200, 201),
    ):
        one = world("voyado", **switches)
        sent = {"apikey": one.credentials["apikey"], **bare}
        assert one.answer("GET", "/api/v3/target-audiences", **sent).status == read
        reply = one.answer("POST", "/api/v3/contacts", {"email": "a@example.com"}, **sent)
        assert reply.status == write
        assert write == 201 or said(reply) == (500, {"message": "An error has occurred"})


def engage(one: Limited, method: str, path: str, body: Any = None, **headers: str) -> Any:
    return said(one.answer(method, path, body, apikey=one.credentials["apikey"], **headers))


def test_voyado_preferences_of_v2_have_names_in_the_plural_or_those_of_v3() -> None:
    for switches, names in (
        ({}, ["AcceptsEmails", "AcceptsPostals", "AcceptsSms"]),
        ({"v2_preference_names": "v3"}, ["acceptsEmail", "acceptsPostal", "acceptsSms"]),
    ):
        one = world("voyado", **switches)
        _status, created = engage(one, "POST", "/api/v2/contacts", {"email": "a@example.com"})
        assert list(created["preferences"]) == names
        _status, overview = engage(one, "GET", f"/api/v2/contactoverview?contactId={created['id']}")
        assert list(overview["preferences"]) == ["acceptsEmail", "acceptsPostal", "acceptsSms"]


def test_voyado_an_update_respects_the_key_or_not() -> None:
    for switches, taken, emptied in (({}, 409, 422), ({"check_key_on_update": False}, 200, 200)):
        one = world("voyado", **switches)
        engage(one, "POST", "/api/v3/contacts", {"email": "a@example.com"})
        _status, other = engage(one, "POST", "/api/v3/contacts", {"email": "b@example.com"})
        path = f"/api/v3/contacts/{other['id']}"
        assert engage(one, "PATCH", path, {"email": "A@example.com"})[0] == taken
        assert engage(one, "PATCH", path, {"email": ""})[0] == emptied
        assert engage(one, "PATCH", path, {"email": "c@example.com"})[0] == 200


def test_voyado_a_form_is_a_contact_or_no_data() -> None:
    for switches, status in (({}, 201), ({"form_bodies": False}, 400)):
        one = world("voyado", **switches)
        headers = {"apikey": one.credentials["apikey"], "content-type": "application/x-www-form-urlencoded"}
        call = Call("POST", "/api/v2/contacts", headers=headers, raw=b"email=a%40example.com")
        assert handle_call(one.worlds, one.vendor, call, NAME).status == status


def test_voyado_receipts_are_booked_every_15_minutes_or_as_often_as_told() -> None:
    for switches, seconds in (({}, 900), ({"receipt_minutes": 1}, 60), ({"receipt_minutes": 0}, 0)):
        one = world("voyado", **switches)
        _status, contact = engage(one, "POST", "/api/v3/contacts", {"email": "a@example.com"})
        path = f"/api/v2/contacts/{contact['id']}/transactions"
        assert engage(one, "POST", "/api/v3/receipts", receipt(contact["id"])) == (200, {})
        one.wait(max(0, seconds - 21))  # the world begins 20 seconds after noon
        assert engage(one, "GET", path)[1]["totalCount"] == (seconds == 0)
        one.wait(1)
        assert engage(one, "GET", path)[1]["totalCount"] == 1


def test_voyado_redeeming_takes_a_moment_or_too_long() -> None:
    for switches, status, left in (({}, 200, 0), ({"slow_redeems": True}, 504, 1)):
        one = world("voyado", **switches)
        _status, contact = engage(one, "POST", "/api/v3/contacts", {"email": "a@example.com"})
        one.backstage("create_voucher", contactId=contact["id"], amount=195)
        path = f"/api/v3/reward-vouchers/available?contactId={contact['id']}"
        (voucher,) = engage(one, "GET", path)[1]["items"]
        assert engage(one, "POST", f"/api/v3/reward-vouchers/{voucher['id']}/redeem")[0] == status
        assert engage(one, "GET", path)[1]["totalCount"] == left


def test_voyado_a_call_without_user_agent_is_fine_or_a_500() -> None:
    assert voyado() == (200, None)
    assert voyado(user_agent_required=True) == (500, "An error has occurred")
    assert voyado(headers={"user_agent": "AcmePOS/1.5"}, user_agent_required=True) == (200, None)


def test_voyado_the_key_may_have_one_name_or_two() -> None:
    assert voyado("x_api_key")[0] == 401
    assert voyado("x_api_key", x_api_key=True) == (200, None)
    assert voyado("apikey", x_api_key=True) == (200, None)
    assert voyado("apikey", headers={"apikey": "nobody's"}, x_api_key=True)[0] == 401


def test_voyado_a_key_under_its_other_name_is_found_out_and_kept_secret() -> None:
    one = world("voyado")
    one.answer("GET", "/api/v3/target-audiences", x_api_key=one.credentials["apikey"])
    (exchange,) = one.worlds.journal("limited").read()
    assert "set the switch x_api_key" in exchange["remarks"][0]
    assert one.credentials["apikey"] not in json.dumps(exchange)


# DigitalAudience


def test_digitalaudience_failures_say_their_status_or_200() -> None:
    failure = {"data": None, "status": {"statusCode": 401, "message": "Not authenticated"}, "success": False}
    for switches, status in (({}, 401), ({"error_http_style": "always_200"}, 200)):
        assert said(world("digitalaudience", **switches).answer("GET", "/campaign/loadcampaigns")) == (
            status,
            failure,
        )


def test_digitalaudience_a_session_lives_an_hour_or_as_long_as_told() -> None:
    for switches, minutes in (({}, 60), ({"session_minutes": 5}, 5)):
        one = world("digitalaudience", **switches)
        login = {name: one.credentials[name] for name in ("userName", "password")}
        cookie = one.answer("POST", "/account/login", login).headers["Set-Cookie"].partition(";")[0]
        for _ in range(2):
            one.wait(minutes * 60 - 1)
            assert one.answer("GET", "/campaign/loadcampaigns", cookie=cookie).status != 401
        one.wait(minutes * 60)
        assert one.answer("GET", "/campaign/loadcampaigns", cookie=cookie).status == 401


def test_digitalaudience_routes_a_call_first_or_checks_its_session_first() -> None:
    for switches, expected in (({}, [404, 404, 405, 401]), ({"routes_first": False}, [401] * 4)):
        one = world("digitalaudience", **switches)
        calls = (("GET", "/nothing"), ("GET", "/audience/loadaudiencebyid/x"), ("PUT", "/audience/update"))
        replies = [one.answer(*call) for call in (*calls, ("GET", "/audience/loadaudiencebyid/1"))]
        assert [reply.status for reply in replies] == expected


def test_digitalaudience_a_future_segment_is_new_or_active() -> None:
    period = {"startDate": "2090-01-01", "endDate": "2091-01-01", "name": "Later", "description": ""}
    for switches, expected in (({}, "New"), ({"future_segments": "Active"}, "Active")):
        one = world("digitalaudience", **switches)
        login = {name: one.credentials[name] for name in ("userName", "password")}
        cookie = one.answer("POST", "/account/login", login).headers["Set-Cookie"].partition(";")[0]

        def send(method: str, path: str, body: Any = None, one: Limited = one, cookie: str = cookie) -> Any:
            return said(one.answer(method, path, body, cookie=cookie))[1]["data"]

        campaign = send("POST", "/campaign/create", {"name": "c"})["id"]
        body = {"name": "a", "campaignId": campaign}
        audience = send("POST", "/audience/createcrmaudience", body)["id"]
        account = send("GET", "/organisation/loadplatformaccounts")[0]["id"]
        ids = {"audienceId": audience, "accountId": account}
        segment = send("POST", "/audience/activate", {**ids, **period})["segmentId"]
        found = send("GET", f"/segment/loadsegmentbyid/{segment}")
        assert (found["status"], found["active"]) == (expected, expected == "Active")
        assert send("GET", f"/audience/loadaudiencebyid/{audience}")["activationStatus"] == expected


def test_digitalaudience_names_count_in_any_case_or_exactly() -> None:
    for switches, expected in (({}, 200), ({"names_ignore_case": False}, 400)):
        one = world("digitalaudience", **switches)
        login = {name: one.credentials[name[0].lower() + name[1:]] for name in ("UserName", "Password")}
        assert one.answer("POST", "/account/login", login).status == expected


def test_digitalaudience_backstage_has_the_last_word() -> None:
    one = world("digitalaudience", error_http_style="always_200")
    one.backstage("set_session_lifetime", minutes=1)
    assert one.answer("GET", "/campaign/loadcampaigns").status == 200
    one.backstage("set_error_style", http_status="mirrored")
    assert one.answer("GET", "/campaign/loadcampaigns").status == 401


# Spotler

PROPERTIES = "/integrationservice/contact/properties/list"
AUDIENCE = "/integrationservice/audience"


def signed(one: Limited, method: str, path: str, body: Any = None) -> WireReply:
    """A call with an honest signature, which accepts JSON."""
    signature = _lower(one.vendor.hooks.sign(method, one.origin + path, one.credentials))
    return one.answer(method, path, body, **{"accept": "application/json", **signature})


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): text for name, text in headers.items()}


def test_spotler_signatures_are_verified_or_not() -> None:
    for switches, status in (({}, 401), ({"auth": "strict"}, 401), ({"auth": "lenient"}, 200)):
        one = world("spotler", **switches)
        wrong = f'OAuth oauth_consumer_key="{one.credentials["consumer_key"]}", oauth_signature="x"'
        assert one.answer("GET", PROPERTIES, authorization=wrong).status == status
        assert signed(one, "GET", PROPERTIES).status == 200
        for nobody in ("", 'OAuth oauth_consumer_key="nobody"', 'OAuth oauth_nonce="1"', "Basic x"):
            assert one.answer("GET", PROPERTIES, authorization=nobody).status == 401


def test_spotler_timestamps_may_be_five_minutes_old_or_as_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for switches, seconds in (({}, 300), ({"timestamp_seconds": 10}, 10)):
        for age, status in ((seconds, 200), (seconds + 1, 401)):
            then = str(int(START.timestamp()) - age)
            monkeypatch.setattr("oauthlib.oauth1.rfc5849.generate_timestamp", lambda then=then: then)
            assert signed(world("spotler", **switches), "GET", PROPERTIES).status == status


@pytest.mark.parametrize(
    ("switches", "moment"),
    [
        ({}, 1767268820000),
        ({"date_style": "milliseconds"}, 1767268820000),
        ({"date_style": "iso"}, "2026-01-01T12:00:20.000Z"),
    ],
)
def test_spotler_moments_are_numbers_or_texts(switches: dict[str, Any], moment: Any) -> None:
    one = world("spotler", **switches)
    _status, audience = said(signed(one, "POST", AUDIENCE, {"name": "A", "externalId": "a"}))
    assert (audience["createDate"], audience["lastSyncDate"]) == (moment, None)
    lists, contact = "/integrationservice/templist", "/integrationservice/contact"
    assert signed(one, "POST", lists, {"externalTemporaryListId": "t", "name": "T"}).status == 204
    assert signed(one, "POST", contact, {"contact": {"externalId": "c", "properties": {}}}).status == 204
    assert said(signed(one, "GET", lists))[1][0]["createdAt"] == moment
    shown = said(signed(one, "GET", f"{contact}/c"))[1]
    assert (shown["created"], shown["lastChanged"]) == (moment, moment)


def test_spotler_answers_in_xml_or_in_json_unless_asked() -> None:
    for switches, media_type in (
        ({}, "application/xml"),
        ({"default_media_type": "application/xml"}, "application/xml"),
        ({"default_media_type": "application/json"}, "application/json"),
    ):
        one = world("spotler", **switches)
        signature = _lower(one.vendor.hooks.sign("GET", one.origin + PROPERTIES, one.credentials))
        assert one.answer("GET", PROPERTIES, **signature).headers["Content-Type"] == media_type


def test_spotler_takes_a_body_without_a_content_type_or_not() -> None:
    path, body = "/integrationservice/contact", b'{"contact": {"externalId": "c"}}'
    for switches, status in (
        ({}, 415),
        ({"assumed_content_type": "none"}, 415),
        ({"assumed_content_type": "application/json"}, 204),
        ({"assumed_content_type": "application/xml"}, 400),
    ):
        one = world("spotler", **switches)
        signature = _lower(one.vendor.hooks.sign("POST", one.origin + path, one.credentials))
        assert one.answer("POST", path, body, content_type="", **signature).status == status


def test_spotler_has_further_properties_or_not() -> None:
    own = {"name": "own", "type": "int"}
    for switches, expected in (({}, False), ({"properties": []}, False), ({"properties": [own]}, True)):
        _status, listed = said(signed(world("spotler", **switches), "GET", PROPERTIES))
        assert ("own" in [one["name"] for one in listed]) == expected


def test_spotler_stores_anonymised_contacts_again_or_not() -> None:
    contact, person = "/integrationservice/contact", {"externalId": "c"}
    for switches, code in (
        ({}, "OK"),
        ({"anonymized_contacts": "stored"}, "OK"),
        ({"anonymized_contacts": "unknown"}, "CONTACT_UNKNOWN"),
    ):
        one = world("spotler", **switches)
        signed(one, "POST", contact, {"contact": person})
        signed(one, "PUT", f"{contact}/anonymize/c")
        _status, results = said(
            signed(one, "POST", f"{contact}/list", {"update": True, "contacts": [person]})
        )
        assert [result["code"] for result in results] == [code]


# Fanfare


def fanfare(one: Limited, method: str, path: str, body: Any = None) -> Any:
    bearer = f"Bearer {one.credentials['secret_key']}"
    return said(one.answer(method, f"/api/v1{path}", body, authorization=bearer))


def test_fanfare_pages_have_a_hundred_or_as_many_as_told() -> None:
    wide, narrow = world("fanfare"), world("fanfare", largest_page=2)
    assert len(fanfare(wide, "GET", "/consumers?first=100")[1]["data"]) == 5
    assert len(fanfare(narrow, "GET", "/consumers")[1]["data"]) == 2
    assert len(fanfare(narrow, "GET", "/consumers?first=1")[1]["data"]) == 1
    cursor = fanfare(narrow, "GET", "/consumers")[1]["pageInfo"]["endCursor"]
    assert len(fanfare(narrow, "GET", f"/consumers?last=2&before={cursor}")[1]["data"]) == 1
    too_many = {"field": "first", "message": "Invalid value: Expected <=2 but received 3"}
    refusal = {"error": "Validation failed", "details": [too_many]}
    assert fanfare(narrow, "GET", "/consumers?first=3") == (400, refusal)
    (audience, *_) = fanfare(narrow, "GET", "/audiences")[1]
    assert fanfare(narrow, "GET", f"/audiences/{audience['id']}/members?first=3") == (400, refusal)
    status, last = fanfare(narrow, "GET", f"/consumers?last=3&before={cursor}")
    assert (status, last["details"][0]["field"]) == (400, "last")


def test_fanfare_rules_have_13_operators_or_10() -> None:
    late = {"field": "totalOrders", "operator": "BETWEEN", "values": [1, 2]}
    early = {"field": "totalOrders", "operator": "EQUALS", "values": [1]}
    ten = (
        "EQUALS", "NOT_EQUALS", "GREATER_THAN", "GREATER_THAN_OR_EQUAL", "LESS_THAN", "LESS_THAN_OR_EQUAL",
        "CONTAINS", "NOT_CONTAINS", "IN", "NOT_IN",
    )  # fmt: skip
    choices = " | ".join(f'"{one}"' for one in ten)
    message = f'Invalid type: Expected ({choices}) but received "BETWEEN"'
    details = [{"field": "rules.0.operator", "message": message}]
    invalid = {"error": "Validation failed", "details": details}
    for switches, expected in (({}, 200), ({"rule_operators": 13}, 200), ({"rule_operators": 10}, 400)):
        one = world("fanfare", **switches)
        body = {"name": "A", "type": "DYNAMIC"}
        status, reply = fanfare(one, "POST", "/audiences", body | {"rules": [late]})
        assert status == expected
        assert expected == 200 or reply == invalid
        _status, audience = fanfare(one, "POST", "/audiences", body | {"rules": [early]})
        path = f"/audiences/{audience['id']}/rules"
        assert fanfare(one, "POST", path, [late])[0] == expected
        rule = f"{path}/{audience['rules'][0]['id']}"
        assert fanfare(one, "PUT", rule, {"operator": "BETWEEN", "values": [1, 2]})[0] == expected


def test_fanfare_changed_consumers_join_at_once_or_after_a_refresh() -> None:
    rule = {"field": "metadata.vip", "operator": "EQUALS", "values": [True]}
    for switches, is_at_once in (
        ({}, True),
        ({"membership_updates": "at_once"}, True),
        ({"membership_updates": "after_refresh"}, False),
    ):
        one = world("fanfare", **switches)
        body = {"name": "A", "type": "DYNAMIC", "rules": [rule]}
        id = fanfare(one, "POST", "/audiences", body)[1]["id"]
        untouched = fanfare(one, "POST", "/audiences", body | {"rules": []})[1]["id"]
        one.wait(60)
        refreshed = fanfare(one, "GET", f"/audiences/{id}/status")[1]["lastRefreshedAt"]
        sent = [{"metadata": {"vip": True}}, {"metadata": {"vip": True}}, {}]
        created = fanfare(one, "POST", "/consumers/batch", sent)[1]
        for expected, change in ((2, None), (1, {"metadata": None})):
            if change:
                fanfare(one, "PUT", f"/consumers/{created[0]['id']}", change)
            before = expected if is_at_once else 0 if change is None else 2
            assert fanfare(one, "GET", f"/audiences/{id}/count")[1]["count"] == before
            status = fanfare(one, "GET", f"/audiences/{id}/status")[1]
            assert (status["inProgress"], status["lastRefreshedAt"]) == (not is_at_once, refreshed)
            one.wait(2)
            assert fanfare(one, "GET", f"/audiences/{id}/count")[1]["count"] == expected
            status = fanfare(one, "GET", f"/audiences/{id}/status")[1]
            assert (status["inProgress"], status["lastRefreshedAt"] == refreshed) == (False, is_at_once)
            refreshed = status["lastRefreshedAt"]
        assert not fanfare(one, "GET", f"/audiences/{untouched}/status")[1]["inProgress"]


@pytest.mark.parametrize("vendor", [name for name, one in Vendors().items() if one.contract.switches])
def test_every_switch_is_tried_here(vendor: str) -> None:
    tests = Path(__file__).read_text(encoding="utf-8").split("def test_")
    of_vendor = "".join(test for test in tests if test.startswith(vendor))
    switches = Vendors()[vendor].contract.switches
    assert [name for name in switches if not re.search(rf"\b{name}(=|\")", of_vendor)] == []
