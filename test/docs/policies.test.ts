import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { policies } from "../../policy/all.ts";

describe("docs/policies.md", () => {
  it("has a line for each policy, with its severity and its description", async () => {
    const text = await readFile(new URL("../../docs/policies.md", import.meta.url), "utf8");
    const rows = text
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    const expected = [
      ...policies.resource.map((one) => ({ ...one, judges: "a resource" })),
      ...policies.stack.map((one) => ({ ...one, judges: "the stack" })),
    ].map(({ name, severity, judges, description }) => [
      `\`${name}\``,
      severity,
      judges,
      description,
    ]);
    assert.deepEqual(rows, expected);
    assert.ok(text.includes(`as ${expected.length} rules`));
  });
});
