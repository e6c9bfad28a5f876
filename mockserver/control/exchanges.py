"""One exchange of a journal: read, shown as code, and sent again."""

from mockserver.call import Call, Reply, WireReply
from mockserver.control import exchange_code, vendor_access
from mockserver.control.repeated_call import RepeatedCall, find_exchange, repeat
from mockserver.formats.url_path import decode_path
from mockserver.pipeline.handler import handle_call
from mockserver.state.worlds import Worlds


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
    name = call.params["world"]
    registered = worlds.get(name)
    exchange = find_exchange(worlds, name, call.params["number"])
    repeated = repeat(worlds, registered, exchange, vendor_access.server_url(call))
    vendor = vendor_access.find_vendor(worlds, exchange["vendor"] or "")
    headers = {key.lower(): text for key, text in repeated.headers.items()}
    if repeated.signs:
        credentials = registered["credentials"].get(vendor.name, {})
        signature = vendor.hooks.sign(repeated.method, repeated.url, credentials)
        headers |= {key.lower(): text for key, text in signature.items()}
    if repeated.login:
        login = _as_received(repeated.login, {"content-type": "application/json"}, call)
        headers["cookie"] = _cookies(handle_call(worlds, vendor, login, name))
    again = _as_received(repeated, headers, call)
    handle_call(worlds, vendor, again, name)
    number = again.number or worlds.journal(name).last_number()
    return Reply(find_exchange(worlds, name, number), 201)


def _as_received(repeated: RepeatedCall, headers: dict[str, str], caller: Call) -> Call:
    raw = repeated.body.encode()
    if raw:
        headers = {**headers, "content-length": str(len(raw))}
    return Call(
        method=repeated.method,
        path=decode_path(repeated.path),
        query=repeated.query,
        headers={"host": caller.headers.get("host", ""), "user-agent": "mockserver console", **headers},
        raw=raw,
        origin=repeated.origin,
        address=caller.address,
        raw_path=repeated.path,
    )


def _cookies(reply: WireReply) -> str:
    set_cookies = (text for name, text in reply.headers.items() if name.lower() == "set-cookie")
    return "; ".join(text.partition(";")[0] for text in set_cookies)
