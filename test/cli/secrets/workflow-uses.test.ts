import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { usesIn, workflowUses } from "../../../cli/secrets/workflow-uses.ts";

/** A workflow with one job. */
function workflow(job: string, head = "on: push"): string {
  return `${head}\njobs:\n  build:\n${job.replaceAll(/^/gm, "    ")}\n`;
}

function read(text: string) {
  return usesIn("build.yml", text);
}

/** Names that a job reads by an expression in a step, null for all. */
function names(expression: string): readonly (string | null)[] {
  const text = workflow(`steps:\n  - run: ${JSON.stringify(`echo ${expression}`)}`);
  return read(text).uses.map(({ name }) => name);
}

describe("secrets in workflows", () => {
  it("are read where an expression names them, in either form and any case", () => {
    assert.deepEqual(names("${{ secrets.TOKEN }}"), ["TOKEN"]);
    assert.deepEqual(names("${{ SECRETS['docker_id'] || secrets.token }}"), ["DOCKER_ID", "TOKEN"]);
    assert.deepEqual(names("${{ format('{0}}}', fromJSON(secrets.KEY).id) }}"), ["KEY"]);
  });

  it("are not read where something else has the word", () => {
    for (const text of [
      "secrets.TOKEN",
      "${{ 'secrets.TOKEN' }}",
      "${{ github.secrets.TOKEN }}",
      "${{ inputs['secrets.TOKEN'] }}",
    ]) {
      assert.deepEqual(names(text), [], text);
    }
    const comment = "runs-on: x # ${{ secrets.TOKEN }}\nsteps: []";
    assert.deepEqual(read(workflow(comment)).uses, []);
  });

  it("are all read where the name is computed or there is none", () => {
    for (const text of [
      "${{ toJSON(secrets) }}",
      "${{ secrets[matrix.name] }}",
      "${{ secrets.* }}",
      "${{ fromJSON(toJSON(secrets)).TOKEN }}",
      "${{ secrets[format('{0}_TOKEN', matrix.name)] }}",
    ]) {
      assert.deepEqual(names(text), [null], text);
    }
  });

  it("are read in the environment of their job", () => {
    const environments = (line: string) =>
      read(workflow(`${line}\nsteps:\n  - run: \${{ secrets.TOKEN }}`)).uses[0]?.environments;
    assert.deepEqual(environments("runs-on: x"), []);
    assert.deepEqual(environments("environment: docker-build"), ["docker-build"]);
    assert.deepEqual(environments("environment: { name: docker-build, url: x }"), ["docker-build"]);
    assert.deepEqual(
      environments("environment: ${{ github.ref == 'refs/heads/main' && 'docker-build' || '' }}"),
      ["docker-build", ""],
    );
    assert.equal(environments("environment: ${{ inputs.environment }}"), null);
  });

  it("are read before the environment where a job hands them to another workflow", () => {
    const job =
      "environment: docker-build\nuses: ./.github/workflows/b.yml\nsecrets:\n  T: ${{ secrets.TOKEN }}";
    assert.deepEqual(read(workflow(job)).uses[0]?.environments, []);
  });

  it("are read by every job where the workflow's own variables hold them", () => {
    const head = "on: push\nenv:\n  T: ${{ secrets.TOKEN }}";
    const job = "environment: docker-build\nsteps: []";
    assert.deepEqual(read(workflow(job, head)).uses, [
      {
        ...{ file: "build.yml", job: null, name: "TOKEN" },
        ...{ environments: ["docker-build"], handed: false },
      },
    ]);
  });

  it("are the caller's where the workflow is called with them", () => {
    const head =
      "on:\n  workflow_call:\n    secrets:\n      token:\n        required: true\n      other:";
    const steps = "steps:\n  - run: ${{ secrets.TOKEN }} ${{ secrets.OTHER }} ${{ secrets.OWN }}";
    assert.deepEqual(
      read(workflow(steps, head)).uses.map(({ name, handed }) => [name, handed]),
      [
        ["TOKEN", true],
        ["OTHER", true],
        ["OWN", false],
      ],
    );
  });

  it("are handed on whole by inherit, and to whom is told", () => {
    const job = "uses: octo/shared/.github/workflows/x.yml@main\nsecrets: inherit";
    assert.deepEqual(read(workflow(job)).inherits, [
      { file: "build.yml", job: "build", to: "octo/shared/.github/workflows/x.yml@main" },
    ]);
  });

  it("are for no action", () => {
    const action = "runs:\n  using: composite\n  steps:\n    - run: ${{ secrets.TOKEN }}\n";
    const { uses, inActions } = usesIn("action.yml", action);
    assert.deepEqual(uses, []);
    assert.deepEqual(inActions, [{ file: "action.yml", name: "TOKEN" }]);
  });

  it("are not guessed at where a file or an expression cannot be read", () => {
    for (const text of ["on: [\n", workflow("steps:\n  - run: ${{ secrets. }}")]) {
      assert.equal(read(text).unreadable.length, 1, text);
    }
  });

  it("are not guessed at where a file is no UTF-8", () => {
    const text = workflow("steps:\n  - run: ${{ secrets.A }} # für");
    const { uses, unreadable } = usesIn("build.yml", Buffer.from(text, "latin1"));
    assert.deepEqual([uses, unreadable.length], [[], 1]);
    assert.match(unreadable[0]?.message ?? "", /^line \d+: is no text in UTF-8/);
  });

  describe("of a checkout", () => {
    let folder: string;
    beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "slipway-checkout-"))));
    afterEach(() => rm(folder, { recursive: true }));

    async function write(path: string, text: string): Promise<void> {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }

    it("come from its workflows and actions, and from nowhere else", async () => {
      const text = workflow("steps:\n  - run: ${{ secrets.TOKEN }}");
      const action = "runs: { steps: [ { run: '${{ secrets.TOKEN }}' } ] }";
      await write(".github/workflows/a.yml", text);
      await write(".github/workflows/b.yaml", text);
      await write(".github/workflows/templates/c.yml", text);
      await write(".github/actions/login/action.yaml", action);
      await write("action.yml", action);
      await write("docs/d.yml", text);
      const found = await workflowUses(folder);
      assert.ok(found);
      assert.deepEqual(
        found.uses.map(({ file }) => file),
        ["a.yml", "b.yaml"],
      );
      assert.deepEqual(
        found.inActions.map(({ file }) => file),
        [".github/actions/login/action.yaml", "action.yml"],
      );
    });

    it("are not known where it has no workflows", async () => {
      assert.equal(await workflowUses(folder), undefined);
      await write(".github/actions/login/action.yml", "runs: {}");
      assert.equal(await workflowUses(folder), undefined);
    });
  });
});
