/*
 * What `slipway snapshot` leaves on a registry, and what a plan says of it. Each test goes on from where the one before it
 * ended.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { parseDocument } from "yaml";
import { readSnapshot, type Snapshot } from "../../../rules/snapshot.ts";
import type { ResourceChange } from "../../../rules/snapshot-changes.ts";
import { type CliResult, ProjectCopy } from "../../cli/support/project-copy.ts";

const FAMILY = "ci-image";
const ACCELERATOR = "pytorch-linux-jammy-rocm-n-py3";

describe("slipway snapshot", function () {
  this.timeout(5 * 60_000);
  let project: ProjectCopy;
  let first: string;
  let second: string;

  before("make a project with commits and a cloud", async function () {
    this.timeout(15 * 60_000);
    project = await ProjectCopy.make();
    await editYaml("Pulumi.local.yaml", (document) =>
      document.setIn(["config", "slipway:families"], [FAMILY]),
    );
    await git("init", "-q", "-b", "main");
    await writeFile(join(project.root, ".git/info/exclude"), "node_modules\n.slipway\n*.json\n");
    first = await commit("Begin");
    await succeed("local", "start");
  });
  after(() => project.remove());

  const git = (...args: readonly string[]) => project.git(...args);
  const commit = (message: string) => project.commit(message);

  async function succeed(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await project.slipway(args);
    assert.equal(exitCode, 0, `slipway ${args.join(" ")}\n${stdout}\n${stderr}`);
    return stdout;
  }

  async function editYaml(
    path: string,
    change: (document: ReturnType<typeof parseDocument>) => void,
  ): Promise<void> {
    await project.edit(path, (text) => {
      const document = parseDocument(text);
      change(document);
      return document.toString();
    });
  }

  const file = (name = "snapshot.json") => join(project.root, name);
  const fetch = () => succeed("snapshot", "fetch", "--output", file());
  const publish = (...args: readonly string[]): Promise<CliResult> =>
    project.slipway(["snapshot", "publish", ...args]);

  async function snapshot(): Promise<Snapshot> {
    await fetch();
    const read = readSnapshot(await readFile(file(), "utf8"));
    assert.ok("snapshot" in read, JSON.stringify(read));
    return read.snapshot;
  }

  async function changes(): Promise<readonly ResourceChange[]> {
    const text = await succeed("plan", "--snapshot", file(), "--json");
    return (JSON.parse(text) as { since: { changes: ResourceChange[] } }).since.changes;
  }

  it("publishes nothing before the first up, and says what to run", async () => {
    const { exitCode, stderr } = await publish();
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /stack local has no state by the embedded engine: .*slipway up --stack local first/,
    );
  });

  it("fetches nothing before the first publication, takes away what the file held, and ends well", async () => {
    await writeFile(file(), "of last week");
    assert.match(
      await fetch(),
      /^no snapshot to fetch: none was published yet at \S+slipway-snapshot:main$/,
    );
    assert.equal(existsSync(file()), false);
  });

  it("publishes after up what a later plan finds unchanged", async function () {
    this.timeout(10 * 60_000);
    await succeed("up", "--stack", "local", "--engine", "embedded");
    const { exitCode, stdout, stderr } = await publish();
    assert.equal(exitCode, 0, stderr);
    assert.match(
      stdout,
      /slipway-snapshot:main has the snapshot of stack local at [0-9a-f]{40}: \d+ resources/,
    );
    assert.doesNotMatch(stdout, /held back|warning/);
    const { commit, stack, repository, channel } = await snapshot();
    assert.deepEqual(
      [commit, stack, repository, channel],
      [first, "local", "pytorch/pytorch", "main"],
    );
    assert.deepEqual(await changes(), []);
    assert.match(
      await succeed("plan", "--snapshot", file()),
      /\n {2}nothing changes\n\n\d+ unchanged/,
    );
  });

  it("holds nothing of what is secret, nor of how it is kept", async () => {
    const text = JSON.stringify(await snapshot());
    const cloud = await readFile(join(project.home, "cloud.json"), "utf8");
    for (const [, secret = ""] of cloud.matchAll(/"(?:password|token)":\s*"([^"]+)"/g)) {
      assert.ok(secret.length > 8 && !text.includes(secret));
    }
    const state = await readFile(join(project.home, "state/local.json"), "utf8");
    const hidden = [...state.matchAll(/"(?:ciphertext|sealed|fingerprint|keyId)":\s*"([^"]+)"/g)];
    assert.ok(hidden.length > 5);
    for (const [, value = ""] of hidden) assert.ok(!text.includes(value));
  });

  it("shows an added accelerator and a reviewer, and nothing else", async () => {
    await editYaml(`images/${FAMILY}/image.yaml`, (document) =>
      document.setIn(
        ["accelerators", "snapshot-test"],
        document.getIn(["accelerators", ACCELERATOR]),
      ),
    );
    await editYaml("Pulumi.local.yaml", (document) =>
      document.addIn(["config", "slipway:environments", "docker-build", "users"], "bob"),
    );
    second = await commit("Add an accelerator and a reviewer");
    const found = await changes();
    assert.deepEqual(found.map(({ change, type, name }) => `${change} ${type} ${name}`).sort(), [
      `create docker-build:index:Image ${FAMILY}/snapshot-test-content`,
      `create docker-build:index:Image ${FAMILY}/snapshot-test-contract`,
      `create slipway:index:ImageName ${FAMILY}/snapshot-test-name`,
      "update slipway:index:GithubEnvironment docker-build-environment",
    ]);
    const update = found.find(({ change }) => change === "update");
    assert.deepEqual(update?.properties, [{ path: "users[1]", new: "bob" }]);
    const text = await succeed("plan", "--snapshot", file());
    assert.match(text, /users\[1\]: \(none\) -> "bob"/);
    assert.match(text, /3 to create, 1 to update, \d+ unchanged/);
    const markdown = await succeed("plan", "--snapshot", file(), "--markdown");
    assert.match(
      markdown,
      /\| update \| `slipway\.GithubEnvironment` \| `docker-build-environment` \|/,
    );
  });

  it("shows what is no longer declared as deleted, and makes no file or folder of its own", async () => {
    await editYaml(`images/${FAMILY}/image.yaml`, (document) => {
      document.deleteIn(["accelerators", "snapshot-test"]);
      document.deleteIn(["accelerators", ACCELERATOR]);
    });
    const before = await readdir(project.root);
    const deleted = (await changes()).filter(({ change }) => change === "delete");
    assert.deepEqual(deleted.map(({ name }) => name).sort(), [
      `${FAMILY}/${ACCELERATOR}-content`,
      `${FAMILY}/${ACCELERATOR}-contract`,
      `${FAMILY}/${ACCELERATOR}-name`,
    ]);
    assert.deepEqual(await readdir(project.root), before);
    await git("checkout", "-q", "--", "images");
  });

  it("is compared with its own stack only", async () => {
    const { exitCode, stderr } = await project.slipway([
      "plan",
      "--stack",
      "main",
      "--snapshot",
      file(),
    ]);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /is the snapshot of stack local of pytorch\/pytorch, channel main, and not that of stack main/,
    );
  });

  it("refuses a file that is no snapshot, with all that is wrong", async () => {
    const text = await readFile(file(), "utf8");
    await writeFile(
      file("other.json"),
      JSON.stringify({ ...JSON.parse(text), commit: "HEAD", more: 1 }),
    );
    const { exitCode, stderr } = await project.slipway(["plan", "--snapshot", file("other.json")]);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /other\.json: 2 problems\n {2}commit: "HEAD" is not .*\n {2}more: unknown key/,
    );
  });

  it("is published with a warning where files of the stack are not as committed, and others do not count", async () => {
    await writeFile(join(project.root, "docs/new.md"), "");
    const clean = await publish();
    assert.equal(clean.exitCode, 0, clean.stderr);
    assert.doesNotMatch(clean.stdout, /not as committed/);
    await writeFile(join(project.root, "images/new.txt"), "");
    const mend = await project.edit("index.ts", (text) => `${text}\n`);
    const { stdout } = await publish();
    assert.match(
      stdout,
      new RegExp(
        `^warning: .*of commit ${second}, which is checked out.*: images/new\\.txt, index\\.ts;|^warning: .*: index\\.ts, images/new\\.txt;`,
        "m",
      ),
    );
    const { uncommitted } = JSON.parse((await publish("--json")).stdout) as {
      uncommitted: string[];
    };
    assert.deepEqual(uncommitted.sort(), ["images/new.txt", "index.ts"]);
    await mend();
    await git("clean", "-q", "-f", "--", "docs", "images");
  });

  it("is not replaced by a run for an older commit", async () => {
    assert.equal((await publish()).exitCode, 0);
    assert.equal((await snapshot()).commit, second);
    await git("checkout", "-q", first);
    const { exitCode, stdout } = await publish("--json");
    assert.equal(exitCode, 0);
    const { skipped } = JSON.parse(stdout) as { skipped: string };
    assert.match(skipped, new RegExp(`${first} is older than ${second}`));
    assert.equal((await snapshot()).commit, second);
    await git("checkout", "-q", "main");
  });

  it("publishes nothing after a run that ended in the middle of something", async () => {
    const path = join(project.home, "state/local.json");
    const text = await readFile(path, "utf8");
    const state = JSON.parse(text) as { resources: { id?: string; custom: boolean }[] };
    const { id, ...begun } = state.resources.find(({ custom }) => custom) ?? {};
    assert.ok(id);
    await writeFile(path, JSON.stringify({ ...state, pending: [begun] }));
    const { exitCode, stderr } = await publish();
    await writeFile(path, text);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /ended in the middle of something, .*run slipway up --stack local to its end first/,
    );
  });

  it("reads the state of the Pulumi CLI, too, and takes what is encrypted for secret", async () => {
    const signature = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
    const urn = (type: string, name: string) => `urn:pulumi:local::slipway::${type}::${name}`;
    const type = "slipway:index:GithubEnvironment";
    const environment = {
      ...{ urn: urn(type, "docker-build-environment"), type, custom: true },
      inputs: { environment: "docker-build", waitTimer: { ...signature, ciphertext: "v1:abc" } },
    };
    const exported = { version: 3, deployment: { resources: [environment] } };
    const bin = join(project.home, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "exported.json"), JSON.stringify(exported));
    await writeFile(
      join(bin, "pulumi"),
      '#!/bin/sh\n[ "$1" = version ] && exit 0\n[ "$*" = "stack export --stack local" ] && cat "${0%/*}/exported.json"\n',
    );
    await chmod(join(bin, "pulumi"), 0o755);
    const { exitCode, stdout, stderr } = await project.slipway(
      ["snapshot", "publish", "--engine", "pulumi"],
      { PATH: [bin, process.env["PATH"]].join(delimiter) },
    );
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /1 resources, from the state of the Pulumi CLI\n/);
    assert.match(
      stdout,
      /held back, .*: slipway:index:GithubEnvironment docker-build-environment: waitTimer/,
    );
    const { resources } = await snapshot();
    assert.deepEqual(resources, [
      {
        ...{ type, name: "docker-build-environment" },
        properties: { environment: "docker-build" },
        withheld: ["waitTimer"],
      },
    ]);
  });
});
