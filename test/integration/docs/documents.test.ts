import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { documents, generated } from "../../../docs/documents.ts";
import { deploymentPolicies, workflowTriggers } from "../../../rules/refs.ts";

describe("the documents", () => {
  it("hold what the commands in them print now; npm run docs brings them up to date", async function () {
    this.timeout(60_000);
    for (const path of await documents()) {
      const text = await readFile(path, "utf8");
      assert.equal(text, await generated(text), path);
    }
  });

  it("name every pattern that is derived from the rule of refs", async () => {
    const text = await readFile(new URL("../../../docs/publishing.md", import.meta.url), "utf8");
    const schemes = ["pytorch", "therock"] as const;
    const { branches, tags } = workflowTriggers(schemes).push;
    const policies = [...deploymentPolicies(schemes).values()].flat();
    for (const pattern of [...branches, ...tags, ...policies.map(({ pattern }) => pattern)]) {
      assert.ok(text.includes(`\`${pattern}\``), pattern);
    }
  });
});
