// Converts OpenAPI documents to Postman collections, and lets newman call their requests.
//
//     node postman_runner.cjs NODE_MODULES
//
// Reads a command a line from standard input as JSON. `document` is the path of the next document; the line
// written for it has the requests of its collection. A run has `variables`, and `calls` with `method`, `url`, `headers`, `body`,
// `authenticated` and, for a request of the collection, `path`, `parameters` and `query`. Writes a line for each run:
// for each call the reply, and in `refused` why the collection has no request for it.
const { EventEmitter } = require("node:events");
const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");

const [modules] = process.argv.slice(2);
const newman = require(path.join(modules, "newman"));
const converter = require(path.join(modules, "openapi-to-postmanv2"));
const sandbox = require(require.resolve("postman-sandbox", { paths: [path.join(modules, "newman")] }));
// What Postman's form has chosen before anybody looks, and an exported collection says.
const OAUTH1 = [{ key: "signatureMethod", value: "HMAC-SHA1" }, { key: "version", value: "1.0" }];
// Newman makes a sandbox of 2 MB of code for each run. No request has a script; one would find no sandbox here.
sandbox.createContext = (options, done) => done(null, new EventEmitter());

function convert(file) {
  const input = { type: "string", data: fs.readFileSync(file, "utf8") };
  return new Promise((resolve, reject) =>
    converter.convertV2(input, { requestNameSource: "URL", parametersResolution: "Example" }, (error, done) =>
      error || !done.result ? reject(error || new Error(done.reason)) : resolve(done.output[0].data),
    ),
  );
}

function requestsOf(items, found = new Map()) {
  for (const one of items) {
    if (one.item) requestsOf(one.item, found);
    else found.set(`${one.request.method} /${one.request.url.path.join("/")}`, one.request);
  }
  return found;
}

const headersOf = (call) => Object.entries(call.headers).map(([key, value]) => ({ key, value }));
const bodyOf = (call) => (call.body === null ? {} : { body: { mode: "raw", raw: call.body } });

// The request of the collection with the values of the call; throws what it has no place for.
function fill(request, call) {
  if (!request) throw new Error("no such request");
  const url = structuredClone(request.url);
  for (const one of url.variable) one.value = encodeURIComponent(call.parameters[one.key]);
  const unknown = call.query.find(([name]) => !url.query.some((one) => one.key === name));
  if (unknown) throw new Error(`no query parameter ${unknown[0]}`);
  url.query = call.query.map(([key, value]) => ({ key, value: encodeURIComponent(value) }));
  if (call.body !== null && request.body?.mode !== "raw") throw new Error("no body");
  return { method: request.method, url, header: headersOf(call), ...bodyOf(call) };
}

function itemOf(call, requests) {
  const item = { name: call.method, protocolProfileBehavior: { disableBodyPruning: true, disableCookies: true } };
  try {
    if (!call.path) throw new Error("no operation");
    item.request = fill(requests.get(`${call.method} ${call.path.replace(/\{([^}]+)\}/g, ":$1")}`), call);
  } catch (error) {
    item.refused = error.message;
    item.request = { method: call.method, url: call.url, header: headersOf(call), ...bodyOf(call) };
  }
  if (!call.authenticated) item.request.auth = { type: "noauth" };
  return item;
}

function run(collection, requests, { calls, variables }) {
  const item = calls.map((call) => itemOf(call, requests));
  const values = Object.entries(variables).map(([key, value]) => ({ key, value }));
  const options = { collection: { ...collection, item, variable: [] }, environment: { values }, ignoreRedirects: true };
  return new Promise((resolve, reject) =>
    newman.run(options, (error, summary) => {
      if (error) return reject(error);
      const replies = summary.run.executions.map(({ response }) => response);
      return resolve(
        item.map(({ refused = null }, index) => ({
          refused,
          status: replies[index]?.code ?? null,
          content: replies[index]?.stream?.toString("base64") ?? "",
        })),
      );
    }),
  );
}

async function main() {
  let collection, requests;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    if (command.document) {
      collection = await convert(command.document);
      collection.auth?.oauth1?.push(...OAUTH1);
      requests = requestsOf(collection.item);
      const names = [...requests.keys()].map((name) => name.replace(/:(\w+)/g, "{$1}"));
      process.stdout.write(`${JSON.stringify(names)}\n`);
    } else {
      process.stdout.write(`${JSON.stringify(await run(collection, requests, command))}\n`);
    }
  }
}

main();
