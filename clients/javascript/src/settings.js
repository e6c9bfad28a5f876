/** Settings of a world. */

/**
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["Settings"]} SettingValues
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["Change"]} SettingChange
 */

/** The settings of one world: when jobs run, rate limits, strictness, and the vendors' switches. */
export class Settings {
  #connection;
  #path;

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {string} path
   */
  constructor(connection, path) {
    this.#connection = connection;
    this.#path = path;
  }

  /**
   * All settings, including defaults.
   * @returns {Promise<SettingValues>}
   */
  read() {
    return this.#connection.send("GET", this.#path);
  }

  /**
   * Change settings: `change({jobs: "immediate"})`; null restores a default. Returns all settings.
   * @param {SettingChange} change
   * @returns {Promise<SettingValues>}
   */
  change(change) {
    return this.#connection.send("PUT", this.#path, change);
  }
}
