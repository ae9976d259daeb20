import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { parseDocument } from "yaml";
import { readIamPolicy } from "../../rules/iam-document.ts";
import { ProblemsError, UserError } from "../../rules/problems.ts";
import { type NamedRepository, readRepository } from "../../rules/trust-bounds.ts";
import { findHoles } from "../../rules/trust-check.ts";
import { safeForm } from "../../rules/trust-safe-form.ts";
import { admitsNobody, isAboutGithub, unmetStatements } from "../../rules/trust-unmet.ts";
import { holesText, safeText } from "../print/trust-holes.ts";

export interface TrustCheckOptions {
  readonly repository: readonly string[];
  readonly json: boolean;
}

/**
 * Prints the holes of a trust policy in a file.
 * @param file its path, or `-` for the standard input
 * @returns the exit code: 1 when there is one
 */
export async function checkTrust(
  file: string,
  { repository, json }: TrustCheckOptions,
): Promise<number> {
  const named = readRepositories(repository);
  const read = readIamPolicy(trustDocument(await readText(file), file));
  if ("problems" in read) throw new ProblemsError(file, read.problems);
  const holes = findHoles(read.policy, named);
  const safe = holes.length === 0;
  const unmet = unmetStatements(read.policy);
  if (json) {
    console.log(JSON.stringify({ safe, holes, unmet }, undefined, 2));
  } else if (safe) {
    console.log(safeText(unmet, admitsNobody(read.policy)));
  } else {
    const form = isAboutGithub(read.policy) ? safeForm(read.policy, named) : undefined;
    console.log(holesText(holes, unmet, form));
  }
  return safe ? 0 : 1;
}

function readRepositories(texts: readonly string[]): readonly NamedRepository[] {
  const read = texts.map((text) => ({ text, repository: readRepository(text) }));
  const problems = read
    .filter(({ repository }) => repository === undefined)
    .map(({ text }) => ({
      path: "--repository",
      message: `${JSON.stringify(text)} is no repository; write OWNER/NAME, or OWNER@ID/NAME@ID with the numbers of both`,
    }));
  if (problems.length > 0) throw new ProblemsError("slipway trust check", problems);
  return read.flatMap(({ repository }) => repository ?? []);
}

async function readText(file: string): Promise<string> {
  if (file === "-") return readAll(process.stdin);
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`${file}: cannot be read (${why}); name the file of a trust policy`);
  }
}

/** The trust policy in what a file holds: the policy itself, or a role as AWS tells it, whose policy may be URL-encoded. */
export function trustDocument(text: string, file: string): unknown {
  const document = parseJson(text, file);
  const role = property(document, "Role") ?? document;
  const inside = property(role, "AssumeRolePolicyDocument");
  if (inside === undefined) return document;
  if (typeof inside !== "string") return inside;
  return parseJson(inside.startsWith("%") ? decoded(inside, file) : inside, file);
}

function decoded(text: string, file: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UserError(
      `${file}: the URL-encoded AssumeRolePolicyDocument in it is damaged: behind every % belong two hexadecimal digits, and the bytes are UTF-8; write again what aws iam get-role prints`,
    );
  }
}

function parseJson(text: string, file: string): unknown {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`${file}: is no JSON (${why}); write what aws iam get-role prints`);
  }
  // JSON.parse takes the last of two equal keys, and nobody says which of them AWS takes.
  const [twice] = parseDocument(text, { uniqueKeys: true, schema: "json" }).errors;
  if (twice?.code === "DUPLICATE_KEY") {
    throw new UserError(`${file}: has a key twice in one object; ${twice.message}`);
  }
  return document;
}

function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
