/** The clock of a world. */

/**
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["Clock"]} Tick
 * @typedef {Date | string} Moment a Date, or a timestamp with an offset such as `2026-01-01T00:00:00Z`
 */

/**
 * @typedef {object} Duration
 * @property {number} [weeks]
 * @property {number} [days]
 * @property {number} [hours]
 * @property {number} [minutes]
 * @property {number} [seconds]
 * @property {number} [milliseconds]
 */

/** @type {Record<keyof Duration, number>} */
const SECONDS = { weeks: 604_800, days: 86_400, hours: 3_600, minutes: 60, seconds: 1, milliseconds: 0.001 };

/** The clock of one world: real, shifted or frozen. Moving it runs the jobs that become due. */
export class Clock {
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
   * Read the clock: its time, its mode and the number of jobs that ran.
   * @returns {Promise<Tick>}
   */
  read() {
    return this.#connection.send("GET", this.#path);
  }

  /**
   * The world's current time.
   * @returns {Promise<Date>}
   */
  async now() {
    return new Date((await this.read()).now);
  }

  /**
   * Move the clock forward: `advance({hours: 24})`, or by a number of seconds.
   * @param {Duration | number} duration
   * @returns {Promise<Tick>}
   */
  async advance(duration) {
    return this.change({ advance: toSeconds(duration) });
  }

  /**
   * Set the time; a running clock continues from there.
   * @param {Moment} when
   */
  set(when) {
    return this.change({ now: when });
  }

  /**
   * Stop the clock, at the current time or at the given one.
   * @param {Moment} [at]
   */
  freeze(at) {
    return this.change(at === undefined ? { frozen: true } : { frozen: true, now: at });
  }

  /** Let the clock run on from its current time. */
  unfreeze() {
    return this.change({ frozen: false });
  }

  /**
   * Change the time (`now`), then move it by seconds (`advance`), freeze or unfreeze the clock, in one call.
   * @param {{now?: Moment, advance?: number, frozen?: boolean}} change
   * @returns {Promise<Tick>}
   */
  change(change) {
    return this.#connection.send("PUT", this.#path, change);
  }
}

/**
 * The seconds of a duration.
 * @param {Duration | number} duration
 * @returns {number}
 */
export function toSeconds(duration) {
  if (typeof duration === "number") return duration;
  const parts = typeof duration === "object" && duration ? Object.entries(duration) : [];
  for (const [unit] of parts) {
    if (!Object.hasOwn(SECONDS, unit)) {
      throw new TypeError(`a duration has no unit '${unit}'; use ${Object.keys(SECONDS).join(", ")}`);
    }
  }
  if (!parts.length) throw new TypeError("the duration is missing; pass {hours: 24}, or a number of seconds");
  return parts.reduce((sum, [unit, count]) => sum + count * SECONDS[/** @type {keyof Duration} */ (unit)], 0);
}
