/** Rewrites what commands print inside the documents of this folder: `npm run docs`. */
import { readFile, writeFile } from "node:fs/promises";
import { documents, generated } from "./documents.ts";

for (const path of await documents()) {
  const text = await readFile(path, "utf8");
  const wanted = await generated(text);
  if (wanted === text) continue;
  await writeFile(path, wanted);
  console.log(`${path} written`);
}
