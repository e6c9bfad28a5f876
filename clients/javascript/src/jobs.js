/** Scheduled jobs of a world, run when its clock reaches their due time or on request. */

/** @typedef {import("../types/control-api.d.ts").components["schemas"]["Job"]} Job */

const PAGE_SIZE = 1000;

/** The pending jobs of one world. */
export class Jobs {
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
   * The next jobs by due time, at most 1,000, of one vendor or of all.
   * @param {{vendor?: string}} [filter]
   * @returns {Promise<Job[]>}
   */
  async pending({ vendor } = {}) {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(vendor ? { vendor } : {}) });
    return (await this.#connection.send("GET", `${this.#path}?${query}`)).jobs;
  }

  /**
   * Run the due jobs, or all pending ones; returns how many ran.
   * @param {{all?: boolean}} [options]
   * @returns {Promise<number>}
   */
  async run({ all = false } = {}) {
    return (await this.#connection.send("POST", `${this.#path}/run`, { all })).jobs_run;
  }
}
