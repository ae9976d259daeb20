import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readEnvironment, readPairs, readPath } from "../support/command-files.ts";
import { Masks, masksIn } from "../support/masks.ts";
import { combinations } from "../support/matrix.ts";
import type { Payload } from "../support/payloads.ts";
import { starts } from "../support/triggers.ts";
import { readAction, readWorkflow } from "../support/workflow-tree.ts";

const workflow = (more: string, job = "") =>
  `on: {push: {}}\npermissions: {}\n${more}\njobs: {a: {runs-on: x, timeout-minutes: 1, ${job} steps: []}}\n`;

describe("a workflow's tree in tests", () => {
  it("is refused with a key that the runner does not know, by its place", () => {
    assert.doesNotThrow(() => readWorkflow(workflow(""), "a.yml"));
    assert.throws(() => readWorkflow(workflow("on-fire: yes"), "a.yml"), /on-fire/);
    assert.throws(() => readWorkflow(workflow("", "services: {},"), "a.yml"), /services/);
    assert.throws(() => readWorkflow(workflow("on: {}"), "a.yml"), /unique/);
    assert.throws(
      () => readWorkflow("on: {pull_request_target: {}}", "a.yml"),
      /pull_request_target/,
    );
  });

  it("is refused where an action is none of steps", () => {
    const node = "name: a\ndescription: b\nruns: {using: node24, main: index.js}\n";
    assert.throws(() => readAction(node, "action.yml"), /using/);
  });
});

describe("a matrix in tests", () => {
  const image = ["a", "b", "c"];

  it("has every combination but those that all of an entry's values fit", () => {
    const exclude = [{ image: "b" }, { image: "c", arch: "arm" }];
    assert.deepEqual(combinations({ image, arch: ["x", "arm"], exclude }), [
      { image: "a", arch: "x" },
      { image: "a", arch: "arm" },
      { image: "c", arch: "x" },
    ]);
  });

  it("is a job for each entry of include alone", () => {
    const include = [{ image: "a", runner: "x" }, { image: "b" }];
    assert.deepEqual(combinations({ include }), include);
  });

  it("is refused when nothing is left, when it includes more, and when it excludes by what it has not", () => {
    const all = image.map((one) => ({ image: one }));
    assert.throws(() => combinations({ image, exclude: all }), /nothing is left/);
    assert.throws(() => combinations({ image, include: all }), /include/);
    assert.throws(() => combinations({ include: [] }), /include/);
    assert.throws(() => combinations({ include: ["a"] }), /include/);
    assert.throws(() => combinations({ image, exclude: [{ name: "a" }] }), /name/);
  });
});

describe("the files of a step's commands in tests", () => {
  it("are pairs, with values of several lines between delimiters", () => {
    const pairs = readPairs("a=1=2\nb<<END\nx=y\n\nz\nEND\na=3\n");
    assert.deepEqual(
      [...pairs],
      [
        ["a", "3"],
        ["b", "x=y\n\nz"],
      ],
    );
    assert.equal(readPairs("url=a<<b\n").get("url"), "a<<b");
  });

  it("are refused as GitHub's runner refuses them", () => {
    assert.throws(() => readPairs("nothing\n"), /Invalid format 'nothing'/);
    assert.throws(() => readPairs("=1\n"), /Name must not be empty/);
    assert.throws(() => readPairs("a<<\nb\n"), /delimiter must not be empty/);
    assert.throws(() => readPairs("a<<END\nb\n"), /Matching delimiter not found 'END'/);
  });

  it("set no variable of GitHub's own", () => {
    assert.equal(readEnvironment("A=1\n").get("A"), "1");
    for (const name of ["NODE_OPTIONS", "GITHUB_SHA", "RUNNER_TEMP"]) {
      assert.throws(() => readEnvironment(`${name}=1\n`), new RegExp(name));
    }
    assert.deepEqual(readPath("/a\n/b\n"), ["/a", "/b"]);
  });
});

