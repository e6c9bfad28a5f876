// Prism's command `proxy` for one document after another, in one process: most of what a short one costs is its start.
//
//     node prism_proxies.cjs NODE_MODULES
//
// Reads a proxy a line from standard input as JSON: `document`, `upstream` and `port`. Writes a line when it listens.
const path = require("node:path");
const readline = require("node:readline");

const prism = path.join(process.argv[2], "@stoplight", "prism-cli");
const { createSingleProcessPrism } = require(path.join(prism, "dist", "util", "createServer"));
require(require.resolve("signale", { paths: [prism] })).disable(); // it would write to standard output, too
const OPTIONS = { host: "127.0.0.1", cors: true, errors: false, validateRequest: true, verboseLevel: "silent" };

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { upstream, ...rest } = JSON.parse(line);
    await createSingleProcessPrism({ ...OPTIONS, ...rest, upstream: new URL(upstream) });
    process.stdout.write("listening\n");
  }
}

main();
