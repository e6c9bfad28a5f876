/** The journal of a world: its exchanges, which are calls with their replies. */

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
      const { _next: next, ...rest } = log;
      entries.push(...log.entries);
      if (next === null) return { log: { ...rest, entries } };
      after = next;
    }
  }

  /** Delete the exchanges so far. */
  async clear() {
    await this.beforeClear();
    await this.#connection.send("DELETE", this.#path);
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
