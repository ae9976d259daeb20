/* `slipway workflows decide` in a repository that no stack is of, as a fork is one. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";

const MAIN = join(import.meta.dirname, "../../../cli/main.ts");

describe("workflows decide in a repository of no stack", function () {
  this.timeout(60_000);

  async function decide(env: Readonly<Record<string, string>>, ...more: readonly string[]) {
    return execa(process.execPath, [MAIN, "workflows", "decide", ...more], {
      env: {
        ...{ GITHUB_EVENT_NAME: "push", GITHUB_REF: "refs/heads/main", GITHUB_OUTPUT: "" },
        ...{ GITHUB_REPOSITORY: "somebody/else", ...env },
      },
    });
  }

  it("ends well with a warning that the run's page shows, and none elsewhere", async () => {
    const [inActions, elsewhere] = await Promise.all([
      decide({ GITHUB_ACTIONS: "true" }, "--json"),
      decide({ GITHUB_ACTIONS: "" }),
    ]);
    assert.match(
      inActions.stderr,
      /^::warning::nothing is published: "somebody\/else" is the repository of no stack \(.*\); [^\n]*$/,
    );
    assert.equal((JSON.parse(inActions.stdout) as { publish: boolean }).publish, false);
    assert.equal(elsewhere.stderr, "");
    assert.match(elsewhere.stdout, /^nothing is published: "somebody\/else"/);
  });
});
