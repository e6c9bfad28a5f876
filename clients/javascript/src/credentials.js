/** Credentials of a world besides the first ones of each vendor. */

/**
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["Credential"]} CredentialDetails
 * @typedef {object} CredentialOptions
 * @property {string} [kind] the credential field that a caller presents; by default, the first one
 * @property {string} [tenant] the customer, for vendors that have several
 * @property {import("./clock.js").Moment} [expires] when it expires, by the world's clock
 * @property {number} [expires_in] seconds on the world's clock until it expires
 */

/** All credentials of one world. */
export class Credentials {
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
   * Create a further credential: `{id, fields, headers, …}`.
   * @param {string} vendor
   * @param {CredentialOptions} [options]
   * @returns {Promise<CredentialDetails>}
   */
  mint(vendor, options = {}) {
    return this.#connection.send("POST", this.#path, { vendor, ...options });
  }

  /**
   * The credentials of one vendor or of all, including expired and revoked ones; initial ones first.
   * @param {{vendor?: string}} [filter]
   * @returns {Promise<CredentialDetails[]>}
   */
  async list({ vendor } = {}) {
    /** @type {CredentialDetails[]} */
    const all = (await this.#connection.send("GET", this.#path)).credentials;
    return all.filter((credential) => vendor === undefined || credential.vendor === vendor);
  }

  /**
   * Revoke a credential, given by its id; the vendor rejects it like an unknown one.
   * @param {string} id
   */
  async revoke(id) {
    await this.#connection.send("DELETE", `${this.#path}/${encodeURIComponent(id)}`);
  }
}
