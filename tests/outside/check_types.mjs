// Checks TypeScript files, and the declarations of the package `audience-mockserver` that they import, by one program:
// of declarations, the command `tsc` checks all that a file imports, or none.
//
//     node check_types.mjs NODE_MODULES FILE…
import { createRequire } from "node:module";

const [modules, ...files] = process.argv.slice(2);
const ts = createRequire(`${modules}/`)("typescript");
const OPTIONS = {
  strict: true,
  noEmit: true,
  exactOptionalPropertyTypes: true,
  module: "nodenext",
  target: "es2022",
  types: ["node"],
  lib: ["es2023", "dom", "esnext.disposable"],
};

const { options, errors } = ts.convertCompilerOptionsFromJson(OPTIONS, process.cwd());
const program = ts.createProgram(files, options);
const ours = program
  .getSourceFiles()
  .filter(({ fileName }) => files.includes(fileName) || fileName.includes("/audience-mockserver/types/"));
const found = [
  ...errors,
  ...program.getOptionsDiagnostics(),
  ...program.getGlobalDiagnostics(),
  ...ours.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
];
const host = { getCurrentDirectory: process.cwd, getCanonicalFileName: (name) => name, getNewLine: () => "\n" };
console.log(ts.formatDiagnostics(found, host));
console.log(`${ours.length} files checked`);
process.exitCode = found.length ? 1 : 0;
