/* The linter's own rules of this project, on files that break them. Not here: the rules that come with plugins. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ESLint } from "eslint";

const root = join(import.meta.dirname, "../..");

/** What the linter says of a text in the place of a file of the project. */
async function complaints(file: string, text: string): Promise<string[]> {
  const [result] = await new ESLint({ cwd: root }).lintText(text, { filePath: join(root, file) });
  return (result?.messages ?? []).map(({ ruleId }) => ruleId ?? "");
}

describe("the linter", function () {
  this.timeout(120_000);

  for (const [file, imported] of [
    ["rules/names.ts", "../oci/digest.ts"],
    ["context/walk.ts", "../catalog.ts"],
    ["oci/digest.ts", "../provider/all.ts"],
    ["provider/main.ts", "../engine/run.ts"],
    ["components/github-oidc.ts", "../local/cloud.ts"],
    ["engine/run.ts", "../cli/main.ts"],
    ["local/providers/aws.ts", "../../engine/run.ts"],
    ["settings.ts", "./components/github-oidc.ts"],
    ["index.ts", "./engine/run.ts"],
  ] as const) {
    it(`refuses that ${file} imports ${imported}, statically or not`, async () => {
      assert.deepEqual(
        await complaints(file, `import "${imported}";\nvoid import("${imported}");\n`),
        ["no-restricted-imports", "no-restricted-syntax"],
      );
    });
  }

  it("lets a folder import what stands below it", async () => {
    assert.deepEqual(await complaints("cli/main.ts", 'import "../engine/run.ts";\n'), []);
  });

  it("refuses a resource inside apply", async () => {
    const text = `import * as pulumi from "@pulumi/pulumi";
export const made = pulumi.output("a").apply((name) => new pulumi.ComponentResource("a:b:C", name));
`;
    assert.deepEqual(await complaints("components/github-oidc.ts", text), ["no-restricted-syntax"]);
  });
});
