/** The journal of a world: its exchanges, which are calls with their replies, and assertions on them. */

import { JournalAssertionError } from "./errors.js";

/**
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["Exchange"]} Exchange
 * @typedef {object} JournalFilter
 * @property {string} [vendor]
 * @property {string} [operation] the operationId in the vendor's contract
 * @property {number} [status] the status of the reply
 * @property {string} [problem] the name of the problem in the reply
 * @property {string} [fault] the kind of the fault that affected the call
 * @property {string} [method]
 * @property {string} [path] the path without the vendor's prefix
 * @property {number} [since] the first number
 * @property {number} [until] the last number
 * @property {number} [after] only exchanges with a greater number
 * @property {boolean} [flawed] only exchanges with an error (true) or without one (false)
 */

/**
 * @typedef {import("../types/control-api.d.ts").components["schemas"]} Schemas
 * @typedef {Schemas["ExpectedStep"]} ExpectedCall what is expected of a call, its vendor and operation included
 * @typedef {Omit<Schemas["Assertion"], "order" | "vendor" | "operation" | "limit">} Expectation
 * @typedef {Omit<Expectation, "times" | "at_least" | "at_most">} Description
 */

const PAGE_SIZE = 1000;

/** The exchanges of one world. */
export class Journal {
  #connection;
  #path;

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {string} path
   */
  constructor(connection, path) {
    this.#connection = connection;
    this.#path = path;
    /**
     * Called before the journal is cleared or the world is reset or deleted, to read what would be lost.
     * @type {() => Promise<void>}
     * @internal
     */
    this.beforeClear = async () => {};
  }

  /**
   * The exchanges that match every filter, oldest first.
   * @param {JournalFilter} [filter]
   * @returns {Promise<Exchange[]>}
   */
  async exchanges(filter = {}) {
    /** @type {Exchange[]} */
    const found = [];
    let after = filter.after ?? 0;
    for (;;) {
      const query = encode({ ...filter, after, limit: PAGE_SIZE });
      const page = await this.#connection.send("GET", `${this.#path}?${query}`);
      found.push(...page.exchanges);
      if (page.next === null) return found;
      after = page.next;
    }
  }

  /**
   * The exchanges as an HTTP Archive (HAR 1.2).
   * @param {JournalFilter} [filter]
   * @returns {Promise<{log: {entries: unknown[], [member: string]: unknown}}>}
   */
  async archive(filter = {}) {
    const entries = [];
    let after = filter.after ?? 0;
    for (;;) {
      const query = encode({ ...filter, after, limit: PAGE_SIZE, format: "har" });
      const { log } = await this.#connection.send("GET", `${this.#path}?${query}`);
      const { _next: next, _last, ...rest } = log; // the places in the journal are for paging only
      entries.push(...log.entries);
      if (next === null) return { log: { ...rest, entries } };
      after = next;
    }
  }

  /**
   * Assert that the operation was called as described: `times` a number or a range, by default at least once.
   *
   * Returns the matching exchanges. An object in `body`, `query` or `headers` may have further members, and
   * `{$match: {…}}` is a pattern. The message of a failure has the nearest exchanges and how they differ.
   * @param {string} vendor
   * @param {string} operation
   * @param {Expectation} [expected]
   * @returns {Promise<Exchange[]>}
   */
  assertCalled(vendor, operation, expected = {}) {
    return this.#assert({ ...expected, vendor, operation });
  }

  /**
   * Assert that no call matches: of the operation, of any operation of the vendor, or of any vendor.
   * @param {string} [vendor]
   * @param {string} [operation]
   * @param {Description} [described]
   */
  async assertNotCalled(vendor, operation, described = {}) {
    await this.#assert({ ...described, vendor, operation, at_most: 0 });
  }

  /**
   * Assert that calls were made in this order; others before, between and after them are allowed.
   *
   * Returns the exchange of each step.
   * @param {ExpectedCall[]} order
   * @returns {Promise<Exchange[]>}
   */
  assertOrder(order) {
    return this.#assert({ order });
  }

  /** Delete the exchanges so far. */
  async clear() {
    await this.beforeClear();
    await this.#connection.send("DELETE", this.#path);
  }

  /**
   * @param {Record<string, unknown>} assertion
   * @returns {Promise<Exchange[]>}
   */
  async #assert(assertion) {
    refuseFunctions(assertion, "");
    const body = { ...assertion, limit: PAGE_SIZE };
    /** @type {Schemas["Verdict"]} */
    const verdict = await this.#connection.send("POST", `${this.#path}/assert`, body);
    if (!verdict.passed) throw new JournalAssertionError(verdict.message ?? "the assertion has failed");
    return verdict.exchanges;
  }
}

/**
 * The query string of the values that are given.
 * @param {Record<string, unknown>} values
 * @returns {string}
 */
export function encode(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)]))).toString();
}

/**
 * Throw a TypeError for what JSON cannot carry to the server, instead of leaving it out.
 * @param {unknown} value
 * @param {string} place
 */
function refuseFunctions(value, place) {
  const isMatcher = value instanceof RegExp || typeof Object(value).asymmetricMatch === "function";
  if (isMatcher || ["function", "symbol", "bigint"].includes(typeof value)) {
    const fix = "the server judges it, so describe it by {$match: {type, minimum, maximum, contains, one_of}}";
    throw new TypeError(`${place} is not JSON; ${fix}`);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) refuseFunctions(member, place ? `${place}.${name}` : name);
}
