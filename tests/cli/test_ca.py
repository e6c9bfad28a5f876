"""`mockserver ca`, and `serve --tls` whose certificates it stands for."""

import re
import ssl
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.cli import main
from tests.processes import Served


@pytest.fixture(autouse=True)
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main([*arguments])
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_the_path_is_of_the_certificate(capsys: pytest.CaptureFixture[str], data_home: Path) -> None:
    path = Path(printed(capsys, "ca").strip())
    assert path == data_home / "audience-mockserver" / "ca.pem"
    assert printed(capsys, "ca", "--pem") == path.read_text()
    assert ssl.create_default_context(cadata=path.read_text()).get_ca_certs()


def test_the_hint_is_a_script_for_a_shell(capsys: pytest.CaptureFixture[str], data_home: Path) -> None:
    hint = printed(capsys, "ca", "--install-hint")
    path = str(data_home / "audience-mockserver" / "ca.pem")
    exports = "\n".join(line for line in hint.splitlines() if line.startswith(("export ", "JAVA_")))
    shown = subprocess.run(
        ["bash", "-ec", f"{exports}; env"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin"},
    ).stdout
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert f"{name}={path}\n" in shown
    assert re.search(r"JAVA_TOOL_OPTIONS=\S+ \S+$", shown, re.MULTILINE)


def test_workers_serve_https_on_the_port_of_http(serve: Callable[..., Served], data_home: Path) -> None:
    store = f"sqlite:///{data_home}/worlds.db"
    server = serve("--tls", "--workers", "2", "--store", store, "--vendor", "ortto")
    secure = server.url.replace("http", "https", 1)
    assert f"https    {secure}/ " in server.printed
    context = ssl.create_default_context(cafile=str(data_home / "audience-mockserver" / "ca.pem"))
    for url in (f"{secure}/_mock/health", f"{server.url}/_mock/health"):
        with urllib.request.urlopen(url, timeout=20, context=context if "https" in url else None) as reply:  # noqa: S310
            assert reply.status == 200


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--tls-cert", "FILE"], r"cannot use .*FILE for TLS \(.*\); pass a PEM file .*"),
        (["--tls-key", "FILE"], r"--tls-key is the key of a certificate; pass --tls-cert with it"),
    ],
)
def test_unusable_files_are_one_line(
    options: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "FILE"
    file.write_text("junk")
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "0", *(str(file) if one == "FILE" else one for one in options)])
    assert ended.value.code == 2
    assert re.fullmatch(f"mockserver: {line}\n", capsys.readouterr().err)
