/*
 * Reads what `slipway outputs --json` or `pulumi stack output --json` prints, in any Node from 20 on and without a
 * dependency. It takes and refuses what rules/stack-outputs.ts does; a test holds the two together. The types are in outputs.d.ts.
 *
 *   import { readOutputs } from "slipway/outputs";
 *
 *   const { roleArns } = readOutputs(text);
 */
import { Check, parsed, ReaderError } from "./check.js";

export { ReaderError };

const WHAT = "outputs";
const VERSION = 1;
const REGISTRIES = ["ecr", "ghcr.io", "docker.io"];

const TEXT = { pattern: /^/, is: "text", example: "ghcr.io/pytorch/ci-image" };
const HOST = { pattern: /[^]/, is: "a host", example: "ghcr.io" };
const ARN = { pattern: /^arn:/, is: "an ARN", example: "arn:aws:iam::308535385114:role/..." };
const MAP = { keys: /^/, keyRule: "cannot stand here", is: "a map", example: "{}" };
const LIST = { is: "a list", example: "[]" };

export function readOutputs(json) {
  const raw = parsed(WHAT, json, VERSION);
  const check = new Check();
  const text = (form) => (value, path) => check.text(value, path, form);
  const map = (item) => (value, path) => check.map(value, path, MAP, item);
  const names = (value, path) => check.list(value, path, LIST, text(TEXT));
  const fields = (is, of, options) => (value, path) => check.fields(value, path, is, of, options);
  const byRegistry = (item) =>
    fields("a map by registry", Object.fromEntries(REGISTRIES.map((name) => [name, item])), {
      optional: true,
    });
  check.fields(raw, "", "the outputs of a stack", {
    version: () => undefined,
    registries: byRegistry(text(HOST)),
    roleArns: map(text(ARN)),
    repositoryUrls: map(byRegistry(text(TEXT))),
    environments: map(
      fields("an environment", {
        ...{ branches: names, tags: names, secrets: names, variables: names },
      }),
    ),
    variables: names,
    images: map(
      map(
        fields("an image", {
          ...{ reference: text(TEXT), references: map(text(TEXT)), names: map(text(TEXT)) },
        }),
      ),
    ),
  });
  if (check.problems.length > 0) throw new ReaderError(WHAT, check.problems);
  return raw;
}
