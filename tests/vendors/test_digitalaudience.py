"""DigitalAudience: sessions, the envelope, path aliases, and every problem of every operation."""

from typing import Any

import pytest
import requests

from mockserver.client import World
from mockserver.errors import ControlError
from tests.examples import one_in
from tests.read_vendors import read_vendor
from tests.vendors.digitalaudience import ACTIVATION, UNKNOWN_ID, DigitalAudience, parse_failure

CONTRACT = read_vendor("digitalaudience").contract
UNREACHABLE = {"internal_error"}
"""Problems that only a fault returns."""

VALID_CALLS: dict[str, tuple[str, dict[str, Any] | None]] = {
    "login": ("/account/login", {}),
    "logout": ("/account/logout", None),
    "create_campaign": ("/campaign/createcampaign", {"name": "api_camp"}),
    "list_campaigns": ("/campaign/loadcampaigns", None),
    "get_campaign": ("/campaign/loadcampaignbyid/{campaign}", None),
    "list_platform_accounts": ("/organisation/loadplatformaccounts", None),
    "create_crm_audience": ("/audience/createcrmaudience", {"name": "People", "campaignId": "campaign"}),
    "update_audience": ("/audience/update", {"id": "audience", "name": "Renamed"}),
    "activate_audience": (
        "/audience/activate",
        {"audienceId": "audience", "accountId": "account", **ACTIVATION},
    ),
    "get_audience": ("/audience/loadaudiencebyid/{audience}", None),
    "list_audiences": ("/audience/loadaudiences", None),
    "delete_audience": ("/audience/delete", {"audienceId": "audience"}),
    "delete_audience_by_path": ("/audience/delete/{audience}", None),
    "list_segments": ("/segment/loadsegmentsbyaudienceid/{audience}", None),
    "get_segment": ("/segment/loadsegmentbyid/{segment}", None),
    "update_segment": ("/segment/update", {"id": "segment", "name": "Renamed"}),
    "extend_segment": ("/segment/extendenddate", {"id": "segment", "endDate": "2026-06-30"}),
    "delete_segment": ("/segment/delete?segmentId={segment}", None),
    "update_campaign": ("/campaign/update", {"id": "campaign", "name": "Renamed"}),
    "delete_campaign": ("/campaign/delete?campaignId={empty_campaign}", None),
}
UNKNOWN_IDS = {
    "audience_not_found": "audience",
    "campaign_not_found": "campaign",
    "segment_not_found": "segment",
}
UNKNOWN_IDS["account_not_found"] = "account"
MESSAGES = {
    "body_malformed": (400, "Request body is not valid JSON"),
    "end_not_after_start": (400, "endDate must be after startDate"),
    "campaign_has_audiences": (400, "Campaign {campaign} has audiences"),
    "ids_differ": (400, "audienceId and id must be the same"),
    "credentials_wrong": (401, "Invalid user name or password"),
    "not_authenticated": (401, "Not authenticated"),
    "route_not_found": (404, "No such route"),
    "media_type_unsupported": (415, "Unsupported media type"),
    "audience_not_found": (404, f"Audience {UNKNOWN_ID} not found"),
    "campaign_not_found": (404, f"Campaign {UNKNOWN_ID} not found"),
    "account_not_found": (404, f"Account {UNKNOWN_ID} not found"),
    "segment_not_found": (404, f"Segment {UNKNOWN_ID} not found"),
}


@pytest.fixture
def vendor(mockserver: World) -> DigitalAudience:
    return DigitalAudience(mockserver)


