/** Errors of this package. Each message is one line with the fix, or explains a failed assertion. */

import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** An error response of the server, or a server that does not answer or does not start. */
export class MockServerError extends Error {
  /**
   * @param {string} problem
   * @param {string} message
   * @param {number | null} [status]
   * @param {ErrorOptions} [options]
   */
  constructor(problem, message, status = null, options) {
    super(message, options);
    this.name = "MockServerError";
    /** The name of the problem, such as `unknown_world`; `unreachable` if no server answers. */
    this.problem = problem;
    /** The HTTP status; null if there was no reply. */
    this.status = status;
    hideOwnFrames(this);
  }
}

/** A failed assertion on the journal or on the records, or a call that the test's strictness does not allow. */
export class JournalAssertionError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "AssertionError";
    hideOwnFrames(this);
  }
}

/**
 * Let the stack of an error start in the test instead of in this package.
 * @param {Error} error
 */
function hideOwnFrames(error) {
  const lines = error.stack?.split("\n") ?? [];
  error.stack = lines.filter((line) => !/^\s+at /.test(line) || !line.includes(FOLDER)).join("\n");
}
