"""`mockserver ca`: the local certificate authority, which clients of `--tls` trust."""

from pathlib import Path
from shlex import quote

import click

from mockserver.cli.display import format_option, print_result
from mockserver.cli.tls_options import open_authority

_HINT = """\
# curl, Python, Ruby, PHP, Go (Linux), .NET (Linux): all certificates that the process trusts
export SSL_CERT_FILE={path} CURL_CA_BUNDLE={path} REQUESTS_CA_BUNDLE={path}
# Node: one more certificate
export NODE_EXTRA_CA_CERTS={path}
# Java: a trust store of its own
keytool -importcert -noprompt -alias mockserver -storepass changeit -keystore mockserver.p12 -file {path}
JAVA_TOOL_OPTIONS="-Djavax.net.ssl.trustStore=$PWD/mockserver.p12"
export JAVA_TOOL_OPTIONS="$JAVA_TOOL_OPTIONS -Djavax.net.ssl.trustStorePassword=changeit"
# every program of this machine, to which a reader of the key can then imitate any site
#   Debian, Ubuntu:  sudo cp {path} /usr/local/share/ca-certificates/mockserver.crt
#                    sudo update-ca-certificates
#   Fedora:          sudo trust anchor {path}
#   macOS:           security add-trusted-cert -k ~/Library/Keychains/login.keychain-db {path}
#   Windows:         certutil -user -addstore Root {path}
"""


@click.command(short_help="Show the local certificate authority.")
@click.option("--pem", is_flag=True, help="Print the certificate instead of its path.")
@click.option("--install-hint", is_flag=True, help="Print commands that let clients trust it.")
@format_option()
def ca(pem: bool, install_hint: bool) -> None:
    """Print the path of the certificate that clients of `serve --tls` must trust.

    The certificate authority is made when it is first needed. Its key stays in the data folder of this user.
    """
    authority = open_authority()
    certificate, hint = authority.certificate.decode(), install_hint_of(authority.path)
    value = {"path": str(authority.path), "certificate": certificate, "install_hint": hint}
    shown = certificate if pem else hint if install_hint else str(authority.path)
    print_result(value, shown.rstrip("\n"), text_in_pipes=True)


def install_hint_of(path: Path) -> str:
    """Commands for a shell that let clients trust the certificate."""
    return _HINT.format(path=quote(str(path)))
