/* The control API: every call that the console makes goes through here. */

const BASE = new URL("_mock", document.baseURI).href;
const KEY = "mockserver-token";
let asking = null; // the promise of a token that is being asked for
let ask = () => Promise.reject(new Error("no form for the token"));

/** An error reply of the control API: `message` is its text, `problem` its name, `status` (0: not reached). */
export class ApiError extends Error {
  constructor(status, problem, message) {
    super(message);
    Object.assign(this, {name: "ApiError", status, problem});
  }
}

export const token = {
  get: () => sessionStorage.getItem(KEY),
  set: value => sessionStorage.setItem(KEY, value),
  clear: () => sessionStorage.removeItem(KEY),
  /** `form(message)` shows the form; its promise is kept once there is a token to try. */
  askWith: form => { ask = form; },
};

/** `/worlds/default/journal` from its parts, each encoded. */
export const path = (...parts) => parts.map(part => `/${encodeURIComponent(part)}`).join("");

/** The path with a query; empty, null and undefined values are left out. */
export function withQuery(address, query) {
  const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map(one => [name, one]))
    .filter(([, value]) => value !== null && value !== undefined && value !== "");
  return pairs.length ? `${address}?${new URLSearchParams(pairs)}` : address;
}

/** The response to a call; a missing token is asked for, and the call repeated. Throws ApiError. */
export async function request(method, address, {body, signal, headers = {}, type} = {}) {
  for (;;) {
    if (asking) await asking;
    const sent = {...headers};
    const tried = token.get();
    if (tried) sent.Authorization = `Bearer ${tried}`;
    if (body !== undefined) sent["Content-Type"] = type ?? "application/json";
    const content = body === undefined || type ? body : JSON.stringify(body);
    let reply;
    try {
      reply = await fetch(BASE + address, {method, headers: sent, body: content, signal, cache: "no-store", credentials: "omit"});
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError(0, "unreachable", "The server does not answer.");
    }
    if (reply.ok) return reply;
    const problem = await reply.json().catch(() => ({}));
    const failure = new ApiError(reply.status, problem.error, problem.message ?? `${reply.status} ${reply.statusText}`);
    if (reply.status !== 401) throw failure;
    if (tried !== token.get()) continue; // another call has been given a new one
    token.clear();
    asking ??= ask(tried ? failure.message : null).finally(() => { asking = null; });
  }
}

async function json(method, address, body, options) {
  const reply = await request(method, address, {...options, body});
  if (reply.status === 204) return null;
  return (reply.headers.get("Content-Type") ?? "").includes("json") ? reply.json() : reply.text();
}

/** Each returns the JSON of the reply (null without a body) or throws ApiError. `options`: signal. */
export const api = {
  get: (address, options) => json("GET", address, undefined, options),
  post: (address, body, options) => json("POST", address, body, options),
  put: (address, body, options) => json("PUT", address, body, options),
  patch: (address, body, options) => json("PATCH", address, body, options),
  delete: (address, options) => json("DELETE", address, undefined, options),
};
