/*
 * Every secret that Slipway is given is a marker here, and nothing that it prints or leaves behind may hold one in any form:
 * the commands that take a token, a login or a secret, as verbose as they get; failing runs, a crash, a killed run; and the
 * provider as the Pulumi CLI starts it. Not run, since they are given none: local stop, status and remove, trust check; nor
 * bases bump and mirror, which log in as bases check does. What these do not prove: what the Pulumi CLI itself shows and
 * keeps, and what GitHub is sent, but for what its emulator keeps of it: the log of requests has no header and no body.
 */
import assert from "node:assert/strict";
import { copyFile, glob, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { LocalCloud } from "../../../rules/local-cloud.ts";
import { CanaryStack, FAMILY, LOCAL, type Replacements } from "./support/canary-stack.ts";
import { failingRuns } from "./support/failing-runs.ts";
import { GIVEN } from "./support/given.ts";
import { usePlugin } from "./support/plugin-work.ts";
import { ProcessWatch } from "./support/process-watch.ts";

const CHANGED = { variable: GIVEN.otherVariable };

describe("no secret shows", function () {
  this.timeout(180_000);
  let stack: CanaryStack;
  let watch: ProcessWatch;

  before(async function () {
    this.timeout(15 * 60_000); // On a fresh machine the tools are built here.
    stack = await CanaryStack.start();
    watch = new ProcessWatch(stack.search, mayHold);
  });
  after(async () => {
    await watch.end();
    await stack.project.remove();
  });

  const run: CanaryStack["expect"] = (...given) => stack.expect(...given);
  const assertSilent: CanaryStack["assertSilent"] = (work) => stack.assertSilent(work);

  it("when a run is killed in the middle, but in the logins of a build, until the next", async () => {
    const found = await stack.findingsOf(async () => {
      const up = stack.spawn(["up", ...LOCAL, "--verbose"]);
      const log = join(stack.project.home, "github/requests.jsonl");
      const hasBegun = async () => (await readFile(log, "utf8").catch(() => "")).includes('"PUT"');
      while (!(await hasBegun()) && up.exitCode === null) await delay(20);
      up.kill("SIGKILL");
      const { stdout, stderr, signal } = await up;
      assert.equal(signal, "SIGKILL");
      stack.note("stdout of a killed run", stdout);
      stack.note("stderr of a killed run", stderr);
      await stack.searchFiles();
      await stack.searchOpenedState();
    });
    // A client of BuildKit has no other way to be told a login. Nobody else can read it, and the next build removes it.
    for await (const folder of glob(join(stack.project.home, "tmp/slipway-docker-config-*"))) {
      assert.equal((await stat(folder)).mode & 0o777, 0o700);
      const mode = await stat(join(folder, "config.json")).catch(() => undefined);
      if (mode !== undefined) assert.equal(mode.mode & 0o777, 0o600);
    }
    const logins = /^tmp\/slipway-docker-config-\d+-\w+\/config\.json: the password of /;
    assert.deepEqual(
      found.filter((finding) => !logins.test(finding)),
      [],
    );
  });

  it("in what the commands of a stack print and leave behind", async () => {
    const { value: input } = GIVEN.sealed;
    const commit = ["--commit", "c".repeat(40)];
    await assertSilent(async () => {
      await run(0, ["up", ...LOCAL, "--verbose"]);
      await run(0, ["secrets", "set", "SEALED_TOKEN", "--stack", "local"], { input });
      await run(0, ["up", ...LOCAL, "--json"]);
      const fromVariable = ["--from-env", "SEALED_VALUE", "--stack", "local"];
      await run(0, ["secrets", "set", "SEALED_TOKEN", ...fromVariable]);
      await run(0, ["preview", ...LOCAL, "--verbose"], CHANGED);
      await run(0, ["preview", ...LOCAL, "--json"], CHANGED);
      await run(0, ["up", ...LOCAL, "--verbose"], CHANGED);
      await run(0, ["refresh", ...LOCAL, "--json"], CHANGED);
      await stack.expectAll(
        ["outputs", ...LOCAL],
        ["outputs", ...LOCAL, "--json"],
        ["secrets", "--stack", "local"],
        ["secrets", "--stack", "local", "--json"],
      );
      await run(0, ["build", "--missing", "--stack", "local", "--json"]);
      await run(0, ["record", "--stack", "local", "--json", ...commit]);
      await stack.expectAll(
        ["image", FAMILY, "--stack", "local", "--json"],
        ["channel", "create", "release/2.10", "--from", "local", "--json"],
        ["retention", "simulate", "--stack", "local", "--at", "+90d", "--json"],
        ["trust", "subject", "--stack", "local", "--json"],
      );
      // Somebody wrote another value, it says.
      await run(1, ["drift", ...LOCAL]);
      await run(1, ["drift", ...LOCAL, "--json"]);
    });
  });

  it("in what is built and run, and to what is run in an image", async () => {
    await assertSilent(async () => {
      await run(0, ["build", FAMILY, "--stand-ins"]);
      const { stdout } = await run(0, ["run", FAMILY, "--stand-ins", "--", "env"]);
      assert.match(stdout, /^PATH=/m);
    });
  });

  it("in what is told of strays and removed, though a value is searched for in what GitHub was sent", async () => {
    await putStray(await stack.cloud());
    const found = await stack.findingsOf(() => stack.searchFiles());
    assert.deepEqual(found, ["github/state.json: stray in clear"]);
    const told = await stack.findingsOf(() => run(0, ["secrets", "--stack", "local", "--json"]));
    assert.deepEqual(told, []);
    await assertSilent(() => run(0, ["secrets", "--stack", "local", "--remove-strays", "--yes"]));
  });

  it("in what is told of a stack without touching anything", async () => {
    await assertSilent(async () => {
      for (const name of ["local", "main"]) {
        await stack.expectAll(
          ["plan", "--stack", name, "--properties", "--policies"],
          ["plan", "--stack", name, "--json"],
          ["plan", "--stack", name, "--markdown"],
        );
      }
      await stack.expectAll(
        ["plan", "--stack", "therock", "--json"],
        ["trust", "--stack", "local", "--json"],
        ["keys", "--stack", "local", "--json"],
        ["names", "refs/heads/main", "--stack", "local", "--json"],
        ["doctor"],
      );
    });
  });

  it("in what failing runs print", () => assertSilent(() => failingRuns(stack)));

  it("in what GitHub was sent, which takes nothing that is not sealed", async () => {
    await assertSilent(async () => {
      const replacements = { "github/seal.ts": "no-sealing.ts" };
      const { stdout } = await run(1, ["up", ...LOCAL, "--json"], {
        variable: GIVEN.proof,
        replacements,
      });
      const { failures } = JSON.parse(stdout) as { failures: readonly { message: string }[] };
      assert.match(failures[0]?.message ?? "", /RESULTS_TOKEN: HTTP 422: [^]*encrypted_value/);
    });
  });

  for (const [where, text] of [
    ["a key of secrets", `  slipway:dockerToken: ${JSON.stringify(GIVEN.dockerToken.value)}`],
    [
      "a sealed value",
      `  slipway:sealedSecrets:
    docker-deploy:
      SLIPWAY_APP_KEY: { keyId: "1", value: ${JSON.stringify(GIVEN.clearText.value)}, sealedOn: "2026-11-21" }`,
    ],
    [
      "the whole of a sealed value",
      `  slipway:sealedSecrets:
    docker-deploy:
      SLIPWAY_APP_KEY: ${JSON.stringify(GIVEN.clearText.value)}`,
    ],
  ] as const) {
    it(`in what is said of a clear text in the place of ${where}`, async () => {
      const putBack = await stack.project.edit("Pulumi.main.yaml", (file) => `${file}${text}\n`);
      try {
        const found = await stack.findingsOf(() => run(1, ["plan", "--stack", "main"]));
        assert.deepEqual(found, []);
      } finally {
        await putBack();
      }
    });
  }

  it("in the plugin that the Pulumi CLI starts, but in the envelopes of secrets", async () => {
    await assertSilent(() => usePlugin(stack));
  });

  it("to other processes of the machine", async () => {
    const { found, commands } = await watch.end();
    // Whoever writes a value into a command has shown it already.
    const shown = found.filter((finding) => !finding.endsWith(": argument in clear"));
    assert.deepEqual(shown, []);
    for (const program of ["cli/main.ts", "buildctl", "local/github/main.ts"]) {
      assert.ok(
        commands.some((command) => command.includes(program)),
        program,
      );
    }
  });

  describe("is a test that fails", () => {
    /** What is found of the run's own value when part of the product is taken out; the state is put back. */
    async function without(
      replacements: Replacements,
      command: "preview" | "up",
      look: () => Promise<void> = () => stack.searchFiles(),
    ) {
      const state = join(stack.project.home, "state/local.json");
      await copyFile(state, `${state}.before`);
      try {
        return await stack.findingsOf(async () => {
          await run(0, [command, ...LOCAL, "--json"], {
            variable: GIVEN.proof,
            replacements,
          });
          await look();
        });
      } finally {
        await rename(`${state}.before`, state);
      }
    }

    it("when values are not sealed", async () => {
      const found = await without({ "github/seal.ts": "no-sealing.ts" }, "preview");
      assert.match(found.join("\n"), /^stdout of slipway preview .*: proof in clear$/m);
    });

    it("when the value takes the place of its fingerprint", async () => {
      const found = await without({ "provider/fingerprint.ts": "no-fingerprint.ts" }, "up", () =>
        stack.searchOpenedState(),
      );
      assert.ok(found.includes("state/local.json, opened: proof in clear"), found.join("\n"));
    });

    it("when the state is not encrypted", async () => {
      const found = await without({ "engine/secret-box.ts": "no-encryption.ts" }, "up");
      const finding = "state/local.json: the emulator's token in clear";
      assert.ok(found.includes(finding), found.join("\n"));
    });
  });

  // Nested, because tests run before the suites beside them.
  describe("at last", () => {
    it("when everything is deleted", async () => {
      await assertSilent(() => run(0, ["destroy", ...LOCAL, "--yes", "--verbose"]));
    });
  });
});

/** Sets a variable that nobody declared: no secret to GitHub, which keeps it as it is sent. */
async function putStray({ github }: LocalCloud): Promise<void> {
  const path = "repos/pytorch/pytorch/environments/gpu-benchmarks/variables";
  const answer = await fetch(`${github.endpoint}/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${github.token}` },
    body: JSON.stringify({ name: "STRAY", value: GIVEN.stray.value }),
  });
  assert.equal(answer.status, 201);
}

/** Only the emulator itself has a credential in its environment, its own. */
function mayHold(command: string, finding: string): boolean {
  return command.includes("local/github/main.ts") && finding.startsWith("the emulator's token");
}
