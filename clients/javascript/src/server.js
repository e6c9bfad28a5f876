/** Starts a server, or finds the one that runs already. */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { Control } from "./control.js";
import { MockServerError } from "./errors.js";

/**
 * @typedef {import("node:child_process").ChildProcessByStdio<
 *   import("node:net").Socket, import("node:net").Socket, import("node:net").Socket>} Keeper
 * @typedef {{url: string, keeper: Keeper}} Started
 * @typedef {{starting: Promise<Started> | null, holders: number}} Shared
 */

/**
 * @typedef {object} ServerOptions
 * @property {string[]} [command] how to call `mockserver`; by default `mockserver` on the PATH, else
 *   `python3 -m mockserver`, else `python -m mockserver`
 * @property {string[]} [vendors] the vendors to serve; by default, all
 * @property {string[]} [options] further options of `mockserver serve`, such as `["--seed", "7"]`
 * @property {number} [timeout] seconds to wait until the server is ready; by default, 60
 */

const { setTimeout, clearTimeout } = globalThis; // a test may replace them
const KEEPER = fileURLToPath(new URL("keeper.js", import.meta.url));
const COMMANDS = [["mockserver"], ["python3", "-m", "mockserver"], ["python", "-m", "mockserver"]];
const READY = /ready at (https?:\/\/\S+)/;
const NOT_INSTALLED = /ENOENT|No module named '?mockserver/;
const DEFAULT_TIMEOUT = 60;
const MAX_OUTPUT = 20_000;
const SHARED = Symbol.for("audience-mockserver.server");

/** A server that runs; `stop` ends it if `startServer` started it and no other caller uses it. */
export class RunningServer {
  #release;

  /**
   * @param {string} url
   * @param {() => Promise<void>} release
   */
  constructor(url, release) {
    this.url = url;
    this.control = new Control(url);
    this.#release = release;
  }

  /** End the server, unless another caller uses it or it was running before. */
  async stop() {
    const release = this.#release;
    this.#release = async () => {};
    await release();
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
  }
}

/**
 * Start a server on a free loopback port, and name it to child processes in `MOCKSERVER_URL`.
 *
 * There is one server per process tree: if `MOCKSERVER_URL` names one, it is used, and further calls share the server of
 * the first. It ends when every caller has stopped it, or with this process.
 * @param {ServerOptions} [options]
 * @returns {Promise<RunningServer>}
 */
export async function startServer(options = {}) {
  const shared = sharedServer();
  if (!shared.starting && process.env.MOCKSERVER_URL) {
    return new RunningServer(process.env.MOCKSERVER_URL, async () => {});
  }
  shared.holders += 1;
  shared.starting ??= start(options);
  try {
    const { url, keeper } = await shared.starting;
    process.env.MOCKSERVER_URL = url;
    return new RunningServer(url, () => release(shared, keeper));
  } catch (error) {
    shared.holders -= 1;
    shared.starting = null;
    throw error;
  }
}

/**
 * The server that `MOCKSERVER_URL` names, or else one that is started and ends with this process.
 * @returns {Promise<Control>}
 */
export async function findServer() {
  const { starting } = sharedServer();
  return starting ? new Control((await starting).url) : (await startServer()).control;
}

/** @returns {Shared} what all copies of this module in this process have in common */
function sharedServer() {
  const holder = /** @type {{[SHARED]?: Shared}} */ (globalThis);
  return (holder[SHARED] ??= { starting: null, holders: 0 });
}

/**
 * @param {Shared} shared
 * @param {Keeper} keeper
 */
async function release(shared, keeper) {
  shared.holders -= 1;
  if (shared.holders > 0) return;
  shared.starting = null;
  delete process.env.MOCKSERVER_URL;
  if (keeper.exitCode === null && keeper.signalCode === null) {
    keeper.ref();
    const ended = new Promise((resolve) => keeper.once("exit", resolve));
    keeper.stdin.end();
    await ended;
  }
}

/**
 * @param {ServerOptions} options
 * @returns {Promise<Started>}
 */
async function start({ command, vendors = [], options = [], timeout = DEFAULT_TIMEOUT }) {
  const serve = ["serve", "--port", "0", ...vendors.flatMap((name) => ["--vendor", name]), ...options];
  const tried = command ? [command] : COMMANDS;
  for (const words of tried) {
    const outcome = await attempt([...words, ...serve], timeout);
    if (typeof outcome !== "string") return outcome;
    if (!NOT_INSTALLED.test(outcome)) {
      const fix = "run it in a shell to see why, or set MOCKSERVER_URL to a server that runs";
      const message = `\`${words.join(" ")} serve\` did not start (${lastLine(outcome)}); ${fix}`;
      throw new MockServerError("unreachable", message);
    }
  }
  const names = tried.map((words) => `\`${words.join(" ")}\``).join(", ");
  const fix = "install audience-mockserver and put it on the PATH, or set MOCKSERVER_URL to a server that runs";
  throw new MockServerError("unreachable", `cannot start a mock server (not found: ${names}); ${fix}`);
}

/**
 * Start one command; returns its process when the server is ready, or its output if it fails.
 * @param {string[]} command
 * @param {number} timeout
 * @returns {Promise<Started | string>}
 */
function attempt(command, timeout) {
  const { NODE_OPTIONS: _, ...environment } = process.env; // a runner's loaders and debuggers are not for the keeper
  const keeper = /** @type {Keeper} */ (
    /** @type {unknown} */ (
      spawn(process.execPath, [KEEPER, ...command], {
        stdio: ["pipe", "pipe", "pipe"],
        env: environment,
        detached: true, // Ctrl-C reaches the test runner only, which still needs the server to finish
        windowsHide: true,
      })
    )
  );
  return new Promise((resolve) => {
    let output = "";
    const timer = setTimeout(() => {
      keeper.stdin.end();
      resolve(`not ready within ${timeout} s`);
    }, timeout * 1000);
    for (const stream of [keeper.stdout, keeper.stderr]) {
      stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
        output = (output + text).slice(-MAX_OUTPUT);
        const url = READY.exec(output)?.[1];
        if (!url) return;
        clearTimeout(timer);
        outlive(keeper);
        resolve({ url, keeper });
      });
    }
    keeper.on("error", (error) => resolve(error.message));
    keeper.on("close", () => {
      clearTimeout(timer);
      resolve(output || "no output");
    });
  });
}

/**
 * Let this process end although the keeper runs.
 * @param {Keeper} keeper
 */
function outlive(keeper) {
  keeper.unref();
  for (const stream of [keeper.stdin, keeper.stdout, keeper.stderr]) stream.unref();
}

/** @param {string} output */
function lastLine(output) {
  return output.trim().split("\n").at(-1) ?? "";
}
