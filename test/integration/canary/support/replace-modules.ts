/*
 * Loaded before a command (`node --import`): puts modules of the tests in the place of modules of the project, by
 * SLIPWAY_TEST_REPLACE, JSON of replacements (in `replacements/`) by path in the project. The replacement itself gets the
 * real one.
 */
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const ROOT = join(import.meta.dirname, "../../../..");
const replaced = JSON.parse(process.env["SLIPWAY_TEST_REPLACE"] ?? "{}") as Record<string, string>;
const byUrl = new Map(
  Object.entries(replaced).map(([path, replacement]) => [
    pathToFileURL(join(ROOT, path)).href,
    pathToFileURL(join(import.meta.dirname, "replacements", replacement)).href,
  ]),
);
const replacements = new Set(byUrl.values());

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const replacement = byUrl.get(found.url);
    if (replacement === undefined || replacements.has(context.parentURL ?? "")) return found;
    return { ...found, url: replacement };
  },
});
