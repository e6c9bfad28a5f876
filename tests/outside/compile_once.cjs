// Lets a linter compile the check of each schema once: Spectral compiles it again for every example of the schema.
//
//     node --require compile_once.cjs PROGRAM …
const fs = require("node:fs");
const { createRequire } = require("node:module");

const theirs = createRequire(fs.realpathSync(process.argv[1]));
const { default: Ajv } = theirs("ajv/dist/core");
const { CodeGen } = theirs("ajv/dist/compile/codegen");
const { compile } = Ajv.prototype;
const compiled = new WeakMap();

Ajv.prototype.compile = function (schema, isMeta) {
  if (!compiled.has(this)) compiled.set(this, new Map());
  const known = compiled.get(this);
  const key = JSON.stringify([schema, isMeta]);
  if (!known.has(key)) known.set(key, compile.call(this, schema, isMeta));
  return known.get(key);
};
// Shorter code is not worth its making: a check runs a few times.
CodeGen.prototype.optimize = () => {};
