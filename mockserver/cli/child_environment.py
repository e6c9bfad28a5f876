"""The environment of the command that `mockserver run` starts: URLs, credentials, proxy and CA."""

import json
import os
import ssl
import warnings
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from mockserver import environment
from mockserver.client import World
from mockserver.server.certificates import LocalAuthority

_DIRECT: Final = "localhost,127.0.0.1,::1"
_CA_VARIABLES: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PASSWORD: Final = "changeit"  # noqa: S105 - of a store without secrets


def world_variables(world: World, url: str) -> dict[str, str]:
    """The server, the world and, for each vendor, its URL and credentials."""
    found = {"MOCKSERVER_URL": url, "MOCKSERVER_WORLD": world.name}
    for vendor in world.vendors:
        named = {"url": world.url(vendor), **world.credentials(vendor)}
        found |= {f"MOCKSERVER_{vendor.upper()}_{name.upper()}": value for name, value in named.items()}
    return found


def renamed(world: World, names: Mapping[str, str]) -> dict[str, str]:
    """The variables of `--env NAME=VENDOR.FIELD`. Raises `ClickException` for an unknown field."""
    found = {}
    for name, source in names.items():
        vendor, _, field = source.partition(".")
        known = {"url": world.url(vendor), **world.credentials(vendor)} if vendor in world.vendors else {}
        if field not in known:
            places = [f"{one}.{key}" for one in world.vendors for key in ("url", *world.credentials(one))]
            raise click.ClickException(f"--env knows no {source!r} (available: {', '.join(places)})")
        found[name] = known[field]
    return found


def proxy_variables(port: int) -> dict[str, str]:
    """The proxy, in the spellings that programs read."""
    url = f"http://127.0.0.1:{port}"
    found = {"HTTPS_PROXY": url, "HTTP_PROXY": url, "NO_PROXY": _DIRECT}
    return {**found, **{name.lower(): value for name, value in found.items()}, "NODE_USE_ENV_PROXY": "1"}


def trust_variables(
    authority: LocalAuthority, folder: Path, port: int, hosts: Iterable[str], passes: Iterable[str]
) -> dict[str, str]:
    """The CA for every ecosystem that reads one from the environment; its files are written to `folder`."""
    passes = [*passes]
    roots = ssl.create_default_context().get_ca_certs(binary_form=True) if passes else []
    bundle = folder / "ca.pem"
    public = "".join(map(ssl.DER_cert_to_PEM_cert, roots))
    bundle.write_text(authority.certificate.decode() + public, encoding="ascii")
    found = {name: str(bundle) for name in _CA_VARIABLES}
    found["NODE_EXTRA_CA_CERTS"] = str(authority.path)
    hosts = [*hosts]
    found["NODE_OPTIONS"] = _node_options(folder, port, hosts, passes)
    found["PYTHONPATH"] = _python_path(folder, port, hosts, passes)
    found["PHP_INI_SCAN_DIR"] = _php_folder(folder, bundle)
    found["JAVA_TOOL_OPTIONS"] = _java_options(folder, port, bundle)
    return found


def _node_options(folder: Path, port: int, hosts: Iterable[str], passes: Iterable[str]) -> str:
    config = json.dumps({"port": port, "hosts": [*hosts], "passes": [*passes]})
    script = Path(__file__).with_name("node_preload.cjs").read_text(encoding="utf-8")
    preload = folder / "node_preload.cjs"
    preload.write_text(script.replace("__CONFIG__", config), encoding="utf-8")
    return " ".join(filter(None, [environment.inherited("NODE_OPTIONS"), f'--require "{preload}"']))


def _python_path(folder: Path, port: int, hosts: Iterable[str], passes: Iterable[str]) -> str:
    own = folder / "python"
    own.mkdir()
    script = Path(__file__).with_name("python_preload.py").read_text(encoding="utf-8")
    call = f"install({str(own)!r}, {port}, {[*hosts]!r}, {[*passes]!r})"
    (own / "sitecustomize.py").write_text(f"{script}\n\n{call}\n", encoding="utf-8")
    return os.pathsep.join(filter(None, [str(own), environment.inherited("PYTHONPATH")]))


def _php_folder(folder: Path, bundle: Path) -> str:
    own = folder / "php"
    own.mkdir()
    (own / "mockserver.ini").write_text(f"openssl.cafile={bundle}\ncurl.cainfo={bundle}\n", encoding="utf-8")
    usual = environment.inherited("PHP_INI_SCAN_DIR") or ""  # nothing before the colon stands for it too
    return f"{usual}{os.pathsep}{own}"


def _java_options(folder: Path, port: int, bundle: Path) -> str:
    serialization = import_module("cryptography.hazmat.primitives.serialization")
    pkcs12 = import_module("cryptography.hazmat.primitives.serialization.pkcs12")
    certificates = enumerate(_read_certificates(bundle.read_bytes()))
    entries = [pkcs12.PKCS12Certificate(one, f"ca{at}".encode()) for at, one in certificates]
    encryption = serialization.BestAvailableEncryption(_PASSWORD.encode())
    store = folder / "ca.p12"
    store.write_bytes(pkcs12.serialize_java_truststore(entries, encryption))
    options = {
        "javax.net.ssl.trustStore": str(store),
        "javax.net.ssl.trustStorePassword": _PASSWORD,
        "http.nonProxyHosts": "localhost|127.*|[::1]",
    }
    for scheme in ("http", "https"):
        options |= {f"{scheme}.proxyHost": "127.0.0.1", f"{scheme}.proxyPort": str(port)}
    own = [f"-D{name}={value}" for name, value in options.items()]
    return " ".join(filter(None, [environment.inherited("JAVA_TOOL_OPTIONS"), *own]))


def _read_certificates(bundle: bytes) -> list[Any]:
    """The certificates of a bundle; a public one that the parser finds unusual is left out in silence."""
    x509 = import_module("cryptography.x509")
    end = b"-----END CERTIFICATE-----"
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a serial number of zero, say
        for pem in bundle.split(end)[:-1]:
            with suppress(ValueError):
                found.append(x509.load_pem_x509_certificate(pem + end))
    return found
