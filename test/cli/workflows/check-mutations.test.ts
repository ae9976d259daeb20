/* The workflows of this repository, changed in one place at a time: each change is found, with what to do about it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { findingsIn, notesIn } from "../../../cli/workflows/check-findings.ts";
import { readServedStacks, type ServedStack } from "../../../cli/workflows/check-served.ts";
import { type SourceFile, workflowSources } from "../../../cli/workflows/check-tree.ts";
import { readPinnedActionsFile } from "../../../cli/workflows/pinned-actions-file.ts";
import { withEdits } from "../../../cli/workflows/write-edits.ts";
import type { PinnedActions } from "../../../rules/pinned-actions.ts";
import type { TreeFinding } from "../../../rules/workflow-tree.ts";
import { CANDIDATE_MUTATIONS } from "./support/candidate-mutations.ts";
import { DERIVED_MUTATIONS } from "./support/derived-mutations.ts";
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

  for (const { title, file, from, to, rule, remedy, write } of [
    ...MUTATIONS,
    ...DERIVED_MUTATIONS,
    ...CANDIDATE_MUTATIONS,
  ]) {
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
      ["candidate-images", "candidate-images", "images"].map((rule) => ({
        rule,
        remedy: "add: almalinux-builder/cuda99.9",
      })),
    );
    const written = writtenBy(sources, found);
    assert.deepEqual(findings(written, served), []);
    for (const file of ["up.yml", "candidate.yml"]) {
      const text = textOf(written, `${WORKFLOWS}/${file}`);
      assert.match(text, /- almalinux-builder\/cuda12\.6\n *- almalinux-builder\/cuda99\.9\n/);
    }
  });

  it("is asked for by a stack that is gone, whose jobs go with what starts them", () => {
    const served = stacks.filter(({ name }) => name !== "therock");
    const found = findings(sources, served);
    const rules = new Set(found.map(({ rule }) => rule));
    assert.deepEqual([...rules].sort(), ["candidate-images", "environments", "images", "triggers"]);
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

  it("is asked for by an image of a family that no stack publishes, and of one that there is not", () => {
    const served = stacks.filter(({ name }) => name !== "therock");
    const changed = edited(sources, `${WORKFLOWS}/up.yml`, (text) =>
      text.replace(/( *)- almalinux-builder\/cpu\n/, "$&$1- nobody/cpu\n"),
    );
    const [finding] = findings(changed, served).filter(({ rule }) => rule === "images");
    assert.match(
      finding?.message ?? "",
      /^job build builds therock_build_manylinux_x86_64, .*, which no stack publishes in docker-build, and builds nobody\/cpu, which the catalogue has not$/,
    );
    assert.match(finding?.remedy ?? "", /^take out: nobody\/cpu, therock/);
  });

  it("which takes plan.yml away is found, and names what to do about what waits for it", () => {
    const found = findings(sources.filter(({ file }) => !file.endsWith("/plan.yml")));
    const remedies = found.filter(({ rule }) => rule === "references").map(({ remedy }) => remedy);
    assert.ok(
      remedies.includes(
        "take .github/workflows/plan.yml from Slipway, or .github/workflows/comment.yml out",
      ),
    );
  });

  it("that breaks the YAML of one file leaves that to be told alone", () => {
    const changed = edited(sources, `${WORKFLOWS}/up.yml`, (text) =>
      text.replace("  build:\n", "  build: [\n"),
    );
    assert.deepEqual(
      findings(changed).filter(({ rule }) => rule !== "unreadable"),
      [],
    );
  });

  it("misspells a command, and no permission is called needless for it", () => {
    const changed = edited(sources, `${WORKFLOWS}/up.yml`, (text) =>
      text.replaceAll("slipway record", "slipway recrod"),
    );
    assert.deepEqual(
      findings(changed).filter(({ rule }) => rule === "permissions"),
      [],
    );
  });

  it("is not asked for by what a team has yet to write, which is a note", () => {
    const notes = notesIn(sources, stacks).map(
      ({ file, remedy }) => `${file} ${/slipway:\w+/.exec(remedy)?.[0] ?? remedy}`,
    );
    assert.deepEqual(notes, [
      "Pulumi.main.yaml slipway:deployApp",
      "Pulumi.main.yaml slipway:driftApp",
      "Pulumi.main.yaml slipway:pinsApp",
      "Pulumi.main.yaml slipway:stateBucket",
      "Pulumi.therock.yaml slipway:deployApp",
      "Pulumi.therock.yaml slipway:driftApp",
      "Pulumi.therock.yaml slipway:pinsApp",
    ]);
    const written = stacks.map((stack) => ({
      ...stack,
      configuration: {
        ...stack.configuration,
        ...{ deployApp: "a", driftApp: "b", pinsApp: "d", stateBucket: "c", secrets: {} },
      },
    }));
    assert.deepEqual(
      notesIn(sources, written).map(({ message }) => message.split(",")[0]),
      ["main", "therock"].flatMap(() => [
        "declares no secret SLIPWAY_APP_KEY of docker-deploy",
        "declares no secret SLIPWAY_DRIFT_APP_KEY of docker-drift",
        "declares no secret SLIPWAY_PINS_APP_KEY of docker-pins",
      ]),
    );
  });

  it("that builds for another processor than the runner's is a note, unless the runner follows it", () => {
    const withArm = (runner: string) =>
      edited(sources, `${WORKFLOWS}/up.yml`, (text) =>
        text
          .replace("- almalinux-builder/cpu", "- almalinux-builder/cpu@linux/arm64")
          .replace(/( {2}build:[\s\S]*?runs-on: ).*/, `$1${runner}`),
      );
    const platforms = (runner: string) =>
      notesIn(withArm(runner), stacks).filter(({ rule }) => rule === "platforms");
    assert.match(platforms("ubuntu-24.04")[0]?.remedy ?? "", /^write runs-on: .*slipway:builders$/);
    assert.deepEqual(platforms("ubuntu-24.04-arm"), []);
  });

  it("makes no workflow that a pull request calls a reader of a secret", () => {
    const called = `on: workflow_call
permissions: {}
concurrency: { group: "called-\${{ github.ref }}", queue: max }
jobs:
  read:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: {}
    environment: docker-build
    steps:
      - env: { DOCKER_TOKEN: "\${{ secrets.DOCKER_TOKEN }}" }
        uses: ./.github/actions/setup
`;
    const file = `${WORKFLOWS}/called.yml`;
    const withCalled = [
      ...sources,
      { file, kind: "workflow" as const, content: Buffer.from(called) },
    ];
    const rulesOf = (files: readonly SourceFile[]) =>
      new Set(findings(files).map(({ rule }) => rule));
    assert.deepEqual(rulesOf(withCalled), new Set(["secret-users"]));
    const calling = edited(withCalled, `${WORKFLOWS}/ci.yml`, (text) =>
      text.replace(
        "jobs:",
        "jobs:\n  call:\n    permissions: {}\n    uses: ./.github/workflows/called.yml",
      ),
    );
    assert.deepEqual(rulesOf(calling), new Set(["pull-request-credential"]));
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
