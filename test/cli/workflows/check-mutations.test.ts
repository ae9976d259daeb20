/* The workflows of this repository, changed in one place at a time: each change is found, with what to do about it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { findingsIn } from "../../../cli/workflows/check-findings.ts";
import { readServedStacks, type ServedStack } from "../../../cli/workflows/check-served.ts";
import { type SourceFile, workflowSources } from "../../../cli/workflows/check-tree.ts";
import { readPinnedActionsFile } from "../../../cli/workflows/pinned-actions-file.ts";
import { withEdits } from "../../../cli/workflows/write-edits.ts";
import type { PinnedActions } from "../../../rules/pinned-actions.ts";
import type { TreeFinding } from "../../../rules/workflow-tree.ts";
import { MUTATIONS } from "./support/workflow-mutations.ts";

const ROOT = join(import.meta.dirname, "../../..");
const WORKFLOWS = ".github/workflows";

describe("a change of the workflows", () => {
  let sources: readonly SourceFile[];
  let stacks: readonly ServedStack[];
  let pinned: PinnedActions;

  before(async () => {
    sources = await workflowSources(ROOT);
    stacks = await readServedStacks();
    ({ pinned } = await readPinnedActionsFile(ROOT));
  });

  const findings = (files = sources, served = stacks) => findingsIn(files, served, pinned);

  it("is not there: the workflows are as the catalogue and the rules say", () => {
    assert.deepEqual(findings(), []);
  });

  for (const { title, file, from, to, rule, remedy, write } of MUTATIONS) {
    it(`is found: ${title} in ${file} (${rule})`, () => {
      const path = file.includes("/") ? file : `${WORKFLOWS}/${file}`;
      const changed = edited(sources, path, (text) => text.replace(from, to));
      const found = findings(changed);
      const own = found.filter((one) => one.rule === rule);
      assert.ok(own.length > 0, `${rule} says nothing; there is:\n${shown(found)}`);
      assert.ok(
        own.some((one) => remedy.test(one.remedy)),
        shown(own),
      );
      assert.ok(own.every((one) => one.file === path && one.line > 0 && one.message !== ""));
      const written = writtenBy(changed, found);
      if (write === "leaves") {
        assert.equal(textOf(written, path), textOf(changed, path));
        return;
      }
      assert.deepEqual(findings(written), []);
      assert.notEqual(textOf(written, path), textOf(changed, path));
      if (write === "restores") assert.equal(textOf(written, path), textOf(sources, path));
    });
  }

  it("is asked for by a new accelerator, and written where the catalogue has it", () => {
    const served = stacks.map((stack) => ({
      ...stack,
      families: stack.families.map((family) =>
        family.name === "almalinux-builder"
          ? { ...family, images: family.images.flatMap(withTwin) }
          : family,
      ),
    }));
    const found = findings(sources, served);
    assert.deepEqual(
      found.map(({ rule, remedy }) => ({ rule, remedy })),
      [
        {
          rule: "images",
          remedy: "write the labels of the catalogue: + almalinux-builder/cuda99.9",
        },
      ],
    );
    const written = writtenBy(sources, found);
    assert.deepEqual(findings(written, served), []);
    const text = textOf(written, `${WORKFLOWS}/up.yml`);
    assert.match(text, /- almalinux-builder\/cuda12\.6\n *- almalinux-builder\/cuda99\.9\n/);
  });

  it("is asked for by a stack that is gone, whose jobs go with what starts them", () => {
    const served = stacks.filter(({ name }) => name !== "therock");
    const found = findings(sources, served);
    const rules = new Set(found.map(({ rule }) => rule));
    assert.deepEqual([...rules].sort(), ["environments", "images", "triggers"]);
    const written = writtenBy(sources, found);
    assert.deepEqual(findings(written, served), []);
    const text = textOf(written, `${WORKFLOWS}/up.yml`);
    assert.doesNotMatch(text, /stage|therock|workflow_dispatch/);
    assert.match(text, /^ {2}build:$/m);
    // What was taken out left nothing else behind: every line was there before, but the two lists in brackets.
    const before = new Set(textOf(sources, `${WORKFLOWS}/up.yml`).split("\n"));
    const others = text.split("\n").filter((line) => !before.has(line));
    assert.deepEqual(others, ["    branches: [main, release/*]"]);
  });

  it("is left to a person where a job reads what would go", () => {
    const served = stacks.filter(({ name }) => name !== "therock");
    const changed = edited(sources, `${WORKFLOWS}/up.yml`, (text) =>
      text
        .replace("needs: [plan, build]", "needs: [plan, build, build-stage]")
        .replace(
          "needs.plan.outputs.apply == 'foundation'",
          "needs.build-stage.result != 'failure' && $&",
        ),
    );
    const found = findings(changed, served).filter(({ rule }) => rule === "environments");
    assert.ok(found.length > 0);
    for (const { remedy, edits } of found) {
      assert.deepEqual(edits, []);
      assert.match(remedy, /by hand: job up-foundation reads needs\.build-stage/);
    }
  });

  it("is asked for by a stack that names other readers of a secret", () => {
    const served = stacks.map((stack) => {
      const { configuration } = stack;
      const { "docker-build": own, ...others } = configuration.secrets;
      if (own === undefined) return stack;
      const renamed = Object.entries(own).map(([name, secret]) => [
        name,
        { ...secret, users: ["build.yml"] },
      ]);
      const secrets = { ...others, "docker-build": Object.fromEntries(renamed) as typeof own };
      return { ...stack, configuration: { ...configuration, secrets } };
    });
    const found = findings(sources, served);
    assert.deepEqual(new Set(found.map(({ rule }) => rule)), new Set(["secret-users"]));
    for (const { file, remedy, edits } of found) {
      assert.equal(file, "Pulumi.main.yaml");
      assert.equal(remedy, 'write users: ["up.yml"]');
      assert.equal(edits.length, 1);
    }
  });

  it("of a file that is no YAML is found, and of one that holds a key twice", () => {
    for (const broken of ["a: [", "jobs:\n  a: 1\n  a: 2\n"]) {
      const changed = edited(sources, `${WORKFLOWS}/ci.yml`, () => broken);
      assert.ok(
        findings(changed).some(
          ({ rule, file }) => rule === "unreadable" && file.endsWith("ci.yml"),
        ),
      );
    }
  });
});

function withTwin<Image extends { readonly accelerator?: string }>(image: Image): readonly Image[] {
  return image.accelerator === "cuda12.6"
    ? [image, { ...image, accelerator: "cuda99.9" }]
    : [image];
}

function edited(
  sources: readonly SourceFile[],
  path: string,
  change: (text: string) => string,
): readonly SourceFile[] {
  return sources.map((source) => {
    if (source.file !== path) return source;
    const text = source.content.toString();
    const changed = change(text);
    assert.notEqual(changed, text, `the change of ${path} changed nothing`);
    return { ...source, content: Buffer.from(changed) };
  });
}

/** The files as `--write` leaves them. */
function writtenBy(
  sources: readonly SourceFile[],
  findings: readonly TreeFinding[],
): readonly SourceFile[] {
  const edits = findings.flatMap((finding) => finding.edits);
  return sources.map((source) => {
    const own = edits.filter(({ file }) => file === source.file).map(({ edit }) => edit);
    return { ...source, content: Buffer.from(withEdits(source.content.toString(), own)) };
  });
}

function textOf(sources: readonly SourceFile[], path: string): string {
  return sources.find(({ file }) => file === path)?.content.toString() ?? "";
}

function shown(findings: readonly TreeFinding[]): string {
  return findings.map(({ rule, message, remedy }) => `${rule}: ${message} -> ${remedy}`).join("\n");
}
