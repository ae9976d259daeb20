/*
 * Every secret that Slipway is given is a marker here, and nothing that it prints or leaves behind may hold one in any form:
 * every command that touches a secret, as verbose as it gets, failing runs, a crash, a killed run, and the provider as the
 * Pulumi CLI starts it. What these do not prove: what the Pulumi CLI itself shows and keeps.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile, readFile, rename } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  CanaryStack,
  GIVEN,
  type Replacements,
  type RunOptions,
  VERBOSE,
} from "./support/canary-stack.ts";
import { marker, MarkerSearch } from "./support/markers.ts";
import { Plugin, secret, withoutSecrets } from "./support/plugin.ts";
import { ProcessWatch } from "./support/process-watch.ts";

const LOCAL = ["--stack", "local", "--engine", "embedded"];
const CHANGED = { variable: GIVEN.otherVariable };

describe("a marker", () => {
  it("is found in every form that it may be shown in, and nowhere else", () => {
    const { name, value } = marker("input");
    const search = new MarkerSearch([{ name, value }]);
    for (const before of ["", "a", "ab", "abc"]) {
      const text = `${before}${value}c`;
      const bytes = Buffer.from(text);
      for (const form of [
        text,
        JSON.stringify(JSON.stringify(text)),
        encodeURIComponent(text),
        bytes.toString("base64"),
        bytes.toString("base64url"),
        bytes.toString("hex"),
        bytes.toString("hex").toUpperCase(),
      ]) {
        assert.equal(search.in(form).length, 1, form);
      }
    }
    assert.deepEqual(search.in(`input/ ${"0".repeat(64)}`), []);
  });
});

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

  /** A command that ends as expected: one that did nothing would show nothing. */
  async function run(exitCode: number, args: readonly string[], options?: RunOptions) {
    const result = await stack.run(args, options);
    const { stdout, stderr } = result;
    assert.equal(result.exitCode, exitCode, `${args.join(" ")}\n${stdout}\n${stderr}`);
    return result;
  }

  /** Nothing of what some work printed and left behind shows a marker. */
  async function assertSilent(work: () => Promise<unknown>): Promise<void> {
    const found = await stack.findingsOf(async () => {
      await work();
      await stack.searchFiles();
      await stack.searchOpenedState();
    });
    assert.deepEqual(found, []);
  }

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
    // A client of BuildKit has no other way to be told a login. Mode 0700; the next build removes it.
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
      await run(0, ["preview", ...LOCAL, "--verbose"], CHANGED);
      await run(0, ["preview", ...LOCAL, "--json"], CHANGED);
      await run(0, ["up", ...LOCAL, "--verbose"], CHANGED);
      await run(0, ["refresh", ...LOCAL, "--json"], CHANGED);
      await Promise.all([
        run(0, ["outputs", ...LOCAL]),
        run(0, ["outputs", ...LOCAL, "--json"]),
        run(0, ["secrets", "--stack", "local"]),
        run(0, ["secrets", "--stack", "local", "--json"]),
      ]);
      await run(0, ["build", "--missing", "--stack", "local", "--json"]);
      await run(0, ["record", "--stack", "local", "--json", ...commit]);
    });
  });

  it("in what is told of a stack without touching anything", async () => {
    await assertSilent(async () => {
      for (const name of ["local", "main"]) {
        await Promise.all([
          run(0, ["plan", "--stack", name, "--properties", "--policies"]),
          run(0, ["plan", "--stack", name, "--json"]),
          run(0, ["plan", "--stack", name, "--markdown"]),
        ]);
      }
      await Promise.all([
        run(0, ["trust", "--stack", "local", "--json"]),
        run(0, ["keys", "--stack", "local", "--json"]),
        run(0, ["names", "refs/heads/main", "--stack", "local", "--json"]),
        run(0, ["doctor"]),
      ]);
    });
  });

  it("in what failing runs print", async () => {
    const { value: wrong } = GIVEN.wrongToken;
    const broken = createServer((_, answer) => answer.writeHead(500).end("<html>")).listen(0);
    await once(broken, "listening");
    const endpoint = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`;
    const withGithub = (github: object, ...args: readonly string[]) =>
      stack.withCloud(
        (cloud) => ({ ...cloud, github: { ...cloud.github, ...github } }),
        () => run(1, args),
      );
    await assertSilent(async () => {
      await withGithub({ token: wrong.replace(/.*-/, "wrong-") }, "up", ...LOCAL);
      // Not even a header of HTTP.
      await withGithub({ token: wrong }, "secrets", "--stack", "local");
      await withGithub({ endpoint: "http://127.0.0.1:9" }, "secrets", "--stack", "local");
      await withGithub({ endpoint }, "secrets", "--stack", "local", "--json");
      await run(1, ["up", ...LOCAL], { replacements: { "github/seal.ts": "crash.ts" } });
      await run(2, ["secrets", "set", "SEALED_TOKEN", GIVEN.argument.value]);
    });
    broken.close();
    const putBack = await stack.project.edit(
      "Pulumi.main.yaml",
      (text) => `${text}  slipway:dockerToken: ${JSON.stringify(GIVEN.dockerToken.value)}\n`,
    );
    try {
      const found = await stack.findingsOf(() => run(1, ["plan", "--stack", "main"]));
      assert.deepEqual(found, []);
    } finally {
      await putBack();
    }
  });

  it("in the plugin that the Pulumi CLI starts, but in the envelopes of secrets", async () => {
    const { github } = await stack.cloud();
    const plugin = await Plugin.start({
      ...VERBOSE,
      GITHUB_TOKEN: GIVEN.processToken.value,
      SLIPWAY_TEST_REPLACE: "{}",
    });
    const urn = "urn:pulumi:local::slipway::slipway:index:EnvironmentSecret::plugin";
    const inputs = (value: string, api: object) => ({
      repository: "pytorch/pytorch",
      environment: "gpu-benchmarks",
      name: "PLUGIN_TOKEN",
      value: secret(value),
      api,
    });
    const token = secret(github.token);
    const api = { baseUrl: `${github.endpoint}/`, token };
    const noted = (what: string, answer: unknown) =>
      stack.note(what, JSON.stringify(withoutSecrets(answer)));
    const fails = (what: string, work: Promise<unknown>) =>
      assert.rejects(work, (error: Error) => {
        stack.note(what, `${error.message}${error.stack ?? ""}`);
        return true;
      });
    await assertSilent(async () => {
      const first = await plugin.check(urn, {}, inputs(GIVEN.variable.value, api));
      assert.deepEqual(first.failures, []);
      noted("answer of check", first);
      const made = await plugin.create(urn, first.inputs);
      noted("answer of create", made);
      noted("answer of read", await plugin.read(urn, made));
      const second = await plugin.check(urn, first.inputs, inputs(GIVEN.config.value, api));
      noted("answer of check", second);
      const changed = await plugin.update(urn, made, second.inputs);
      noted("answer of update", changed);
      await plugin.delete(urn, changed);
      noted("answer of a bad check", await plugin.check(urn, {}, { ...inputs("", api), name: 1 }));
      const refused = { ...api, token: secret(GIVEN.wrongToken.value.replace(/.*-/, "wrong-")) };
      await fails("refused check", plugin.check(urn, {}, inputs(GIVEN.variable.value, refused)));
      const gone = { ...api, baseUrl: "http://127.0.0.1:9/" };
      await fails("unreachable check", plugin.check(urn, {}, inputs(GIVEN.variable.value, gone)));
      stack.note("output of the plugin", await plugin.end());
    });
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
          await run(0, [command, ...LOCAL, "--json"], { variable: GIVEN.proof, replacements });
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

/** Only the emulator itself has a credential in its environment, its own. */
function mayHold(command: string, finding: string): boolean {
  return command.includes("local/github/main.ts") && finding.startsWith("the emulator's token");
}
