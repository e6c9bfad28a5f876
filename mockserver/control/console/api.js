/* The control API: every call that the console makes goes through here. */

const BASE = new URL("_mock", document.baseURI).href;
const KEY = "mockserver-token";
let asking = null; // the promise of a token that is being asked for

/** An error reply of the control API: `message` is its text, `problem` its name, `status` (0: not reached). */
const apiError = (status, problem, message) => Object.assign(new Error(message), {status, problem});

export const token = {
  get: () => sessionStorage.getItem(KEY),
  set: value => sessionStorage.setItem(KEY, value),
  /** What asks the user, with a message; its promise is kept once there is a token to try. */
  ask: null,
};

/** An address with a query; empty, null and undefined values are left out. */
export function withQuery(address, query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value != null && value !== "");
  return pairs.length ? `${address}?${new URLSearchParams(pairs)}` : address;
}

/** The path of parts, each encoded but for a first one that begins with a slash: `["/worlds", name]`. */
export const pathOf = parts => [parts].flat().map((part, index) => index || !part.startsWith("/") ? `/${encodeURIComponent(part)}` : part).join("");

/** The response to a call; a missing token is asked for, and the call repeated. An error reply is thrown. */
export async function request(method, address, {body, signal} = {}) {
  for (;;) {
    await asking;
    const tried = token.get();
    const headers = {...tried && {Authorization: `Bearer ${tried}`}, ...body !== undefined && {"Content-Type": "application/json"}};
    const reply = await fetch(BASE + address, {method, headers, body: JSON.stringify(body), signal, cache: "no-store", credentials: "omit"})
      .catch(() => { throw apiError(0, "unreachable", "The server does not answer."); });
    if (reply.ok) return reply;
    const problem = await reply.json().catch(() => ({}));
    const failure = apiError(reply.status, problem.error, problem.message ?? `${reply.status} ${reply.statusText}`);
    if (reply.status !== 401) throw failure;
    if (tried !== token.get()) continue; // another call has been given a new one
    token.set("");
    asking ??= token.ask(tried && failure.message).finally(() => { asking = null; });
  }
}

const json = reply => reply.status === 204 ? null : reply.json();

/** Each returns the JSON of the reply (null without a body) or throws. `parts` as in `pathOf`. */
export const get = async (parts, query) => json(await request("GET", withQuery(pathOf(parts), query)));
export const send = async (method, parts, body) => json(await request(method, pathOf(parts), {body}));