class Caller:
    """Valid calls of every operation, and calls that return a given problem."""

    def __init__(self, vendor: DigitalAudience) -> None:
        self.vendor = vendor
        audience = vendor.create()
        self.ids = {"audience": audience["id"], "campaign": audience["campaignId"]}
        self.ids["account"] = vendor.account()
        self.ids["empty_campaign"] = vendor.campaign("Empty")
        self.ids["segment"] = vendor.activate(audience["id"])["segmentId"]

    def valid_call(self, operation: str, **ids: Any) -> tuple[str, str, dict[str, Any] | None]:
        path, body = VALID_CALLS[operation]
        ids = {**self.ids, **ids}
        if operation == "login":
            body = self.vendor.user
        elif body is not None:
            body = {name: ids.get(value, value) for name, value in body.items()}
        return CONTRACT.operations[operation].method, path.format(**ids), body

    def provoke(self, operation: str, problem: str) -> requests.Response:
        method, path, body = self.valid_call(operation)
        send, url = self.vendor.request, self.vendor.url
        if problem in UNKNOWN_IDS:
            ids = {UNKNOWN_IDS[problem]: UNKNOWN_ID, "empty_campaign": UNKNOWN_ID}
            return send(*self.valid_call(operation, **ids))
        if problem == "campaign_has_audiences":
            return send(*self.valid_call(operation, empty_campaign=self.ids["campaign"]))
        if problem == "not_authenticated":
            return requests.request(method, url + path, json=body, timeout=30)
        if problem == "route_not_found":
            return send(*self.valid_call(operation, audience="x", campaign="x", segment="1.5"))
        if problem == "media_type_unsupported":
            return send(method, path, body, headers={"Content-Type": "text/plain"})
        if problem == "body_malformed":
            headers = {"Content-Type": "application/json"}
            return self.vendor.session.request(method, url + path, data=b"{", headers=headers, timeout=30)
        if "?" in path:  # the id is in the query alone
            return send(
                method,
                path.partition("=")[0] + "=x" if problem == "field_invalid" else path.partition("?")[0],
            )
        return send(method, path, self._invalid_body(problem, body or {}))

    @staticmethod
    def _invalid_body(problem: str, body: dict[str, Any]) -> dict[str, Any]:
        first = next(iter(body))
        changes: dict[str, dict[str, Any]] = {
            "field_required": {first: None},
            "field_invalid": {first: [1]},
            "end_not_after_start": {"endDate": "2000-01-01", "startDate": "2026-01-01"},
            "ids_differ": {"id": 1},
            "credentials_wrong": {"password": "wrong"},
        }
        return {**body, **changes[problem]}


@pytest.mark.parametrize("operation", sorted(VALID_CALLS))
def test_every_operation_answers(vendor: DigitalAudience, operation: str) -> None:
    vendor.send(*Caller(vendor).valid_call(operation))
    assert vendor.world.journal(operation=operation)[-1]["reply"]["status"] == 200


@pytest.mark.parametrize(
    ("operation", "style"),
    [
        *((operation, "mirrored") for operation in sorted(VALID_CALLS)),
        *one_in(5, [(operation, "always_200") for operation in sorted(VALID_CALLS)]),
    ],
)
def test_every_problem_is_returned(vendor: DigitalAudience, operation: str, style: str) -> None:
    caller = Caller(vendor)
    vendor.backstage("set_error_style", http_status=style)
    for name in CONTRACT.operations[operation].problems.keys() - UNREACHABLE:
        reply = caller.provoke(operation, name)
        status, message = parse_failure(reply)
        _method, path, body = caller.valid_call(operation)
        field = next(iter(body or {}), path.partition("?")[2].partition("=")[0])
        expected = {
            **MESSAGES,
            "field_required": (400, f"{field} is required"),
            "field_invalid": (400, f"{field} is invalid"),
        }
        assert (status, message.replace(str(caller.ids["campaign"]), "{campaign}")) == expected[name]
        assert reply.status_code == (status if style == "mirrored" else 200)
        exchange = vendor.world.journal(vendor="digitalaudience")[-1]
        assert (exchange["operation"], exchange["problem"]) == (operation, name)
    assert vendor.load(caller.ids["audience"])["name"] == "People", "a rejected call changed something"


def test_all_problems_are_covered() -> None:
    operations = CONTRACT.operations.copy()
    bucket = operations.pop("put_file")  # test_digitalaudience_uploads.py
    met = {name for one in operations.values() for name in one.problems}
    assert set(CONTRACT.problems) == {*met, *bucket.problems, "method_not_allowed"}
    assert met == {*MESSAGES, "field_required", "field_invalid", *UNREACHABLE}
    assert set(VALID_CALLS) == set(operations)


