/** The world of one test, for fixtures: names it, judges its calls, and explains a failed test by its exchanges. */

import { formatExchanges } from "./exchange-format.js";
import { findServer } from "./server.js";

/**
 * @typedef {import("./journal.js").Exchange} Exchange
 * @typedef {import("./world.js").World} World
 */

/**
 * @typedef {object} Strictness
 * @property {boolean} [strict] what fails a test besides its assertions. By default, calls to vendors, paths and methods
 *   that no contract has, and replies of the server that violate the contract; `false`: only the latter; `true`: also
 *   calls that the contract does not allow, even if the client ignored the error response
 *
 * @typedef {Omit<import("./control.js").WorldOptions, "name" | "label"> & Strictness} TestWorldOptions
 */

const MAX_LABEL_LENGTH = 1000;
const LAST_EXCHANGES = 5;
const UNKNOWN = ["unknown_vendor", "unknown_path", "unknown_method"];
const HINT = "expected? set the test's worldOptions to {strict: false}";

/** The world of one test, with the exchanges that fail it. */
export class TestWorld {
  #strict;
  #lastNumber = 0;
  /** @type {Exchange[]} */
  #failing = [];

  /**
   * @param {World} world
   * @param {boolean | undefined} strict
   */
  constructor(world, strict) {
    this.world = world;
    this.#strict = strict;
    world.journal.beforeClear = async () => {
      this.#keep(await world.journal.exchanges(this.#unread()));
      this.#lastNumber = 0; // the journal of a reset world starts from 1 again
    };
  }

  /**
   * Create the world of a test.
   * @param {string} label
   * @param {TestWorldOptions} options
   */
  static async create(label, { strict, ...options }) {
    const control = await findServer();
    return new TestWorld(await control.createWorld({ ...options, label: label.slice(0, MAX_LABEL_LENGTH) }), strict);
  }

  /** The last exchanges as text, for the message of a failed test. */
  async lastExchanges() {
    if (this.world.isDeleted) return "";
    const all = await this.world.journal.exchanges();
    if (!all.length) return "mockserver: no calls";
    const last = all.slice(-LAST_EXCHANGES);
    const heading = all.length > last.length ? `the last ${last.length} of ${all.length} calls` : "the calls of this test";
    return `mockserver: ${heading}\n\n${formatExchanges(last)}`;
  }

  /**
   * Delete the world; returns the message of the failure that its calls cause, "" if there is none.
   * @returns {Promise<string>}
   */
  async finish() {
    if (!this.world.isDeleted) this.#keep(await this.world.delete(this.#unread()));
    if (!this.#failing.length) return "";
    const count = this.#failing.length === 1 ? "1 exchange" : `${this.#failing.length} exchanges`;
    const hint = this.#failing.every(isBrokenPromise) ? "" : `\n\n  ${HINT}`;
    return `mockserver: ${count} violated the contract\n\n${formatExchanges(this.#failing)}${hint}`;
  }

  /** The filter for the exchanges that were not read yet; invalid calls are found among all exchanges only. */
  #unread() {
    return { after: this.#lastNumber, ...(this.#strict ? {} : { flawed: true }) };
  }

  /** @param {Exchange[]} found */
  #keep(found) {
    this.#failing.push(...found.filter((exchange) => failsTest(exchange, this.#strict)));
    this.#lastNumber = found.at(-1)?.number ?? this.#lastNumber;
  }
}

/**
 * Whether the exchange fails a test of this strictness. Replies changed by a fault never do.
 * @param {Exchange} exchange
 * @param {boolean | undefined} strict
 */
function failsTest(exchange, strict) {
  if (isBrokenPromise(exchange)) return !exchange.fault || exchange.fault.kind === "latency"; // a delay changes no reply
  if (strict === false) return false;
  if (exchange.flaw !== null && UNKNOWN.includes(exchange.flaw)) return true;
  const isInvalid = exchange.violations.some(({ side }) => side === "call") || exchange.unknown.length > 0;
  return strict === true && isInvalid;
}

/** @param {Exchange} exchange */
function isBrokenPromise(exchange) {
  return exchange.flaw === "broken_promise";
}
