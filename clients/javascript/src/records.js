/** The records of a world, and what has changed in it. */

import { JournalAssertionError } from "./errors.js";
import { encode } from "./journal.js";

/**
 * @typedef {import("../types/control-api.d.ts").paths} Paths
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["Collection"]} Collection
 * @typedef {Paths["/worlds/{world}/diff"]["get"]["responses"]["200"]["content"]["application/json"]} Diff
 * @typedef {NonNullable<Paths["/worlds/{world}/diff/assert"]["post"]["requestBody"]>["content"]["application/json"]}
 *   ExpectedChanges
 */

/**
 * @typedef {object} RecordFilter
 * @property {Record<string, unknown>} [where] values by JSON pointer; `undefined`: the member exists
 * @property {string} [search] text that a record contains, in any case of letters
 * @property {string} [sort] a JSON pointer, with `-` before it for the greatest first
 * @property {number} [limit] the maximum number of records; by default, all
 */

/**
 * @typedef {object} DiffOptions
 * @property {string} [from] the earlier state, `start` or a snapshot
 * @property {string} [to] the later state, `now` or a snapshot
 * @property {string} [vendor]
 */

const PAGE_SIZE = 1000;

/** The collections of one world. */
export class Records {
  #connection;
  #path;

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {string} path the path of the world
   */
  constructor(connection, path) {
    this.#connection = connection;
    this.#path = path;
  }

  /**
   * @param {{vendor?: string}} [filter]
   * @returns {Promise<Collection[]>}
   */
  async collections({ vendor } = {}) {
    return (await this.#connection.send("GET", `${this.#path}/collections?${encode({ vendor })}`)).collections;
  }

  /**
   * @param {string} vendor
   * @param {string} collection
   * @param {RecordFilter} [filter]
   * @returns {Promise<Record<string, any>[]>}
   */
  async list(vendor, collection, { where = {}, search, sort, limit = Infinity } = {}) {
    const path = `${this.#path}/collections/${encodeURIComponent(vendor)}/${encodeURIComponent(collection)}`;
    const conditions = Object.entries(where).map(([pointer, value]) => encode({ where: condition(pointer, value) }));
    /** @type {Record<string, any>[]} */
    const found = [];
    let after;
    while (found.length < limit) {
      const page = Math.min(PAGE_SIZE, limit - found.length);
      const query = [...conditions, encode({ search, sort, after, limit: page })].join("&");
      const { records, next } = await this.#connection.send("GET", `${path}?${query}`);
      found.push(...records.map((/** @type {{record: Record<string, any>}} */ { record }) => record));
      if (next === null) break;
      after = next;
    }
    return found;
  }

  /**
   * @param {DiffOptions} options
   * @returns {Promise<Diff>}
   */
  changes(options) {
    return this.#connection.send("GET", `${this.#path}/diff?${encode({ ...options, limit: PAGE_SIZE })}`);
  }

  /** @param {ExpectedChanges} expected */
  async assertChanges(expected) {
    const verdict = await this.#connection.send("POST", `${this.#path}/diff/assert`, expected);
    if (!verdict.passed) throw new JournalAssertionError(verdict.message);
  }
}

/**
 * @param {string} pointer
 * @param {unknown} value
 */
function condition(pointer, value) {
  if (value === undefined) return pointer;
  return `${pointer}=${typeof value === "string" ? value : JSON.stringify(value)}`;
}