def test_undocumented_429_has_the_envelope(vendor: DigitalAudience) -> None:
    vendor.world.faults.add("digitalaudience", "list_audiences", "rate_limited", retry_after=9)
    reply = vendor.request("GET", "/audience/loadaudiences")
    assert parse_failure(reply) == (429, "Too Many Requests")
    assert reply.headers["Retry-After"] == "9"


@pytest.mark.mockserver(strict=False)
@pytest.mark.parametrize("style", ["mirrored", "always_200"])
def test_unknown_paths_and_methods_have_the_envelope(vendor: DigitalAudience, style: str) -> None:
    vendor.backstage("set_error_style", http_status=style)
    unknown = vendor.request("GET", "/audience/loadeverything")
    wrong_method = vendor.request("PATCH", "/audience/update", {})
    assert parse_failure(unknown) == (404, "No such route")
    assert parse_failure(wrong_method) == (405, "Method not allowed")
    assert wrong_method.headers["Allow"] == "POST"
    statuses = [unknown.status_code, wrong_method.status_code]
    assert statuses == ([404, 405] if style == "mirrored" else [200, 200])


ROUTES = [
    ("GET", "/audience/loadeverything", 404, None),
    ("GET", "/audience/loadaudiencebyid/x", 404, None),
    ("DELETE", "/audience/delete/1.5", 404, None),
    ("PATCH", "/audience/update", 405, "POST"),
    ("POST", "/audience/loadaudiencebyid/1", 405, "GET"),
    ("POST", "/audience/update", 401, None),
    ("GET", "/audience/loadaudiencebyid/1", 401, None),
]


@pytest.mark.mockserver(strict=False)
@pytest.mark.parametrize(("method", "path", "status", "allow"), ROUTES)
def test_a_call_is_routed_before_its_session_is_checked(
    vendor: DigitalAudience, method: str, path: str, status: int, allow: str | None
) -> None:
    reply = requests.request(method, vendor.url + path, json={}, timeout=30)
    assert parse_failure(reply)[0] == reply.status_code == status
    assert reply.headers.get("Allow") == allow


def test_names_count_in_any_case(vendor: DigitalAudience) -> None:
    login = {"UserName": vendor.user["userName"], "PASSWORD": vendor.user["password"]}
    assert vendor.send("POST", "/account/login", login) is True
    entry = vendor.world.journal(operation="login")[-1]["call"]
    assert vendor.user["password"] not in entry["body"]
    campaign = vendor.send("POST", "/campaign/createcampaign", {"Name": "wrong", "name": "Cased"})
    assert campaign["name"] == "Cased"
    body = {"Name": "Cased", "CampaignId": campaign["id"], "DESCRIPTION": "one", "Description": "two"}
    made = vendor.send("POST", "/audience/createcrmaudience", body)
    assert list(made)[:3] == ["userId", "description", "campaignId"]
    assert vendor.load(made["id"])["description"] == "two"
    activation = {name[0].upper() + name[1:]: value for name, value in ACTIVATION.items()}
    ids = {"AudienceId": made["id"], "ACCOUNTID": vendor.account()}
    assert vendor.send("POST", "/audience/activate", {**activation, **ids})["segmentId"]
    assert len(vendor.segments(made["id"])) == 1
    assert vendor.send("DELETE", f"/audience/delete?AudienceId={made['id']}") is True
    assert vendor.failure("GET", f"/audience/loadaudiencebyid/{made['id']}")[0] == 404
    other = vendor.create()["id"]
    assert vendor.send("DELETE", "/audience/delete", {"AUDIENCEID": other}) is True


