"""What could not be carried out is exit code 2, and is never a finding nor in a baseline."""

import json
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mockserver import vendors
from mockserver.cli import main
from mockserver.client import Control
from mockserver.verify import baseline
from mockserver.verify.finding import Finding
from mockserver.verify.http_client import Request, Response
from mockserver.verify.obstacles import Judge, judge
from mockserver.verify.result import Case, HttpExchange, VerificationResult
from mockserver.verify.transport_failure import explain_failure
from tests.live_server import served
from tests.read_vendors import read_vendor
from tests.verify.adversary import adversary, sends
from tests.verify.broken import MutableResponse, broken

Typed = tuple[int, str, str]
Type = Callable[..., Typed]
STORIES = ("--phase", "stories", "--rate", "1000")
KEY = ("--credential", "api_key=PRK-mockserver")


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Type:
    def run(*words: str) -> Typed:
        with pytest.raises(SystemExit) as end:
            main([*words])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def credentials(pairs: dict[str, str]) -> tuple[str, ...]:
    return tuple(word for name, text in pairs.items() for word in ("--credential", f"{name}={text}"))


@pytest.mark.parametrize("vendor", vendors.names())
def test_wrong_credentials(typed: Type, vendor: str, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    with served() as url:
        right = Control(url).world().credentials(vendor)
        wrong = credentials({name: f"{text[:-4]}ffff" for name, text in right.items()})
        live = ("--url", f"{url}/{vendor}", *wrong)
        accept = ("--baseline", str(known), "--accept")
        code, out, err = typed("verify", vendor, *STORIES, *live, "--writes", *accept)
    assert (code, len(err.splitlines())) == (2, 1), out + err
    assert "was rejected, as was every call with this credential (status 401)" in err
    assert err.rstrip().endswith(f"correct the credentials, or the path of --url; {known} was not written")
    assert "new: " not in out
    assert not known.exists()


@pytest.mark.parametrize("vendor", vendors.names())
@pytest.mark.parametrize("path", ["{vendor}/v9", "nowhere", "_mock/nowhere"])
def test_wrong_base_path(typed: Type, vendor: str, path: str) -> None:
    with served() as url:
        keys = credentials(Control(url).world().credentials(vendor))
        live = ("--url", f"{url}/{path.format(vendor=vendor)}", *keys, "--writes")
        code, out, err = typed("verify", vendor, *STORIES, *live)
    assert (code, len(err.splitlines())) == (2, 1), out + err
    assert "the path of --url" in err or "correct --url" in err
    assert " carried out" in err
    assert "new: " not in out


def test_one_rejected_credential_of_two() -> None:
    """What the accepted credential finds is a finding; what the rejected one was to find is not."""
    judging = Judge(read_vendor("ortto").contract)
    rejected = judging.add(exchanged("a", 401, "publishable"))
    found = judging.add(exchanged("b", 401, "secret"))
    assert (rejected.findings, found.findings) == ((), ())
    judging.add(exchanged("c", 200, "secret"))
    verdicts = judging.verdicts()
    assert [len(case.findings) for case in verdicts] == [0, 1, 1]
    assert [case.obstacle is None for case in verdicts] == [False, True, True]


def test_a_redirect_accepts_no_credential() -> None:
    """A service that redirects has not checked the key; it rejects the calls that follow."""
    judging = Judge(read_vendor("ortto").contract)
    for name, status in (("moved", 302), ("first", 401), ("second", 401)):
        judging.add(exchanged(name, status, "secret"))
    judged = judging.verdicts()
    assert [len(case.findings) for case in judged] == [0, 0, 0]
    assert ["as was every call with this credential" in str(case.obstacle) for case in judged] == [
        *(False, True, True)
    ]


def test_a_case_is_reported_when_no_later_one_can_change_its_verdict() -> None:
    """A line that said "not carried out" stood above a summary that counted the case as carried out."""
    contract, result = read_vendor("ortto").contract, VerificationResult("ortto", "http://x")
    sent: list[str] = []

    def cases() -> Iterator[Case]:
        for name, status, credential in [
            ("limited", 429, "secret"),
            ("early", 401, "secret"),
            ("good", 200, "secret"),
            ("rejected", 401, "publishable"),
        ]:
            sent.append(name)
            yield exchanged(name, status, credential)

    seen = [(case.name, case.obstacle is None, sent[-1]) for case in judge(cases(), contract, result)]
    assert seen == [
        ("limited", False, "limited"),
        ("early", True, "good"),
        ("good", True, "good"),
        ("rejected", False, "rejected"),
    ]
    assert [(case.name, case.obstacle is None) for case in result.cases] == [one[:2] for one in seen]


def exchanged(story: str, status: int, credential: str) -> Case:
    """A case with one flawed exchange."""
    finding = Finding("stories", "criterion", "get_tags", f"{story}/step", "x")
    response = Response(status, {"content-type": "application/json"}, b"[]")
    request = Request("POST", "http://x/v1/tags/get")
    exchange = HttpExchange("get_tags", request, response, finding.place, flawed=True, credential=credential)
    return Case("stories", story, (finding,), (exchange,))


def test_rejection_of_one_operation_is_a_finding(typed: Type) -> None:
    def forbid(response: MutableResponse) -> None:
        if response.operation == "get_tags":
            response.status = 403

    with broken("ortto", forbid) as url:
        code, out, _err = typed("verify", "ortto", *STORIES, "--control", url)
    assert code == 1
    assert "get_tags" in out
    assert "not carried out" not in out


def test_unknown_path_of_one_operation_is_a_finding(typed: Type) -> None:
    def lose(response: MutableResponse) -> None:
        if response.operation == "get_tags":
            response.status, response.body = 404, {"no": "route"}

    with broken("ortto", lose) as url:
        code, out, _err = typed("verify", "ortto", *STORIES, "--control", url)
    assert code == 1, out
    assert "new: stories " in out


def test_rate_limited_call_is_no_finding(typed: Type) -> None:
    with served() as url:
        Control(url).world().faults.add("ortto", "get_tags", "rate_limited", times=None)
        code, out, err = typed("verify", "ortto", *STORIES, "--url", f"{url}/ortto", *KEY)
    assert code == 2
    assert "is rate limited (status 429); wait, or pass a lower --rate" in err
    assert "was verified only in part" in err
    assert "new: " not in out


def test_service_that_dies_half_way(typed: Type, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    known.write_text('{"accepted": []}')
    report = {form: tmp_path / f"report.{form}" for form in ("json", "junit", "html")}
    words = [word for form, path in report.items() for word in ("--report", f"{form}={path}")]
    with served() as url:
        Control(url).world().faults.add("ortto", None, "drop_before", after=3, times=None)
        live = ("--url", f"{url}/ortto", *KEY, "--baseline", str(known), "--accept")
        code, out, err = typed("verify", "ortto", *STORIES, *live, *words)
    assert code == 2
    assert err.startswith("mockserver: ortto was verified only in part (1 of ")
    assert "the connection was closed before the reply was complete" in err
    assert "not carried out: stories " in out
    assert " not carried out, " in out.splitlines()[-1]
    assert known.read_text() == '{"accepted": []}'
    document = json.loads(report["json"].read_text())
    assert (document["complete"], document["findings"]) == (False, [])
    assert any(one["obstacle"] for one in document["cases"])
    assert "<error message=" in report["junit"].read_text()
    assert "errors='0'" not in report["junit"].read_text()
    assert "was closed before the reply" in report["html"].read_text()


def test_incomplete_run_does_not_report_accepted_findings_as_gone(typed: Type, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    baseline.write_baseline(known, [Finding("stories", "schema", "get_tags", "a/b", "x")])
    words = ("--url", "http://127.0.0.1:9", *KEY, "--baseline", str(known))
    code, out, _err = typed("verify", "ortto", *STORIES, *words)
    assert code == 2
    assert "no longer found" not in out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--phase", "stories", "--story", "permission_moves_people"), "phase stories: all 1 skipped"),
        (("--phase", "lint"), "phase lint: all 1 skipped"),
    ],
)
def test_nothing_to_carry_out(
    typed: Type, words: tuple[str, ...], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_given: object) -> Any:
        raise ImportError("openapi-spec-validator is not installed; pip install it")

    monkeypatch.setattr("mockserver.verify.runner.lint_vendor", missing)
    with served() as url:
        code, out, err = typed("verify", "ortto", "--url", f"{url}/ortto", *KEY, *words)
    assert code == 2, out
    assert reason in err


def test_unknown_host(typed: Type) -> None:
    code, _out, err = typed("verify", "ortto", *STORIES, "--url", "http://nowhere.invalid", *KEY)
    assert code == 2
    assert "the host name nowhere.invalid cannot be resolved); correct --url, or check the DNS" in err


def test_tls_to_a_port_without_tls(typed: Type) -> None:
    with adversary(sends(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as url:
        code, _out, err = typed("verify", "ortto", *STORIES, "--url", url.replace("http:", "https:"), *KEY)
    assert code == 2
    assert "got no reply (TLS failed: " in err
    assert "check whether --url is https:// or http://" in err


def test_untrusted_certificate_is_explained() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    problem, fix = explain_failure(error, "https://x.example/a", 30)
    assert problem == "TLS certificate not trusted: self-signed certificate"
    assert "SSL_CERT_FILE" in fix


def test_credential_that_no_header_can_carry_is_not_shown(typed: Type) -> None:
    with served() as url:
        live = ("--url", f"{url}/ortto", "--credential", "api_key=PRK-\nsecret")
        code, out, err = typed("verify", "ortto", *STORIES, *live)
    assert code == 2
    assert "a header is not valid in HTTP); correct the credentials" in err
    assert "secret" not in out + err


def test_time_limit_of_the_run(typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 100_000, 7))
    # Only the client's clock: the server in this process has an event loop that needs the real one.
    fast = SimpleNamespace(monotonic=lambda: float(next(clock)), time=time.time, sleep=time.sleep)
    for module in ("http_client", "bounded_socket"):
        monkeypatch.setattr(f"mockserver.verify.{module}.time", fast)
    with served() as url:
        live = ("--url", f"{url}/ortto", *KEY, "--time-limit", "60s", "--timeout", "1h")
        code, _out, err = typed("verify", "ortto", *STORIES, *live)
    assert code == 2
    assert "the run takes longer than 60 s; raise --time-limit" in err


def test_file_that_is_no_baseline_is_not_overwritten(typed: Type, tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text("[project]\n")
    code, out, err = typed("verify", "ortto", "--phase", "lint", "--baseline", str(file), "--accept")
    assert (code, out) == (2, "")
    assert err == f"mockserver: {file} is not a baseline; name another file\n"
    assert file.read_text() == "[project]\n"


def test_baseline_in_a_missing_folder(typed: Type) -> None:
    words = ("--story", "wrong_key", "--baseline", "/nowhere/known.json", "--accept")
    code, _out, err = typed("verify", "ortto", *STORIES, *words)
    assert code == 2
    assert err.count("\n") == 1
    assert "/nowhere/known.json cannot be written" in err


@pytest.mark.parametrize("url", ["http://x:99999", "http://[x", "http://x:0", "http:///x", "ftp://x"])
def test_invalid_base_url(typed: Type, url: str) -> None:
    for words in (("verify", "ortto", "--url", url), ("diff", "ortto", "--url", url)):
        code, _out, err = typed(*words, *KEY)
        assert code == 2
        assert err.startswith(f"mockserver: invalid base URL '{url}'; write it like ")
