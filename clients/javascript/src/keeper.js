/**
 * Runs the command in its arguments until its standard input ends, so that a server ends with the process that
 * started it, however that process ends.
 */

import { spawn } from "node:child_process";

const KILL_AFTER_MS = 5_000;
const NOT_FOUND = 127; // as in shells

const [command = "", ...parameters] = process.argv.slice(2);
const server = spawn(command, parameters, { stdio: ["ignore", "inherit", "inherit"], windowsHide: true });
server.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(NOT_FOUND);
});
server.on("exit", (code) => process.exit(code ?? 1));

function stop() {
  server.kill("SIGTERM");
  setTimeout(() => server.kill("SIGKILL"), KILL_AFTER_MS).unref();
}

process.stdin.on("end", stop).on("error", stop).resume();
process.on("SIGTERM", stop).on("SIGINT", stop).on("SIGHUP", stop);
