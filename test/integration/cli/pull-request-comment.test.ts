import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";
import { useEmulator } from "../../local/github/test-emulator.ts";
import { fullReport } from "../../rules/support/preview-reports.ts";
import { zipOf } from "../../cli/pull-request/support/zip.ts";

const MAIN = join(import.meta.dirname, "../../../cli/main.ts");
const HEAD = "c".repeat(40);

describe("slipway pull-request comment", () => {
  const emulator = useEmulator();
  let token: string;
  before(async () => {
    token = await emulator.github.putToken();
  });

  const comment = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const result = await execa(process.execPath, [MAIN, "pull-request", "comment", ...args], {
      env: {
        ...{ GITHUB_TOKEN: token, GITHUB_REPOSITORY: "pytorch/pytorch", NO_COLOR: "1" },
        ...{ GITHUB_API_URL: emulator.url, ...env },
      },
      reject: false,
      timeout: 60_000,
    });
    const { exitCode, stdout, stderr } = result;
    for (const text of [stdout, stderr]) {
      assert.ok(!text.includes(token));
      // The runner would take it for a command.
      assert.doesNotMatch(text, /^\s*::|##\[/m);
    }
    return { exitCode, stdout, stderr };
  };
  const run = async (branch: string, content: string | undefined) => {
    const { github } = emulator;
    const files = [{ filename: "images/ci-image/image.yaml", status: "modified" as const }];
    const number = await github.putPullRequest({ headRef: branch, headSha: HEAD, files });
    const id = await github.putRun({
      ...{ workflow: "plan.yml", event: "pull_request", headSha: HEAD, headBranch: branch },
      ...{ status: "completed", conclusion: "success" },
    });
    if (content !== undefined) {
      const bytes = zipOf([{ name: "preview.json", content }]);
      await github.putArtifact({ run: id, name: "preview", bytes });
    }
    return { id: String(id), number };
  };

  it("comments with the token of a workflow, and says where", async () => {
    const { id, number } = await run("one", JSON.stringify(fullReport()));
    const first = await comment(["--run", id]);
    assert.deepEqual(
      [first.exitCode, first.stderr.split("\n").at(-1)],
      [0, "1 changed file, 0 of code"],
    );
    assert.match(
      first.stdout,
      new RegExp(`^Pull request #${number}: comment created: http.*#issuecomment-\\d+$`),
    );
    const again = await comment(["--run", id, "--json"]);
    assert.deepEqual([again.exitCode, again.stderr], [0, ""]);
    assert.partialDeepStrictEqual(JSON.parse(again.stdout), {
      outcome: "unchanged",
      pullRequest: number,
      reviewed: true,
    });
  });

  it("ends well where there is nothing to do", async () => {
    const { id, number } = await run("two", undefined);
    await emulator.github.changePullRequest({ number, state: "closed" });
    const { exitCode, stdout } = await comment(["--run", id]);
    assert.equal(exitCode, 0);
    assert.equal(
      stdout,
      "Nothing to comment on: no open pull request has the head of the run; it was closed or merged.",
    );
  });

  it("ends badly with the reason where the preview is refused, and gives the runner no command", async () => {
    const { id } = await run("three", '{"::error::x ##[add-mask]x\\n::stop-commands::y":1}');
    const { exitCode, stderr } = await comment(["--run", id]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error: artifact preview, preview\.json: \d+ problems$/m);
    assert.match(stderr, /unknown key/);
  });

  it("names all that is missing at once, and what GitHub refuses", async () => {
    const none = await comment(["--run", "1"], {
      ...{
        GITHUB_TOKEN: "",
        GITHUB_REPOSITORY: "::error::x",
        GITHUB_API_URL: "http://example.com",
      },
    });
    assert.equal(none.exitCode, 1);
    for (const words of [/GITHUB_TOKEN is not set/, /write owner\/name/, /is no https URL/]) {
      assert.match(none.stderr, words);
    }
    const wrong = await comment(["--run", "1"], { GITHUB_TOKEN: "wrong" });
    assert.equal(wrong.exitCode, 1);
    assert.match(wrong.stderr, /does not accept the token/);
    assert.equal((await comment(["--run", "x"])).exitCode, 2);
    assert.equal((await comment([])).exitCode, 2);
  });
});
