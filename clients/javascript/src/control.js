/** A running server: its vendors and its worlds. */

import { Connection } from "./connection.js";
import { unknownVendor, World } from "./world.js";

/**
 * @typedef {import("../types/control-api.d.ts").components["schemas"]} Schemas
 * @typedef {Schemas["Health"]} Health
 * @typedef {Schemas["Vendor"]} Vendor
 */

/**
 * @typedef {object} WorldOptions
 * @property {string} [name] by default, a generated name
 * @property {string | Schemas["ScenarioContent"]} [scenario] a name, or the content of a scenario file
 * @property {number} [seed] the same seed gives the same world
 * @property {number} [people] the number of people
 * @property {import("./clock.js").Moment} [now] the time at which the clock is frozen until it is changed
 * @property {import("./settings.js").SettingChange} [settings] settings, which a reset restores
 * @property {string} [label] the owner of the world in coverage reports
 * @property {string[]} [vendors] the vendors that the test needs; an error names one that the server does not serve
 */

/** A running server, given by its base URL (as `mockserver serve` prints it) and its token. */
export class Control {
  #connection;

  /**
   * @param {string} url
   * @param {{token?: string | undefined}} [options] the token is `MOCKSERVER_TOKEN` by default
   */
  constructor(url, { token = process.env.MOCKSERVER_TOKEN } = {}) {
    this.#connection = new Connection(url, token);
  }

  /** The base URL of the server. */
  get url() {
    return this.#connection.url;
  }

  /**
   * Status, version, vendors and number of worlds of the server.
   * @returns {Promise<Health>}
   */
  health() {
    return this.#connection.send("GET", "/health");
  }

  /**
   * The vendors, each with its name, base URL, operations and backstage actions.
   * @returns {Promise<Vendor[]>}
   */
  async vendors() {
    return (await this.#connection.send("GET", "/vendors")).vendors;
  }

  /**
   * All worlds, oldest first.
   * @returns {Promise<World[]>}
   */
  async worlds() {
    const worlds = [];
    for (let after = 0; after !== null; ) {
      const page = await this.#connection.send("GET", `/worlds?after=${after}`);
      for (const facts of page.worlds) worlds.push(new World(this.#connection, facts));
      after = page.next;
    }
    return worlds;
  }

  /** The world with this name. */
  async world(name = "default") {
    return new World(
      this.#connection,
      await this.#connection.send("GET", `/worlds/${encodeURIComponent(name)}`),
    );
  }

  /**
   * Create a world; options left out take the server's defaults.
   * @param {WorldOptions} [options]
   */
  async createWorld({ vendors, ...options } = {}) {
    if (vendors) {
      const { vendors: served } = await this.health();
      const missing = vendors.find((vendor) => !served.includes(vendor));
      if (missing !== undefined) throw unknownVendor(missing, served);
    }
    return new World(this.#connection, await this.#connection.send("POST", "/worlds", options));
  }
}
