import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

describe("the command that makes a stack", () => {
  for (const page of ["README.md", "docs/roles.md"]) {
    it(`has the encryption context that the roles ask for, and one form: ${page}`, async () => {
      const text = await readFile(join(ROOT, page), "utf8");
      const commands = text.split("\n").filter((line) => line.includes("awskms://"));
      assert.deepEqual(
        commands.map((line) => line.trim()),
        [
          'pulumi stack init main --secrets-provider "awskms:///KEY_ARN?region=us-east-1&context_stack=main"',
        ],
      );
    });
  }
});