describe("masks in tests", () => {
  it("hide values and lines of values, the longest first", () => {
    const masks = new Masks();
    for (const value of ["secret", "secret-longer", "one\ntwo", ""]) masks.add(value);
    assert.equal(masks.hide("a secret-longer two secret"), "a *** *** ***");
    assert.ok(masks.isIn("xtwox"));
    assert.ok(!masks.isIn("three"));
  });

  it("are taken from what steps print, and commands that nobody knows are refused", () => {
    assert.deepEqual(masksIn("x\n::add-mask::a%0Ab\n::error file=a::bad\n::group::b\n"), ["a\nb"]);
    assert.throws(() => masksIn("::set-output name=a::b"), /set-output/);
  });
});

describe("triggers in tests", () => {
  const on = readWorkflow(
    `on:
  push: {branches: [main, release/*, stage/docker/**], tags: ["v[0-9]+.[0-9]+.[0-9]+-rc[0-9]+"]}
  pull_request: {branches: [main]}
  workflow_run: {workflows: [plan], types: [completed]}
  schedule: [{cron: 1 2 * * *}]
permissions: {}
jobs: {}
`,
    "a.yml",
  ).on;
  const push = (ref: string) => starts(on, "push", { ref } as Payload);

  it("take branches and tags by their filters", () => {
    for (const ref of [
      "heads/main",
      "heads/release/2.10",
      "heads/stage/docker/a/b",
      "tags/v2.10.0-rc1",
    ]) {
      assert.ok(push(`refs/${ref}`), ref);
    }
    for (const ref of ["heads/release/a/b", "heads/mainly", "tags/v2.10.0", "tags/main"]) {
      assert.ok(!push(`refs/${ref}`), ref);
    }
    assert.ok(!starts(on, "push", { ref: "refs/heads/main", deleted: true } as Payload));
  });

  it("take pushes of branches by the files that they change, the last pattern that matches deciding, and tags anyway", () => {
    const filtered = readWorkflow(
      `on: {push: {branches: [main], tags: ["v*"], paths: ["**", "!docs/**", "!*.md", "docs/kept.md"]}}
permissions: {}
jobs: {}
`,
      "a.yml",
    ).on;
    const changing = (changed: readonly string[] | undefined, ref = "refs/heads/main") =>
      starts(filtered, "push", { ref } as Payload, changed);
    for (const one of ["index.ts", "images/a/Dockerfile", "images/a/README.md", "docs/kept.md"]) {
      assert.ok(changing([one]), one);
      assert.ok(changing(["README.md", one]), one);
    }
    for (const one of ["README.md", "docs/a.md", "docs/adr/0001.md", "docs/a.json"]) {
      assert.ok(!changing([one]), one);
      assert.ok(changing([one], "refs/tags/v1"), one);
    }
    assert.ok(!changing([]));
    assert.ok(changing(undefined));
    assert.ok(!changing(["index.ts"], "refs/heads/other"));
  });

  it("start the publication of whatever an image or a stack follows from, and of no document alone", async () => {
    const file = join(import.meta.dirname, "../../../../.github/workflows/up.yml");
    const { on: published } = readWorkflow(await readFile(file, "utf8"), "up.yml");
    const changing = (...changed: readonly string[]) =>
      starts(published, "push", { ref: "refs/heads/main" } as Payload, changed);
    for (const one of [
      ...["images/ci-image/image.yaml", "images/ci-image/notes.md", "Pulumi.main.yaml", "index.ts"],
      ...[".github/workflows/up.yml", "package-lock.json"],
    ]) {
      assert.ok(changing(one), one);
      assert.ok(changing("docs/building.md", one), one);
    }
    assert.ok(!changing("docs/building.md", "docs/adr/0001-engine-choice.md", "README.md"));
  });

  it("take runs by the workflow's name, whatever file it is in", () => {
    const ended = (name: string, action = "completed") =>
      starts(on, "workflow_run", { action, workflow_run: { name } } as Payload);
    assert.ok(ended("plan"));
    assert.ok(!ended("plans"));
    assert.ok(!ended("plan", "requested"));
  });

  it("take what the workflow names and nothing else", () => {
    assert.ok(starts(on, "schedule", { schedule: "1 2 * * *" } as Payload));
    assert.ok(!starts(on, "schedule", { schedule: "1 3 * * *" } as Payload));
    assert.ok(!starts(on, "workflow_dispatch", {} as Payload));
  });
});
