"""The CA and the proxy for the command of `mockserver run`, ecosystem by ecosystem."""

import os
import ssl
from pathlib import Path

import pytest

from mockserver.cli.child_environment import trust_variables
from mockserver.server.certificates import LocalAuthority

OWN = {
    "NODE_OPTIONS": "--max-old-space-size=100",
    "JAVA_TOOL_OPTIONS": "-Dmine=1",
    "PYTHONPATH": "/mine",
    "PHP_INI_SCAN_DIR": "/mine",
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    return LocalAuthority.open(tmp_path_factory.mktemp("data"))


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in OWN:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.usefixtures("clean")
def test_each_ecosystem_has_the_ca(authority: LocalAuthority, tmp_path: Path) -> None:
    found = trust_variables(authority, tmp_path, 4711, ["x"], [])
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert Path(found[name]).read_bytes() == authority.certificate, name
    assert "GIT_SSL_CAINFO" not in found
    assert found["NODE_OPTIONS"] == f'--require "{tmp_path}/node_preload.cjs"'
    assert '"port": 4711' in (tmp_path / "node_preload.cjs").read_text()
    usual, own = found["PHP_INI_SCAN_DIR"].split(os.pathsep)
    assert usual == "", "stands for the usual folder, with the extensions"
    lines = (Path(own) / "mockserver.ini").read_text().splitlines()
    assert lines == [f"{key}={tmp_path}/ca.pem" for key in ("openssl.cafile", "curl.cainfo")]
    options = dict(one.removeprefix("-D").split("=") for one in found["JAVA_TOOL_OPTIONS"].split())
    store = Path(options["javax.net.ssl.trustStore"])
    assert store.is_file()
    for scheme in ("http", "https"):
        assert (options[f"{scheme}.proxyHost"], options[f"{scheme}.proxyPort"]) == ("127.0.0.1", "4711")


def test_what_the_user_has_set_is_kept(
    authority: LocalAuthority, tmp_path: Path, clean: pytest.MonkeyPatch
) -> None:
    for name, value in OWN.items():
        clean.setenv(name, value)
    found = trust_variables(authority, tmp_path, 4711, ["x"], [])
    for name, value in OWN.items():
        words = found[name].replace(os.pathsep, " ").split()
        assert value in words, name
        assert len(words) > 1, name


@pytest.mark.usefixtures("clean")
def test_with_passed_hosts_the_systems_ca_count_too(authority: LocalAuthority, tmp_path: Path) -> None:
    found = trust_variables(authority, tmp_path, 4711, [], ["db.example.com"])
    assert Path(found["SSL_CERT_FILE"]).read_bytes().startswith(authority.certificate)
    count = Path(found["SSL_CERT_FILE"]).read_text().count("BEGIN CERTIFICATE")
    assert count == 1 + len(ssl.create_default_context().get_ca_certs())
    assert count > 1, "this machine has no certificates: install ca-certificates"
