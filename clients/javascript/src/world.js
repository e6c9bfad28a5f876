/** One world of a running server. */

import { Clock } from "./clock.js";
import { Credentials } from "./credentials.js";
import { MockServerError } from "./errors.js";
import { Faults } from "./faults.js";
import { Jobs } from "./jobs.js";
import { encode, Journal } from "./journal.js";
import { Records } from "./records.js";
import { Settings } from "./settings.js";

/**
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["World"]} WorldFacts
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["Coverage"]} Coverage
 * @typedef {import("./journal.js").Exchange} Exchange
 */

/** One world of a running server, with its clock, faults, jobs, journal and settings. */
export class World {
  #connection;
  #path;
  #facts;
  #credentials;
  #records;

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {WorldFacts} facts
   */
  constructor(connection, facts) {
    this.#connection = connection;
    this.#facts = facts;
    this.#path = `/worlds/${encodeURIComponent(facts.name)}`;
    this.#credentials = new Credentials(connection, `${this.#path}/credentials`);
    this.#records = new Records(connection, this.#path);
    this.clock = new Clock(connection, `${this.#path}/clock`);
    this.faults = new Faults(connection, `${this.#path}/faults`);
    this.jobs = new Jobs(connection, `${this.#path}/jobs`);
    this.journal = new Journal(connection, `${this.#path}/journal`);
    this.settings = new Settings(connection, `${this.#path}/settings`);
    /** Whether `delete` has been called. */
    this.isDeleted = false;
  }

  get name() {
    return this.#facts.name;
  }

  /** The world as the control API describes it. */
  get facts() {
    return this.#facts;
  }

