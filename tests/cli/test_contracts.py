"""`--format` of `lint`, `routes` and `contract`."""

import json

import pytest

from mockserver.cli import main
from mockserver.contract.lint.document_walker import Diagnostic


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main([*words])
    captured = capsys.readouterr()
    return int(end.value.code or 0), captured.out, captured.err


def test_lint_as_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(capsys, "lint", "digitalaudience", "--format", "json") == (0, "[]\n", "")
    found = [Diagnostic("ortto/openapi.yaml#/x", "is wrong", "mend it")]
    monkeypatch.setattr("mockserver.verify.vendor_lint.lint_vendor", lambda _name, overlays: found)
    code, out, _err = printed(capsys, "lint", "ortto", "--format", "json")
    where, what, fix = found[0].where, found[0].what, found[0].fix
    assert (code, json.loads(out)) == (1, [{"vendor": "ortto", "where": where, "what": what, "fix": fix}])


def test_routes_as_text_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    _code, out, _err = printed(capsys, "routes", "ortto", "--format", "text")
    assert out.splitlines()[0].split() == ["vendor", "method", "path", "operation", "tier", "summary"]
    _code, out, _err = printed(capsys, "routes", "ortto", "--format", "json")
    assert {one["vendor"] for one in json.loads(out)} == {"ortto"}


def test_provenance_as_text_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    _code, out, _err = printed(capsys, "contract", "ortto", "--provenance", "--format", "text")
    assert out.splitlines()[0].split()[:3] == ["kind", "name", "source"]
    _code, out, _err = printed(capsys, "contract", "ortto", "--provenance", "--format", "json")
    assert json.loads(out)[0]["kind"]
    for words in (("--format", "text"), ("--provenance", "--format", "yaml")):
        code, _out, err = printed(capsys, "contract", "ortto", *words)
        assert code == 2
        assert "does not apply here; choose " in err
