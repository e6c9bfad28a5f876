/** Servers that the kit starts itself. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { Control, createWorld, startServer } from "audience-mockserver";

delete process.env.MOCKSERVER_URL;
delete process.env.MOCKSERVER_TOKEN;

const IMPORT = 'import { createWorld, startServer } from "audience-mockserver";';

let lastHolder; // of the server that the tests share

/** Whether a server answers there. */
async function answers(url) {
  return new Control(url).health().then(() => true, () => false);
}

/** Waits until the server is gone. */
async function gone(url) {
  for (let left = 200; left && (await answers(url)); left -= 1) await new Promise((wake) => setTimeout(wake, 50));
  return !(await answers(url));
}

/** A Node process that runs a script and prints one line. */
async function script(text) {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", `${IMPORT}\n${text}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  return { child, line: line.trim() };
}

test("a server that cannot start is an error of one line, and the next call tries again", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "kit-"));
  const mute = join(folder, "mute");
  await writeFile(mute, `#!/bin/sh\nexec sleep 60\n`);
  await chmod(mute, 0o700);
  t.after(() => rm(folder, { recursive: true }));
  const cases = [
    [{ command: [join(folder, "nothing")] }, /^cannot start a mock server \(not found: `.*nothing`\); install .* MOCKSERVER_URL/],
    [{ options: ["--vendor", "orto"] }, /^`mockserver serve` did not start \(.*'orto'.*\); run it in a shell/],
    [{ command: [mute], timeout: 0.2 }, /^`.*mute serve` did not start \(not ready within 0\.2 s\); run it/],
  ];
  for (const [options, message] of cases) {
    await assert.rejects(startServer(options), (error) => {
      assert.match(error.message, message);
      assert.match(error.message, /^[^\n]+$/);
      return true;
    });
  }
  assert.equal(process.env.MOCKSERVER_URL, undefined);
});

test("callers share one server until the last one stops it", async () => {
  const [first, second] = await Promise.all([startServer({ vendors: ["ortto"] }), startServer()]);
  assert.equal(first.url, second.url);
  assert.match(first.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(process.env.MOCKSERVER_URL, first.url);
  const world = await createWorld();
  assert.deepEqual(world.vendors, ["ortto"]);
  assert.ok(world.url("ortto").startsWith(first.url));
  await first.stop();
  await first.stop(); // counts once
  assert.ok(await answers(second.url));
  lastHolder = second;
});

test("child processes use the server of their parent, and leave it running", async () => {
  const url = process.env.MOCKSERVER_URL;
  const { child, line } = await script(
    "const server = await startServer(); console.log(server.url); await server.stop();",
  );
  await once(child, "exit");
  assert.equal(line, url);
  assert.ok(await answers(url));
});

test("a server ends with a process that is killed, and does not keep one that is done", async (t) => {
  const inherited = process.env.MOCKSERVER_URL;
  delete process.env.MOCKSERVER_URL;
  t.after(() => {
    process.env.MOCKSERVER_URL = inherited;
  });
  const [killed, done] = await Promise.all([
    script('const { control } = await startServer({ vendors: ["ortto"] }); console.log(control.url); setInterval(() => {}, 1000);'),
    script("const world = await createWorld(); console.log(new URL(world.url(world.vendors[0])).origin);"),
  ]);
  assert.notEqual(killed.line, done.line);
  if (done.child.exitCode === null) assert.deepEqual(await once(done.child, "exit"), [0, null]);
  assert.equal(done.child.exitCode, 0);
  killed.child.kill("SIGKILL");
  assert.ok(await gone(done.line));
  assert.ok(await gone(killed.line));
});

test("the last caller ends the server", async () => {
  await lastHolder.stop();
  assert.equal(process.env.MOCKSERVER_URL, undefined);
  assert.equal(await answers(lastHolder.url), false);
});
