"""How calls are let in: the headers that carry a credential, the login of a session, the signature."""

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.binding.vendor import Vendor
from mockserver.contract.operation import Operation
from mockserver.errors import AuthenticationError, ServerUnreachableError
from mockserver.verify.http_client import Sent, Wire


class Access:
    """What lets calls to a vendor in, given its credentials by the names of the contract's fields."""

    def __init__(self, vendor: Vendor, url: str, credentials: Mapping[str, str]) -> None:
        self._vendor = vendor
        self._url = url
        self.credentials = dict(credentials)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that every honest call carries and that stay the same."""
        contract = self._vendor.contract
        found: dict[str, str] = {}
        for one in contract.credential_headers:
            if one.field.scheme in contract.default_schemes and one.field.name in self.credentials:
                value = self.credentials[one.field.name]
                # A vendor's first field is the one that may do everything.
                found.setdefault(one.name, f"Bearer {value}" if one.bearer else value)
        if contract.content_type_required:
            found["Content-Type"] = "application/json"
        return found

    def sign(self, method: str, url: str) -> Mapping[str, str]:
        """The headers of one signed call, where the vendor wants signatures. Raises `AuthenticationError`."""
        try:
            return self._vendor.hooks.sign(method, url, self.credentials)
        except KeyError as missing:
            raise AuthenticationError(
                f"calls are signed with {missing}; give it with --credential"
            ) from missing

    @property
    def signs(self) -> bool:
        """Whether the vendor wants every call signed."""
        return any(one.get("scheme") == "oauth" for one in self._vendor.contract.schemes.values())

    def sessions(self, wire: Wire) -> dict[str, str]:
        """The cookie of each security scheme that wants one, after a login. Raises `AuthenticationError`."""
        contract = self._vendor.contract
        wanted = {
            name: contract.schemes[name]["name"]
            for name in contract.default_schemes
            if contract.schemes[name].get("in") == "cookie"
        }
        return {scheme: self._log_in(wire, cookie) for scheme, cookie in wanted.items()}

    def _log_in(self, wire: Wire, cookie: str) -> str:
        fields = {one.name for one in self._vendor.contract.credentials} & set(self.credentials)
        for operation in self._vendor.contract.operations.values():
            members = _members(operation)
            if not operation.schemes and fields & members:
                body = {name: self.credentials[name] for name in fields & members}
                return self._session(wire, operation, body, cookie)
        raise AuthenticationError(
            f"no operation takes the credentials {', '.join(sorted(fields))}; give others"
        )

    def _session(self, wire: Wire, login: Operation, body: Mapping[str, str], cookie: str) -> str:
        call = Sent(
            login.method,
            self._url + login.path,
            {"Content-Type": "application/json"},
            orjson.dumps(body),
        )
        try:
            came = wire.send(call)
        except ServerUnreachableError as silence:
            raise AuthenticationError(str(silence)) from silence
        for text in came.headers.get("set-cookie", "").split(","):
            name, _, value = text.strip().partition(";")[0].partition("=")
            if name == cookie:
                return value
        raise AuthenticationError(
            f"{login.id} set no cookie {cookie} (status {came.status}); check the credentials"
        )


def _members(operation: Operation) -> set[str]:
    if operation.body is None or operation.body.json_schema is None:
        return set()
    shape: Any = operation.body.json_schema.schema
    reference = shape.get("$ref", "") if isinstance(shape, dict) else ""
    if reference:
        schemas = operation.body.json_schema.standalone["components"]["schemas"]
        shape = schemas.get(reference.rpartition("/")[2], {})
    return set(shape.get("properties", {})) if isinstance(shape, dict) else set()
