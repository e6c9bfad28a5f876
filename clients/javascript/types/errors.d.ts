/** An error response of the server, or a server that does not answer or does not start. */
export class MockServerError extends Error {
    /**
     * @param {string} problem
     * @param {string} message
     * @param {number | null} [status]
     * @param {ErrorOptions} [options]
     */
    constructor(problem: string, message: string, status?: number | null, options?: ErrorOptions);
    /** The name of the problem, such as `unknown_world`; `unreachable` if no server answers. */
    problem: string;
    /** The HTTP status; null if there was no reply. */
    status: number | null;
}
/** A failed assertion on the journal or on the records, or a call that the test's strictness does not allow. */
export class JournalAssertionError extends Error {
    /** @param {string} message */
    constructor(message: string);
}