  /** The names of the vendors. */
  get vendors() {
    return Object.keys(this.#facts.vendors).sort();
  }

  /**
   * The vendor's base URL in this world.
   * @param {string} vendor
   */
  url(vendor) {
    return this.#vendor(vendor).url;
  }

  /**
   * The headers that authenticate a call; empty if calls are signed or a session must be opened.
   * @param {string} vendor
   * @returns {Record<string, string>}
   */
  headers(vendor) {
    return { ...this.#vendor(vendor).headers };
  }

  /**
   * The credentials of this vendor in this world, by field name.
   * @param {string} vendor
   * @returns {Record<string, string>}
   */
  credentials(vendor) {
    return { ...this.#vendor(vendor).credentials };
  }

  /**
   * Create a further credential: `{id, fields, headers, …}`.
   * @param {string} vendor
   * @param {import("./credentials.js").CredentialOptions} [options]
   */
  mint(vendor, options) {
    return this.#credentials.mint(vendor, options);
  }

  /**
   * The credentials of one vendor or of all, including expired and revoked ones; initial ones first.
   * @param {{vendor?: string}} [filter]
   */
  issued(filter) {
    return this.#credentials.list(filter);
  }

  /**
   * Revoke a credential, given itself or by its id; the vendor rejects it like an unknown one.
   * @param {string | {id: string}} credential
   */
  revoke(credential) {
    return this.#credentials.revoke(typeof credential === "string" ? credential : credential.id);
  }

  /**
   * Perform an action of the vendor's own user interface; returns its reply.
   * @param {string} vendor
   * @param {string} action
   * @param {Record<string, unknown>} [body]
   * @returns {Promise<any>}
   */
  backstage(vendor, action, body = {}) {
    const path = `${this.#path}/backstage/${encodeURIComponent(vendor)}/${encodeURIComponent(action)}`;
    return this.#connection.send("POST", path, body);
  }

  /**
   * The collections of one vendor or of all, with their numbers of records.
   * @param {{vendor?: string}} [filter]
   */
  collections(filter) {
    return this.#records.collections(filter);
  }

  /**
   * The records of a collection in the vendor's own nouns: `records("ortto", "people", {where: {"/archived": true}})`.
   * @param {string} vendor
   * @param {string} collection
   * @param {import("./records.js").RecordFilter} [filter]
   */
  records(vendor, collection, filter) {
    return this.#records.list(vendor, collection, filter);
  }

  /**
   * What has changed since the start of the world or a snapshot: `{counts, changes, …}`, each record once.
   * @param {import("./records.js").DiffOptions} [options]
   */
  changes(options = {}) {
    return this.#records.changes(options);
  }

  /**
   * Assert what has changed: `only` these numbers of records by collection, or `none` of these collections or vendors.
   * @param {import("./records.js").ExpectedChanges} expected
   */
  assertChanges(expected) {
    return this.#records.assertChanges(expected);
  }

  /**
   * Contract coverage of the calls so far, for one vendor, or for every vendor that was called.
   * `reached`: only the items that calls have reached, and `vendors` without totals, which is much faster.
   * @param {{vendor?: string, reached?: boolean}} [filter]
   * @returns {Promise<Coverage>}
   */
  coverage({ vendor, reached } = {}) {
    return this.#connection.send("GET", `${this.#path}/coverage?${encode({ vendor, reached })}`);
  }

  /** Reset the world to its initial state. */
  async reset() {
    await this.journal.beforeClear();
    this.#facts = await this.#connection.send("POST", `${this.#path}/reset`);
  }

  /**
   * Save the current state under a name; `settle` runs the due jobs before, so that changes after it are those of calls.
   * @param {string} name
   * @param {{settle?: boolean}} [options]
   */
  async snapshot(name, options = {}) {
    await this.#connection.send("POST", `${this.#path}/snapshots`, { ...options, name });
  }

  /**
   * The names of the snapshots, oldest first.
   * @returns {Promise<string[]>}
   */
  async snapshots() {
    const { snapshots } = await this.#connection.send("GET", `${this.#path}/snapshots`);
    return snapshots.map((/** @type {{name: string}} */ { name }) => name);
  }

  /**
   * Restore the state saved in a snapshot.
   * @param {string} name
   */
  async restore(name) {
    this.#facts = await this.#connection.send("POST", `${this.#snapshotPath(name)}/restore`);
  }

  /**
   * Delete a snapshot.
   * @param {string} name
   */
  async deleteSnapshot(name) {
    await this.#connection.send("DELETE", this.#snapshotPath(name));
  }

  /**
   * Create a copy of the world with its records, clock and faults, and with credentials of its own.
   * @param {{name?: string, label?: string}} [options]
   */
  async fork(options = {}) {
    const facts = await this.#connection.send("POST", "/worlds", { ...options, from: this.name });
    return new World(this.#connection, facts);
  }

  /**
   * Delete the world from the server.
   *
   * With `after`, returns the exchanges with a greater number, or only those that are `flawed` or not, so that none is
   * lost between reading and deleting.
   * @param {{after?: number, flawed?: boolean}} [last]
   * @returns {Promise<Exchange[]>}
   */
  async delete(last = {}) {
    if (last.after === undefined) await this.journal.beforeClear();
    const query = encode(last);
    const deleted = await this.#connection.send("DELETE", query ? `${this.#path}?${query}` : this.#path);
    this.isDeleted = true;
    return deleted?.exchanges ?? [];
  }

  async [Symbol.asyncDispose]() {
    if (!this.isDeleted) await this.delete();
  }

  /** @param {string} name */
  #snapshotPath(name) {
    return `${this.#path}/snapshots/${encodeURIComponent(name)}`;
  }

  /** @param {string} vendor */
  #vendor(vendor) {
    const found = Object.hasOwn(this.#facts.vendors, vendor) && this.#facts.vendors[vendor];
    if (!found) throw unknownVendor(vendor, this.vendors);
    return found;
  }
}

/**
 * @param {string} vendor
 * @param {string[]} available
 */
export function unknownVendor(vendor, available) {
  const names = available.join(", ");
  return new MockServerError("unknown_vendor", `unknown vendor '${vendor}' (available: ${names})`);
}
