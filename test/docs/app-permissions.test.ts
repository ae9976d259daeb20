import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

const ROOT = join(import.meta.dirname, "../..");
const TOKEN = "actions/create-github-app-token@";
const PERMISSION = /^(?:input_)?permission-(?:actions-(?=variables))?/i;

interface Workflow {
  readonly jobs: Record<
    string,
    { readonly steps: readonly Record<"uses" | "with" | "env", unknown>[] }
  >;
}

/** What a workflow asks for when it makes an App's token, by name: `{ actions: "read" }`. */
async function asked(file: string): Promise<Record<string, unknown>> {
  const workflow = parse(await readFile(join(ROOT, ".github/workflows", file), "utf8")) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  const [step, ...others] = steps.filter(({ uses }) => String(uses).startsWith(TOKEN));
  assert.deepEqual(others, []);
  const entries = [step?.with, step?.env].flatMap((map) => Object.entries(map ?? {}));
  return Object.fromEntries(
    entries
      .filter(([name]) => PERMISSION.test(name))
      .map(([name, level]) => [name.replace(PERMISSION, "").toLowerCase(), level]),
  );
}

describe("the permissions of the GitHub Apps in docs/workflows.md", () => {
  it("are those that the workflows ask for", async () => {
    const text = await readFile(join(ROOT, "docs/workflows.md"), "utf8");
    const rows = [...text.matchAll(/^ *\| _(\w+)_[^|]*\| *(\w*) *\| *(\w*) *\|$/gm)];
    const column = (index: 2 | 3) =>
      Object.fromEntries(
        rows.flatMap((row) => (row[index] === "" ? [] : [[row[1]!.toLowerCase(), row[index]!]])),
      );
    assert.deepEqual(column(2), await asked("up.yml"));
    assert.deepEqual(column(3), await asked("drift.yml"));
  });
});
