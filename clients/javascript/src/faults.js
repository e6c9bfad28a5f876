/** Faults of a world: planned failures, and when they occur. */

/**
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["NewFault"]} NewFault
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["Fault"]} FaultDetails
 * @typedef {{seen: number, spent: number}} FaultCounts calls that matched the fault, and calls that it affected
 */

/** One fault of a world. */
export class Fault {
  #connection;
  #path;

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {string} path
   * @param {FaultDetails} details
   */
  constructor(connection, path, details) {
    this.#connection = connection;
    this.#path = `${path}/${encodeURIComponent(details.id)}`;
    this.id = details.id;
    this.kind = details.kind;
  }

  /**
   * Its options and counters.
   * @returns {Promise<FaultDetails>}
   */
  read() {
    return this.#connection.send("GET", this.#path);
  }

  /**
   * The number of calls that matched the fault (`seen`), and of those that it affected (`spent`).
   * @returns {Promise<FaultCounts>}
   */
  async counts() {
    const { seen, spent } = await this.read();
    return { seen, spent };
  }

  /** Remove the fault. */
  async remove() {
    await this.#connection.send("DELETE", this.#path);
  }

  async [Symbol.asyncDispose]() {
    await this.remove();
  }
}

/** All faults of one world. */
export class Faults {
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
   * Add a fault: `add({kind: "drop_after", vendor: "fanfare", operation: "create_audience"})` affects the next such
   * call. The server rejects a fault that could never apply.
   * @param {NewFault} fault
   */
  async add(fault) {
    return new Fault(this.#connection, this.#path, await this.#connection.send("POST", this.#path, fault));
  }

  /**
   * All faults in the order in which they were added, including spent ones.
   * @returns {Promise<FaultDetails[]>}
   */
  async list() {
    return (await this.#connection.send("GET", this.#path)).faults;
  }

  /**
   * Remove one fault, given by its id.
   * @param {string} id
   */
  async remove(id) {
    await this.#connection.send("DELETE", `${this.#path}/${encodeURIComponent(id)}`);
  }

  /** Remove all faults. */
  async clear() {
    await this.#connection.send("DELETE", this.#path);
  }
}
