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
    /**
     * @param {import("./connection.js").Connection} connection
     * @param {string} path
     */
    constructor(connection: import("./connection.js").Connection, path: string);
    /**
     * Create a further credential: `{id, fields, headers, …}`.
     * @param {string} vendor
     * @param {CredentialOptions} [options]
     * @returns {Promise<CredentialDetails>}
     */
    mint(vendor: string, options?: CredentialOptions): Promise<CredentialDetails>;
    /**
     * The credentials of one vendor or of all, including expired and revoked ones; initial ones first.
     * @param {{vendor?: string}} [filter]
     * @returns {Promise<CredentialDetails[]>}
     */
    list({ vendor }?: {
        vendor?: string;
    }): Promise<CredentialDetails[]>;
    /**
     * Revoke a credential, given by its id; the vendor rejects it like an unknown one.
     * @param {string} id
     */
    revoke(id: string): Promise<void>;
    #private;
}
export type CredentialDetails = import("../types/control-api.d.ts").components["schemas"]["Credential"];
export type CredentialOptions = {
    /**
     * the credential field that a caller presents; by default, the first one
     */
    kind?: string;
    /**
     * the customer, for vendors that have several
     */
    tenant?: string;
    /**
     * when it expires, by the world's clock
     */
    expires?: import("./clock.js").Moment;
    /**
     * seconds on the world's clock until it expires
     */
    expires_in?: number;
};