def test_a_login_in_any_case_finds_its_world(vendor: DigitalAudience) -> None:
    root = vendor.url.partition("/w/")[0]
    login = {"USERNAME": vendor.user["userName"], "Password": vendor.user["password"]}
    assert requests.post(f"{root}/digitalaudience/account/login", json=login, timeout=30).ok


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/audience/createcrmaudience", {}, "name is required"),
        ("/audience/createcrmaudience", {"campaignId": "x"}, "name is required"),
        ("/audience/createcrmaudience", {"description": 1, "name": "x"}, "description is invalid"),
        ("/audience/update", {}, "id is required"),
        ("/audience/update", {"name": 1}, "id is required"),
        ("/audience/activate", {"endDate": 1}, "audienceId is required"),
        (
            "/audience/activate",
            {"audienceId": 1, "accountId": 1, "name": "x", "endDate": 1},
            "description is required",
        ),
        ("/account/login", {"password": ""}, "userName is required"),
    ],
)
def test_the_field_that_is_documented_first_is_named(
    vendor: DigitalAudience, path: str, body: dict[str, Any], field: str
) -> None:
    assert vendor.failure("POST", path, body) == (400, field)


def test_login_sets_the_session_cookie(vendor: DigitalAudience) -> None:
    reply = requests.post(f"{vendor.url}/account/login", json=vendor.user, timeout=30)
    cookie, *attributes = reply.headers["Set-Cookie"].split("; ")
    name, _, value = cookie.partition("=")
    assert (name, attributes) == ("digitalAudience", ["Path=/", "HttpOnly", "SameSite=Lax"])
    assert len(value) >= 32
    assert reply.json() == {"data": True, "status": {"statusCode": 0, "message": None}, "success": True}


def test_failed_login_sets_no_cookie(vendor: DigitalAudience) -> None:
    for user in ({**vendor.user, "password": "wrong"}, {"userName": "nobody", "password": "x"}):
        reply = requests.post(f"{vendor.url}/account/login", json=user, timeout=30)
        assert reply.status_code == 401
        assert reply.json()["data"] is False
        assert "Set-Cookie" not in reply.headers


def test_session_expires_after_an_idle_hour(vendor: DigitalAudience) -> None:
    vendor.world.clock.freeze()
    vendor.login()
    for _ in range(3):
        vendor.world.clock.advance(minutes=59)
        vendor.audiences()
    vendor.world.clock.advance(minutes=61)
    assert vendor.failure("GET", "/audience/loadaudiences") == (401, "Not authenticated")
    vendor.login()
    vendor.audiences()


def test_session_lifetime_can_be_set(vendor: DigitalAudience) -> None:
    vendor.world.clock.freeze()
    assert vendor.backstage("set_session_lifetime", minutes=5) == {"minutes": 5}
    vendor.login()
    vendor.world.clock.advance(minutes=6)
    assert vendor.failure("GET", "/audience/loadaudiences")[0] == 401
    assert vendor.backstage("set_session_lifetime", minutes=None) == {"minutes": None}
    vendor.login()
    vendor.world.clock.advance(days=400)
    vendor.audiences()


def test_sessions_are_independent(vendor: DigitalAudience) -> None:
    first = str(vendor.session.cookies["digitalAudience"])
    second = vendor.login()
    assert first != second
    assert vendor.send("POST", "/account/logout") is True

    def status(cookie: str) -> int:
        headers = {"Cookie": f"other=1; digitalAudience={cookie}"}
        return requests.get(f"{vendor.url}/audience/loadaudiences", headers=headers, timeout=30).status_code

    assert (status(first), status(second), status("123"), status("")) == (200, 401, 401, 401)
    vendor.world.reset()
    assert status(first) == 401


def test_session_selects_its_world(vendor: DigitalAudience) -> None:
    made = vendor.campaign("only here")
    root = vendor.url.partition("/w/")[0]
    url = f"{root}/digitalaudience/campaign/loadcampaignbyid/{made}"
    cookies = {"digitalAudience": str(vendor.session.cookies["digitalAudience"])}
    assert requests.get(url, cookies=cookies, timeout=30).json()["data"]["name"] == "only here"


def test_user_name_selects_the_world_at_login(vendor: DigitalAudience) -> None:
    root = vendor.url.partition("/w/")[0]
    session = requests.Session()
    assert session.post(f"{root}/digitalaudience/account/login", json=vendor.user, timeout=30).ok
    made = vendor.campaign("only here")
    url = f"{root}/digitalaudience/campaign/loadcampaignbyid/{made}"
    assert session.get(url, timeout=30).json()["data"]["name"] == "only here"


