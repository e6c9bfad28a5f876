/**
 * A connection to the control API of a server, given by its base URL.
 *
 * It uses `node:http` and a new socket per call, so that tests may replace `fetch`, agents and timers.
 */
export class Connection {
    /**
     * @param {string} url
     * @param {string | undefined} token
     */
    constructor(url: string, token: string | undefined);
    /** The base URL of the server. */
    url: string;
    /**
     * Call the control API and return the JSON of the reply, null for an empty one.
     * @param {string} method
     * @param {string} path
     * @param {unknown} [body]
     * @returns {Promise<any>}
     * @throws {MockServerError} for an error response, and if no mock server answers
     */
    send(method: string, path: string, body?: unknown): Promise<any>;
    #private;
}
