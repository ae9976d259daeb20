import assert from "node:assert/strict";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { showDoctor } from "../../../cli/show-doctor.ts";
import { Store } from "../../../cli/cache/store/store.ts";
import { examineMachine, type Check } from "../../../local/doctor.ts";
import { runInNode } from "../../support/node-child.ts";

describe("the examination of a machine", function () {
  this.timeout(30_000);

  it("says of each thing what was found and, where it lacks, how to get it", async () => {
    const checks = await examineMachine();
    assert.deepEqual(
      checks.map(({ name }) => name),
      [
        ...["git", "node", "npm", "go", "python"],
        ...["BUILDKIT_HOST", "docker buildx", "buildkitd", "free disk", "pulumi"],
      ],
    );
    for (const { name, state, found, needed, how } of checks) {
      assert.notEqual(found, "", name);
      assert.notEqual(needed, "", name);
      assert.equal(how === "", state === "ok", name);
    }
    const node = checks.find(({ name }) => name === "node");
    assert.equal(node?.found, `${process.versions.node} (${process.execPath})`);
  });

  it("finds an empty machine lacking", async () => {
    const empty = await mkdtemp(join(tmpdir(), "slipway-doctor-"));
    const file = join(import.meta.dirname, "../../../local/doctor.ts");
    const uid = process.getuid?.() === 0 ? { uid: 65_534 } : {};
    try {
      const { value } = await runInNode(
        `const { examineMachine } = await import(${JSON.stringify(file)}); return examineMachine();`,
        { PATH: empty },
        uid,
      );
      const states = new Map((value as Check[]).map(({ name, state }) => [name, state]));
      for (const name of ["git", "npm", "go", "python", "docker buildx", "buildkitd"]) {
        assert.equal(states.get(name), "missing", name);
      }
      assert.equal(states.get("node"), "ok");
      assert.equal(states.get("pulumi"), "absent");
    } finally {
      await rm(empty, { recursive: true });
    }
  });

  it("wants only one way to a BuildKit", async () => {
    const file = join(import.meta.dirname, "../../../local/doctor.ts");
    const { value } = await runInNode(
      `const { examineMachine } = await import(${JSON.stringify(file)}); return examineMachine();`,
      { PATH: "/nowhere", BUILDKIT_HOST: "tcp://builder:1234" },
    );
    const states = new Map((value as Check[]).map(({ name, state }) => [name, state]));
    assert.equal(states.get("BUILDKIT_HOST"), "ok");
    assert.equal(states.get("docker buildx"), "absent");
  });

  it("says of a store who could write it, and of nothing else", async () => {
    const folder = await mkdtemp(join(tmpdir(), "slipway-doctor-"));
    const said: string[] = [];
    const { log } = console;
    try {
      const store = join(folder, "store");
      await Store.create(store);
      await chmod(store, 0o777);
      console.log = (line: string) => said.push(line);
      const code = await showDoctor({ store, jobUser: "nobody", json: true });
      const { ok, findings } = JSON.parse(said.join("")) as {
        ok: boolean;
        findings: { path: string; command: string }[];
      };
      assert.deepEqual([code, ok], [1, false]);
      const found = findings.find(({ path }) => path === store);
      assert.equal(found?.command, `chmod -R go-w ${store}`);
    } finally {
      console.log = log;
      await rm(folder, { recursive: true });
    }
  });

  it("refuses to ask about a jobs' user without a store", async () => {
    await assert.rejects(showDoctor({ jobUser: "nobody" }), /--job-user is asked of a store/);
  });
});
