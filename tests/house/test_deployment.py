"""The pages and files for running the server in containers, tested without a container."""

import json
import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from mockserver.app import create_app
from mockserver.cli.serve import serve
from mockserver.contract.contract import Contract
from mockserver.paths import contracts
from mockserver.server.prometheus import Metrics
from tests.house.sources import ROOT
from tests.live_server import served
from tests.processes import PATIENCE

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
WITH_PROXY = yaml.safe_load((ROOT / "deploy" / "compose.proxy.yaml").read_text(encoding="utf-8"))["services"]
CONTAINERS = (ROOT / "docs" / "how-to" / "containers.md").read_text(encoding="utf-8")
NGINX = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "how-to" / "kubernetes.md").read_text(encoding="utf-8")
SHARING = (ROOT / "docs" / "how-to" / "share-a-server.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "reference" / "operations.md").read_text(encoding="utf-8")
MANIFESTS: list[dict[str, Any]] = list(
    yaml.safe_load_all(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
)
POD = next(one for one in MANIFESTS if one["kind"] == "Deployment")["spec"]["template"]["spec"]
CONTAINER = POD["containers"][0]
COMMANDS = {
    "Dockerfile": json.loads(re.findall(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)[0]),
    "compose.yaml": COMPOSE["services"]["one"]["command"],
    "kubernetes.md": CONTAINER["args"],
    "compose.proxy.yaml": WITH_PROXY["mockserver"]["command"],
} | {
    f"containers.md, {language}": shlex.split(words.translate(str.maketrans("[](),", "     ")))
    for language, words in re.findall(
        r"```(\w+)\n(?:(?!```).)*?[cC](?:ommand|md)\(([^\n]+)\)", CONTAINERS, re.DOTALL
    )
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_the_commands_are_valid(words: list[str]) -> None:
    assert words[0] == "serve"
    chosen = serve.make_context("serve", words[1:]).params
    assert chosen["host"] == ("0.0.0.0",), "other machines must reach it"  # noqa: S104


def test_the_image_has_what_the_commands_need() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for extra in re.findall(r"'\.\[([a-z,]+)\]'", DOCKERFILE)[0].split(","):
        assert re.search(rf"^{extra} = \[", project, re.MULTILINE)
    assert {"postgres", "metrics", "tls"} == set(re.findall(r"'\.\[([a-z,]+)\]'", DOCKERFILE)[0].split(","))


def test_the_image_is_built_from_what_the_wheel_needs() -> None:
    included = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    assert included == {"mockserver", "contracts", "fixtures", "pyproject.toml", "README.md", "LICENSE"}
    assert all((ROOT / name).exists() for name in included)


def test_the_server_does_not_run_as_root() -> None:
    (user,) = re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
    assert f"--uid {user} " in DOCKERFILE
    assert POD["securityContext"]["runAsUser"] == int(user)


def test_the_health_check_of_the_image() -> None:
    check = json.loads(re.findall(r"HEALTHCHECK .*?CMD (\[.+\])", DOCKERFILE)[0])
    assert check[:2] == ["mockserver", "wait"]
    with served() as url:
        given = {"http://127.0.0.1:4700": url, "8s": "0.2s"}
        words = [sys.executable, "-m", *(given.get(word, word) for word in check)]
        assert subprocess.run(words, check=False, timeout=20).returncode == 0
    assert subprocess.run(words, check=False, timeout=20, capture_output=True).returncode != 0, (
        "the server has stopped"
    )


def test_the_probes_need_no_token() -> None:
    operations = Contract.read(contracts() / "control" / "openapi.yaml").operations.values()
    free = {f"/_mock{one.path}": one.id for one in operations if not one.schemes}
    probes = {name: free[CONTAINER[name]["httpGet"]["path"]] for name in CONTAINER if name.endswith("Probe")}
    assert probes == {
        "startupProbe": "get_readiness",
        "readinessProbe": "get_readiness",
        "livenessProbe": "get_health",
    }


def test_the_parts_of_the_manifest_match() -> None:
    kinds = {one["kind"]: one for one in MANIFESTS}
    assert kinds.keys() == {"Secret", "Deployment", "Service"}
    labels = kinds["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert (
        kinds["Service"]["spec"]["selector"]
        == kinds["Deployment"]["spec"]["selector"]["matchLabels"]
        == labels
    )
    keys = [one["valueFrom"]["secretKeyRef"] for one in CONTAINER["env"]]
    assert {(one["name"], one["key"]) for one in keys} == {
        (kinds["Secret"]["metadata"]["name"], key) for key in kinds["Secret"]["stringData"]
    }
    mounted = {one["name"] for one in CONTAINER["volumeMounts"]}
    assert mounted == {one["name"] for one in POD["volumes"]}


def test_nginx_balances_the_servers_of_compose() -> None:
    servers = set(re.findall(r"^ +server (\w+):4700 ", NGINX, re.MULTILINE))
    assert servers == {name for name, one in COMPOSE["services"].items() if one.get("image") == "mockserver"}
    assert len(servers) == 2
    nginx = COMPOSE["services"]["nginx"]
    assert nginx["depends_on"].keys() == servers
    assert [port.rpartition(":")[2] for port in nginx["ports"]] == re.findall(r"listen (\d+);", NGINX)
    assert all((ROOT / volume.partition(":")[0]).exists() for volume in nginx["volumes"])


def test_every_metric_is_documented() -> None:
    app = create_app(people=0, vendors=("ortto",))
    page = Metrics().page(app.context.worlds)
    app.close()
    documented = set(re.findall(r"^\| `(mockserver_\w+)`", OPERATIONS, re.MULTILINE))
    assert documented == set(re.findall(r"^# TYPE (\w+)", page, re.MULTILINE))


def test_the_commands_of_the_page_are_valid_shell() -> None:
    lines = re.findall(r"`(MOCKSERVER_TOKEN=[^`]+)`", SHARING)
    assert lines
    for line in lines:
        assert shlex.split(line)[1:3] == ["docker", "compose"]


def on_loopback(words: list[str]) -> list[str]:
    """The words of a command in the image, for a free port of this machine."""
    given = {"mockserver": f"{sys.executable} -m mockserver", "0.0.0.0": "127.0.0.1"}  # noqa: S104
    return [re.sub(r"(?<!\w)(mockserver|0\.0\.0\.0)(?= |$)", lambda it: given[it[0]], one) for one in words]


@contextmanager
def entered(words: list[str], folder: Path) -> Iterator[tuple[str, str]]:
    """The output and the URL of a server that these words of an image start, with this folder as /data."""
    environment = {**os.environ, "XDG_DATA_HOME": str(folder), "PYTHONUNBUFFERED": "1"}
    local = [one.replace("/data", str(folder)) for one in on_loopback(words)] + ["--port", "0"]
    split = shlex.split(local[0]) + local[1:]
    with subprocess.Popen(split, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            first = process.stdout.readline()
            yield first, re.findall(r"ready at (http://\S+)", first)[0]
        finally:
            process.terminate()
            process.wait(PATIENCE)


def test_the_image_runs_its_entry_point(tmp_path: Path) -> None:
    """The exact command line of the image, but for the address."""
    (entry,) = re.findall(r"^ENTRYPOINT (.+)$", DOCKERFILE, re.MULTILINE)
    with entered([*json.loads(entry), *COMMANDS["Dockerfile"]], tmp_path) as (_line, url):
        assert requests.get(f"{url}/_mock/ready", timeout=PATIENCE).status_code == 200


def test_a_container_with_the_host_built_in_reaches_the_vendor(tmp_path: Path) -> None:
    """The commands and variables of both containers, but for their addresses and the folder of the volume."""
    server, application = WITH_PROXY["mockserver"], WITH_PROXY["application"]
    words = [one.replace("$$", "$") for one in (*server["entrypoint"], *server["command"])]
    assert application["volumes"] == [f"{server['volumes'][0]}:ro"] == ["data:/data:ro"]
    with entered(words, tmp_path) as (_line, url):
        assert stat.S_IMODE((tmp_path / "audience-mockserver").stat().st_mode) == 0o700
        given = {"http://mockserver:4700": url, "/data/ca.pem": str(tmp_path / "ca.pem")}
        variables = {name: given.get(text, text) for name, text in application["environment"].items()}
        done = subprocess.run(
            ["curl", *application["command"]],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        assert isinstance(json.loads(done.stdout), list)


def test_the_folder_of_the_volume_belongs_to_the_server() -> None:
    (folder,) = re.findall(r"XDG_DATA_HOME=(\S+)", DOCKERFILE)
    assert f"--owner=10001 {folder}" in DOCKERFILE
    assert {
        one.partition(":")[2].removesuffix(":ro") for it in WITH_PROXY.values() for one in it["volumes"]
    } == {folder}


def test_testcontainers_wait_for_what_needs_no_token() -> None:
    """In every language: the port that the image exposes, and readiness."""
    snippets = re.findall(r"```(?:java|ts|py|go)\n(.*?)```", CONTAINERS, re.DOTALL)
    assert len(snippets) == 4
    assert len([name for name in COMMANDS if name.startswith("containers.md")]) == 4
    (port,) = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)
    for snippet in snippets:
        assert '"/_mock/ready"' in snippet
        assert set(re.findall(r"\b\d{4}\b", snippet)) == {port}
        assert re.search(r'"mockserver", "ca", "--pem"', snippet)
    compile(next(one for one in snippets if "import DockerContainer" in one), "containers.md", "exec")
