/** HTTP connection to the control API of a running server. */

import * as http from "node:http";
import * as https from "node:https";

import { MockServerError } from "./errors.js";

const TIMEOUT_MS = 60_000;
const WORK_TIMEOUT_MS = 900_000; // a clock moved by years, in a world of 100,000 people
const WORK = /^\/worlds\/[^/]+\/(clock|jobs\/run|backstage\/.*)$/;

/**
 * A connection to the control API of a server, given by its base URL.
 *
 * It uses `node:http` and a new socket per call, so that tests may replace `fetch`, agents and timers.
 */
export class Connection {
  #base;
  #token;

  /**
   * @param {string} url
   * @param {string | undefined} token
   */
  constructor(url, token) {
    const parsed = URL.canParse(url) ? new URL(url) : null;
    if (!parsed || !["http:", "https:"].includes(parsed.protocol)) {
      throw new MockServerError("unreachable", `invalid server URL '${url}'; use http://127.0.0.1:4700`);
    }
    /** The base URL of the server. */
    this.url = url.replace(/\/+$/, "");
    this.#base = `${this.url}/_mock`;
    this.#token = token;
  }

  /**
   * Call the control API and return the JSON of the reply, null for an empty one.
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @returns {Promise<any>}
   * @throws {MockServerError} for an error response, and if no mock server answers
   */
  async send(method, path, body) {
    const { status, content } = await this.#request(method, path, body);
    let reply;
    try {
      reply = content ? JSON.parse(content) : null;
    } catch {
      throw this.#notAMockServer(`${method} ${path} returned ${status} without JSON`);
    }
    if (status >= 200 && status < 300) return reply;
    if (typeof reply?.error !== "string" || typeof reply.message !== "string") {
      throw this.#notAMockServer(`${method} ${path} returned ${status} with an unknown error body`);
    }
    throw new MockServerError(reply.error, reply.message, status);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} body
   */
  async #request(method, path, body) {
    try {
      return await exchange(this.#base + path, method, body, this.#token, patience(method, path));
    } catch (error) {
      const reason = error instanceof Error ? error.message || error.name : String(error);
      const fix = "start one with `mockserver serve`, or fix or unset MOCKSERVER_URL";
      const message = `no mock server answers at ${this.url} (${reason}); ${fix}`;
      throw new MockServerError("unreachable", message, null, { cause: error });
    }
  }

  /** @param {string} reason */
  #notAMockServer(reason) {
    return new MockServerError("unreachable", `${this.url} is not a mock server: ${reason}; check the URL`);
  }
}

/**
 * @param {string} method
 * @param {string} path
 */
function patience(method, path) {
  return method !== "GET" && WORK.test(path) ? WORK_TIMEOUT_MS : TIMEOUT_MS;
}

/**
 * Send one request and read its reply.
 * @param {string} url
 * @param {string} method
 * @param {unknown} body
 * @param {string | undefined} token
 * @param {number} timeout
 * @returns {Promise<{status: number, content: string}>}
 */
function exchange(url, method, body, token, timeout) {
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  /** @type {Record<string, string | number>} */
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  if (payload) Object.assign(headers, { "Content-Type": "application/json", "Content-Length": payload.length });
  const { request } = url.startsWith("https:") ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (reply) => {
      /** @type {Buffer[]} */
      const chunks = [];
      reply.on("data", (chunk) => chunks.push(chunk));
      reply.on("error", reject);
      reply.on("end", () =>
        resolve({ status: reply.statusCode ?? 0, content: Buffer.concat(chunks).toString() }),
      );
    });
    sent.setTimeout(timeout, () => sent.destroy(new Error(`no reply within ${timeout / 1000} s`)));
    sent.on("error", reject);
    sent.end(payload);
  });
}
