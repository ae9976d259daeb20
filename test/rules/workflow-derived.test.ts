import assert from "node:assert/strict";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { withEdits } from "../../cli/workflows/write-edits.ts";
import { environmentFindings } from "../../rules/workflow-derived-environments.ts";
import { derivedFindings, type Served } from "../../rules/workflow-derived.ts";
import { treeOf } from "./support/workflow-tree.ts";

const SERVED: Served = {
  stacks: ["main"],
  families: [{ scheme: "pytorch", labels: ["a/one"], candidates: [], kept: [] }],
  environments: ["docker-build", "docker-deploy"],
  secrets: [],
  pulumi: "3.1.0",
  catalogue: ["a/one"],
  stackFiles: ["main"],
  settings: [],
};

/** A job as the test writes it. */
interface Job {
  readonly needs?: readonly string[];
  readonly environment?: string;
  readonly if?: string;
}

/** Jobs of which each needs some of those before it. */
const jobs = fc
  .array(
    fc.record({
      needs: fc.uniqueArray(fc.nat(7), { maxLength: 3 }),
      environment: fc.constantFrom(undefined, "docker-build", "elsewhere", "nowhere"),
      reads: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((drafts) =>
    Object.fromEntries(
      drafts.map(({ needs, environment, reads }, index): [string, Job] => {
        const own = needs.filter((one) => one < index).map((one) => `job-${one}`);
        return [
          `job-${index}`,
          {
            ...(own.length > 0 && { needs: own }),
            ...(environment !== undefined && { environment }),
            ...(reads && own[0] !== undefined && { if: `needs.${own[0]}.result == 'success'` }),
          },
        ];
      }),
    ),
  );

describe("jobs of an environment that no stack declares", () => {
  it("go with those that need nothing else, and leave no job that needs one that is gone", () => {
    let removals = 0;
    fc.assert(
      fc.property(jobs, (before) => {
        const text = stringify({ on: { push: null }, jobs: before });
        const findings = environmentFindings([treeOf(text)], SERVED);
        const isStrange = ({ environment = "docker-build" }: Job) => environment !== "docker-build";
        const strangers = Object.entries(before).filter(([, job]) => isStrange(job));
        assert.equal(findings.length, strangers.length);
        const edits = findings.flatMap((finding) => finding.edits.map(({ edit }) => edit));
        const written = withEdits(text, edits);
        if (edits.length === 0) {
          assert.equal(written, text);
          return;
        }
        removals += 1;
        const { jobs: after } = parse(written) as { jobs: Record<string, Job> };
        for (const [name, job] of Object.entries(after)) {
          assert.ok(!isStrange(job));
          const { needs = [], if: condition = "" } = job;
          for (const needed of needs) assert.ok(Object.hasOwn(after, needed), `${name}: ${needed}`);
          // Nothing but its needs is changed, and none begins to run without any.
          assert.deepEqual({ ...job, needs: [] }, { ...before[name], needs: [] });
          assert.equal(needs.length === 0, (before[name]?.needs ?? []).length === 0);
          const read = /needs\.(job-\d)/.exec(condition)?.[1];
          assert.ok(read === undefined || Object.hasOwn(after, read));
        }
        assert.deepEqual(environmentFindings([treeOf(written)], SERVED), []);
      }),
      { numRuns: 300 },
    );
    assert.ok(removals > 20);
  });
});

describe("what follows from the catalogue and the rules", () => {
  const rulesOf = (text: string, served = SERVED, file?: string) => [
    ...new Set(derivedFindings([treeOf(text, file)], served).map(({ rule }) => rule)),
  ];
  const up = (
    build: string,
    on = "push: { branches: [main, release/*], tags: ['v[0-9]+.[0-9]+.[0-9]+-rc[0-9]+'] }",
  ) =>
    `name: up\non:\n  ${on}\njobs:\n  build:\n    environment: docker-build\n    strategy: { matrix: { image: ${build} } }\n`;

  it("is the workflow that publishes, whatever layout it has", () => {
    assert.deepEqual(rulesOf(up("[a/one]")), []);
    assert.deepEqual(rulesOf(up("[a/one]"), SERVED, ".github/workflows/other.yml"), ["triggers"]);
  });

  it("is the order of filters in no way", () => {
    const on =
      "push:\n    tags:\n      - v[0-9]+.[0-9]+.[0-9]+-rc[0-9]+\n    branches:\n      - release/*\n      - main";
    assert.deepEqual(rulesOf(up("[a/one]", on)), []);
  });

  it("is a job for each image, no more than GitHub allows", () => {
    assert.deepEqual(rulesOf(up("[]")), ["images"]);
    const labels = Array.from({ length: 257 }, (_, index) => `a/n${index}`);
    const served = {
      ...SERVED,
      families: [{ scheme: "pytorch", labels, candidates: [], kept: [] }] as const,
    };
    const findings = derivedFindings([treeOf(up(JSON.stringify(labels)))], served);
    assert.deepEqual(
      findings.map(({ remedy, edits }) => ({ remedy, edits })),
      [{ remedy: "divide the families among several jobs", edits: [] }],
    );
  });

  it("is a push of documents alone in no way, and any other filter by paths is a finding", () => {
    const filtered = (key: string, patterns: readonly string[]) =>
      rulesOf(
        up(
          "[a/one]",
          `push: { branches: [main, release/*], tags: ['v[0-9]+.[0-9]+.[0-9]+-rc[0-9]+'], ${key}: ${JSON.stringify(patterns)} }`,
        ),
      );
    assert.deepEqual(filtered("paths", ["**", "!docs/**", "!*.md"]), []);
    for (const paths of [
      ["!docs/**", "!*.md", "**"],
      ["**", "!docs/**", "!**.md"],
      ["images/**"],
      [],
    ]) {
      assert.deepEqual(filtered("paths", paths), ["triggers"], paths.join());
    }
    assert.deepEqual(filtered("paths-ignore", ["docs/**"]), ["triggers"]);
  });

  it("is the version of the Pulumi CLI", () => {
    const steps = (version: string) =>
      up("[a/one]").concat(`    steps: [{ uses: pulumi/actions@v7, with: { ${version} } }]\n`);
    assert.deepEqual(rulesOf(steps("pulumi-version: 3.1.0")), []);
    assert.deepEqual(rulesOf(steps("pulumi-version: ^3")), ["tools"]);
    assert.deepEqual(rulesOf(steps("command: up")), ["tools"]);
  });

  it("is the session of a role, however the role is named", () => {
    const rules = (role: string) =>
      rulesOf(
        up("[a/one]").concat(
          `    steps: [{ uses: aws-actions/configure-aws-credentials@v1, with: { role-to-assume: "${role}", role-duration-seconds: 900 } }]\n`,
        ),
      );
    for (const role of [
      "${{ vars.SLIPWAY_PUSH_ROLE_ARN }}",
      "${{ vars['SLIPWAY_PUSH_ROLE_ARN'] }}",
      "arn:aws:iam::308535385114:role/slipway/gha_workflow_docker_push",
    ]) {
      assert.deepEqual(rules(role), ["role-duration"], role);
    }
    assert.deepEqual(rules("arn:aws:iam::308535385114:role/other"), ["roles"]);
  });

  it("is a push on every branch in no way, nor a word for many events", () => {
    for (const on of ["push:", "push: { branches: '**' }"]) {
      assert.deepEqual(rulesOf(up("[a/one]", on)), ["triggers"]);
    }
    assert.deepEqual(
      rulesOf(up("[a/one]").replace(/on:\n.*\n/, "on: [push, workflow_dispatch]\n")),
      ["triggers"],
    );
  });
});