@pytest.mark.parametrize(
    "path",
    [
        "/audience/createcrmaudience",
        "/audience/create/api/audience/createcrmaudience",
        "/api/audience/createcrmaudience",
        "/Audience/CreateCRMAudience",
        "/API/Audience/createCrmAudience/",
    ],
)
def test_create_paths_are_equivalent(vendor: DigitalAudience, path: str) -> None:
    campaign = vendor.campaign()
    made = vendor.send("POST", path, {"name": "Aliased", "campaignId": str(campaign)})
    assert vendor.load(made["id"]) == made
    assert made["campaignId"] == campaign


def test_other_path_aliases_are_equivalent(vendor: DigitalAudience) -> None:
    made = vendor.send("POST", "/campaign/create", {"name": "aliased"})
    assert vendor.send("GET", f"/api/Campaign/loadCampaignById/{made['id']}") == made
    accounts = vendor.send("GET", "/organisation/loadplatformaccounts")
    assert vendor.send("GET", "/organistion/loadplatformaccounts") == accounts
    id = vendor.create()["id"]
    paths = ("/audience/loadaudiencebyid", "/api/audience/loadAudienceById", "/AUDIENCE/LOADAUDIENCEBYID")
    assert len({vendor.request("GET", f"{path}/{id}").text for path in paths}) == 1


@pytest.mark.parametrize("id", ["x", "1.5", "2147483648", "1e3", "%20"])
def test_non_integer_id_in_path_is_an_unknown_route(vendor: DigitalAudience, id: str) -> None:
    assert vendor.failure("GET", f"/audience/loadaudiencebyid/{id}") == (404, "No such route")


def test_organisations_are_isolated(vendor: DigitalAudience) -> None:
    audience = vendor.create()
    id, campaign, account = audience["id"], audience["campaignId"], vendor.account()
    segment = vendor.activate(id)["segmentId"]
    other = vendor.other_organisation()
    not_found = (404, f"Audience {id} not found")
    assert other.failure("GET", f"/audience/loadaudiencebyid/{id}") == not_found
    assert other.failure("POST", "/audience/update", {"id": id, "name": "Mine"}) == not_found
    assert other.failure("DELETE", f"/audience/delete?audienceId={id}") == not_found
    assert other.failure("GET", f"/segment/loadsegmentsbyaudienceid/{id}") == not_found
    assert other.failure("GET", f"/segment/loadsegmentbyid/{segment}")[0] == 404
    assert other.failure("GET", f"/campaign/loadcampaignbyid/{campaign}")[0] == 404
    body = {"name": "Mine", "campaignId": campaign}
    assert other.failure("POST", "/audience/createcrmaudience", body)[0] == 404
    own = other.create()["id"]
    activation = {"audienceId": own, "accountId": account, **ACTIVATION}
    assert other.failure("POST", "/audience/activate", activation) == (404, f"Account {account} not found")
    assert own not in [one["id"] for one in vendor.audiences()]
    assert id not in [one["id"] for one in other.audiences()]
    assert vendor.load(id)["name"] == "People"


def test_users_of_an_organisation_share_its_data(vendor: DigitalAudience) -> None:
    user = {"userName": "colleague@mockserver.test", "password": "secret"}
    added = vendor.backstage("add_user", **user)
    audience = vendor.create()
    colleague = DigitalAudience(vendor.world, user)
    assert colleague.load(audience["id"]) == audience
    assert colleague.create()["userId"] == added["userId"] != audience["userId"]
    with pytest.raises(ControlError) as caught:
        vendor.backstage("add_user", **user)
    assert caught.value.problem == "user_exists"


def test_platform_accounts_have_nullable_fields(vendor: DigitalAudience) -> None:
    accounts = vendor.send("GET", "/organisation/loadplatformaccounts")
    assert len({one["id"] for one in accounts}) == len(accounts) > 0
    assert {one["advertiserId"] is None for one in accounts} == {True, False}
    assert all(one["accessToken"] is None or "mock" in one["accessToken"].lower() for one in accounts)
