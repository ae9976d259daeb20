/* jq itself, as WebAssembly, for machines without one: `node jq.ts OPTION... FILTER FILE`, with jq's exit code. */
import { readFileSync } from "node:fs";
import { raw } from "jq-wasm";

const options = process.argv.slice(2, -2);
const [filter = "", file = ""] = process.argv.slice(-2);
const { stdout, stderr, exitCode } = await raw(readFileSync(file, "utf8"), filter, options);
if (stdout !== "") console.log(stdout);
if (stderr !== "") console.error(stderr);
process.exitCode = exitCode;
