"""One exchange of a journal: read, shown as code, and sent again."""

from mockserver.call import Call, Reply, WireReply
from mockserver.control import exchange_code, vendor_access
from mockserver.control.repeated_call import RepeatedCall, find_exchange, repeat
from mockserver.control.world_client import WorldClient
from mockserver.state.worlds import Worlds
from mockserver.verify.http_client import Request


def get_exchange(call: Call, worlds: Worlds) -> object:
    """The exchange. Raises unknown_world, unknown_exchange."""
    return find_exchange(worlds, call.params["world"], call.params["number"])


def get_exchange_code(call: Call, worlds: Worlds) -> object:
    """`{language, code}`. Raises unknown_world, unknown_exchange, not_repeatable."""
    language = call.params["language"]
    exchange = find_exchange(worlds, call.params["world"], call.params["number"])
    if language == "pytest":
        code = exchange_code.to_pytest(exchange)
    else:
        registered = worlds.get(call.params["world"])
        repeated = repeat(worlds, registered, exchange, vendor_access.server_url(call))
        code = exchange_code.LANGUAGES[language](repeated)
    return {"language": language, "code": code}


def resend_exchange(call: Call, worlds: Worlds) -> object:
    """The new exchange. Raises unknown_world, unknown_exchange, not_repeatable.

    Runs without a transaction of its own: the repeated call has one, like every call to a vendor.
    """
    name, base = call.params["world"], vendor_access.server_url(call)
    with worlds.store.transaction():
        registered = worlds.get(name)
        exchange = find_exchange(worlds, name, call.params["number"])
        repeated = repeat(worlds, registered, exchange, base)
        vendor = vendor_access.find_vendor(worlds, exchange["vendor"] or "")
        client = WorldClient(worlds, registered, base, call.address, accept=None)
    headers = {key.lower(): text for key, text in repeated.headers.items()}
    if repeated.signs:
        credentials = registered["credentials"].get(vendor.name, {})
        signature = vendor.hooks.sign(repeated.method, repeated.url, credentials)
        headers |= {key.lower(): text for key, text in signature.items()}
    if repeated.login:
        login = _request(repeated.login, {"content-type": "application/json"})
        headers["cookie"] = _cookies(client.answer(login))
    return Reply(client.exchange(_request(repeated, headers)), 201)


def _request(repeated: RepeatedCall, headers: dict[str, str]) -> Request:
    return Request(repeated.method, repeated.url, headers, repeated.body.encode() or None)


def _cookies(reply: WireReply) -> str:
    set_cookies = (text for name, text in reply.headers.items() if name.lower() == "set-cookie")
    return "; ".join(text.partition(";")[0] for text in set_cookies)
