"""Authentication of calls to a vendor: credential headers, session login, signatures."""

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.binding.vendor import Vendor
from mockserver.contract.operation import Operation
from mockserver.errors import AuthenticationError, ServerUnreachableError
from mockserver.verify.http_client import Client, Request


class Authenticator:
    """Authenticates calls with the given credentials, which are named as in `x-credentials`."""

    def __init__(self, vendor: Vendor, url: str, credentials: Mapping[str, str]) -> None:
        self._vendor = vendor
        self._url = url
        self.credentials: dict[str, str] = dict(credentials)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that are the same for every request."""
        contract = self._vendor.contract
        found: dict[str, str] = {}
        for one in contract.credential_headers:
            if one.field.scheme in contract.default_schemes and one.field.name in self.credentials:
                value = self.credentials[one.field.name]
                # The first field of a vendor is the one with all permissions.
                found.setdefault(one.name, f"Bearer {value}" if one.bearer else value)
        if contract.rules().requires_content_type(has_body=False):
            found["Content-Type"] = "application/json"
        return found

    def sign(self, method: str, url: str) -> Mapping[str, str]:
        """The signature headers of a request; empty if the vendor has none. Raises `AuthenticationError`."""
        try:
            return self._vendor.hooks.sign(method, url, self.credentials)
        except KeyError as missing:
            raise AuthenticationError(
                f"signing needs the credential {missing}; pass it with --credential"
            ) from missing

    @property
    def requires_signature(self) -> bool:
        """Whether the vendor requires a signature on every request."""
        return any(one.get("scheme") == "oauth" for one in self._vendor.contract.schemes.values())

    def session_cookies(self, client: Client) -> dict[str, str]:
        """Logs in; returns the cookie of each scheme that needs one. Raises `AuthenticationError`."""
        return {scheme: self._log_in(client, cookie) for scheme, cookie in self._cookie_names.items()}

    def named_session_cookies(self, client: Client) -> dict[str, str]:
        """Logs in; returns the cookies by their names. Raises `AuthenticationError`."""
        return {cookie: self._log_in(client, cookie) for cookie in self._cookie_names.values()}

    @property
    def _cookie_names(self) -> dict[str, str]:
        """The name of the cookie of each scheme that needs one."""
        contract = self._vendor.contract
        return {
            name: contract.schemes[name]["name"]
            for name in contract.default_schemes
            if contract.schemes[name].get("in") == "cookie"
        }

    def _log_in(self, client: Client, cookie: str) -> str:
        fields = {one.name for one in self._vendor.contract.credentials} & set(self.credentials)
        for operation in self._vendor.contract.operations.values():
            members = _body_properties(operation)
            if not operation.schemes and fields & members:
                body = {name: self.credentials[name] for name in fields & members}
                return self._session_cookie(client, operation, body, cookie)
        raise AuthenticationError(
            f"no login operation takes the credentials {', '.join(sorted(fields)) or '(none)'}; pass others"
        )

    def _session_cookie(self, client: Client, login: Operation, body: Mapping[str, str], cookie: str) -> str:
        request = Request(
            login.method,
            self._url + login.path,
            {"Content-Type": "application/json"},
            orjson.dumps(body),
        )
        try:
            response = client.send(request)
        except ServerUnreachableError as error:
            raise AuthenticationError(str(error)) from error
        for text in response.headers.get("set-cookie", "").split(","):
            name, _, value = text.strip().partition(";")[0].partition("=")
            if name == cookie:
                return value
        raise AuthenticationError(
            f"{login.id} did not set the cookie {cookie} (status {response.status}); check the credentials"
        )


def _body_properties(operation: Operation) -> set[str]:
    if operation.body is None or operation.body.json_schema is None:
        return set()
    shape: Any = operation.body.json_schema.schema
    reference = shape.get("$ref", "") if isinstance(shape, dict) else ""
    if reference:
        schemas = operation.body.json_schema.components
        shape = schemas.get(reference.rpartition("/")[2], {})
    return set(shape.get("properties", {})) if isinstance(shape, dict) else set()
