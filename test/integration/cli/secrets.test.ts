/* `slipway secrets` by the command, against the GitHub of a local cloud to which nothing was applied. */
import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Octokit } from "@octokit/core";
import { execa } from "execa";
import { parse } from "yaml";
import { unlessGone } from "../../../github/faults.ts";
import { withLock } from "../../../local/lock.ts";
import { openSealedBox } from "../../../local/github/key-pairs.ts";
import type { State } from "../../../local/github/store.ts";
import type { SealedValue } from "../../../rules/declared-secrets.ts";
import type { SecretFinding } from "../../../rules/secret-findings.ts";
import type { SecretRow, Stray } from "../../../rules/secret-inventory.ts";
import { ProjectCopy } from "../../cli/support/project-copy.ts";
import { testIdentity, withCloud } from "../../support/cloud.ts";

const FILE = "Pulumi.local.yaml";
const ENVIRONMENT = "gpu-benchmarks";
const repository = { owner: testIdentity.owner, repo: testIdentity.repository };
const place = { ...repository, environment_name: ENVIRONMENT };
const VALUE = "hunter2 - grün";
const SEALED_SECRETS = ["ONE", "TWO", "THREE"];

interface Report {
  readonly secrets: readonly SecretRow[];
  readonly strays: readonly Stray[];
  readonly findings: readonly SecretFinding[];
  readonly removed: readonly Stray[];
}

describe("slipway secrets on the local cloud", function () {
  this.timeout(180_000);
  const cloud = withCloud();
  let project: ProjectCopy;
  let github: Octokit;

  before("declare sealed secrets", async () => {
    project = await ProjectCopy.make();
    // Its own workflows read secrets that these tests are not about.
    await rm(join(project.root, ".github"), { recursive: true });
    const declarations = SEALED_SECRETS.map(
      (name) => `      ${name}:
        owner: bob
        purpose: For a test.
        users: [a.yml]
        expires: never
        source: sealed # by hand
`,
    );
    await project.edit(FILE, (text) =>
      text.replace(
        `    ${ENVIRONMENT}:\n      #`,
        `    ${ENVIRONMENT}:\n${declarations.join("")}      #`,
      ),
    );
    github = new Octokit({ baseUrl: cloud().github.endpoint, auth: cloud().github.token });
  });
  after("leave GitHub as it was", async () => {
    await removeEnvironment();
    const own = { ...repository, name: "OTHER" };
    await unlessGone(github.request("DELETE /repos/{owner}/{repo}/actions/variables/{name}", own));
    await project.remove();
  });

  function removeEnvironment() {
    const remove = "DELETE /repos/{owner}/{repo}/environments/{environment_name}";
    return unlessGone(github.request(remove, place));
  }

  interface Given {
    /** What is on the standard input. */
    readonly input?: string;
    readonly env?: Readonly<Record<string, string>>;
  }

  function start(args: readonly string[], { input = "", env = {} }: Given = {}) {
    const command = [join(project.root, "cli/main.ts"), "secrets", ...args];
    return execa(process.execPath, command, {
      env: { SLIPWAY_HOME: cloud().folder, INIT_CWD: undefined, GITHUB_ACTIONS: undefined, ...env },
      cwd: project.root,
      input,
      reject: false,
    });
  }

  /** How the command ended, having said nothing of a value. */
  async function ended(child: ReturnType<typeof start>) {
    const result = await child;
    assert.doesNotMatch(`${result.stdout}${result.stderr}`, /hunter2/);
    assert.doesNotMatch(result.stderr, /^\s+at /m);
    return result;
  }

  function secrets(args: readonly string[], given: Given = {}) {
    return ended(start(args, given));
  }

  /** Until the command says something, or ends. */
  function said({ stderr }: ReturnType<typeof start>, words: string): Promise<void> {
    return new Promise((resolve) => {
      stderr.on("data", (chunk) => {
        if (String(chunk).includes(words)) resolve();
      });
      stderr.once("end", resolve);
    });
  }

  async function report(...args: readonly string[]): Promise<Report> {
    const { stdout, stderr } = await secrets([...args, "--json"]);
    assert.equal(stderr, "");
    return JSON.parse(stdout) as Report;
  }

  const fileText = () => readFile(join(project.root, FILE), "utf8");

  async function sealedInFile(): Promise<Readonly<Record<string, SealedValue>>> {
    const { config } = parse(await fileText()) as {
      config: { "slipway:sealedSecrets"?: Record<string, Record<string, SealedValue>> };
    };
    return config["slipway:sealedSecrets"]?.[ENVIRONMENT] ?? {};
  }

  /** The environment as the emulator keeps it. */
  async function kept() {
    const text = await readFile(join(cloud().folder, "github/state.json"), "utf8");
    const { repositories } = JSON.parse(text) as State;
    return repositories
      .find(({ owner, name }) => owner === repository.owner && name === repository.repo)
      ?.environments.find(({ name }) => name === ENVIRONMENT);
  }

  async function opened(name: string): Promise<string | undefined> {
    const environment = await kept();
    const value = (await sealedInFile())[name]?.value;
    if (environment === undefined || value === undefined) return undefined;
    const bytes = openSealedBox(environment.keyPair, value);
    return bytes && Buffer.from(bytes).toString();
  }

  it("shows what is declared without a cloud or a token", async () => {
    const env = { SLIPWAY_HOME: project.home, GITHUB_TOKEN: "" };
    const local = await secrets(["--offline"], { env });
    assert.equal(local.exitCode, 1);
    assert.match(local.stdout, /^ {2}ONE +bob +sealed +not asked +never ends$/m);
    assert.match(
      local.stdout,
      /^ {6}-> slipway secrets set ONE --environment gpu-benchmarks --stack local$/m,
    );
    const main = await secrets(["--stack", "main"], { env });
    assert.equal(main.exitCode, 1);
    assert.match(
      main.stderr,
      /^error: GITHUB_TOKEN is not set.*slipway secrets --offline --stack main$/m,
    );
  });

  it("refuses a value that is an argument, with the reason, and an option that would go unheard", async () => {
    const before = await fileText();
    for (const [args, exitCode, reason] of [
      [["set", "ONE", "hunter2"], 2, /a value is never an argument, because every process/],
      [["set", "ONE=hunter2"], 1, /a value is never an argument/],
      [["set", "ONE", "--from-env", "hunter2"], 1, /names no environment variable that is set/],
      [["set", "FOUR"], 1, /FOUR is not declared/],
      [["--stack", "local", "set", "ONE"], 2, /'--stack' stands before set/],
      [
        ["--json", "--yes", "--remove-strays", "set", "ONE"],
        2,
        /'--remove-strays' stands before set/,
      ],
      [["--yes"], 2, /'--yes' answers --remove-strays, which is not given/],
      [["--remove-strays", "--offline"], 2, /'--remove-strays' cannot be used with .*'--offline'/],
      [["set", "ONE"], 1, /the value is empty/],
      [["--checkout", "nowhere"], 1, /nowhere: no \.github\/workflows in it/],
    ] as const) {
      const result = await secrets(args);
      assert.equal(result.exitCode, exitCode, args.join(" "));
      assert.match(result.stderr, reason);
    }
    assert.equal(await fileText(), before);
  });

  it("makes an environment that is not there closed, and seals for its key", async () => {
    await removeEnvironment();
    const before = await fileText();
    const set = await secrets(["set", "ONE"], { input: `${VALUE}\n` });
    assert.equal(set.exitCode, 0, set.stderr);
    assert.match(set.stderr, /environment gpu-benchmarks was not there: made it, closed to every/);
    assert.match(set.stdout, /^Next: slipway up --stack local$/m);
    const environment = await kept();
    assert.equal(environment?.deploymentBranchPolicy, "custom");
    assert.deepEqual(environment.deploymentPolicies, []);
    assert.equal(environment.canAdminsBypass, false);
    assert.equal(await opened("ONE"), VALUE);
    assert.ok((await fileText()).startsWith(before), "the rest of the file has changed");
    assert.equal((await sealedInFile())["ONE"]?.keyId, environment.keyPair.keyId);
  });

  it("puts a new value in place of the old one, from an environment variable", async () => {
    const first = (await sealedInFile())["ONE"]?.value;
    const args = ["set", "ONE", "--environment", ENVIRONMENT, "--from-env", "ONE_VALUE"];
    const set = await secrets(args, { env: { ONE_VALUE: `second ${VALUE}` } });
    assert.equal(set.exitCode, 0, set.stderr);
    assert.doesNotMatch(set.stderr, /made it/);
    assert.equal(await opened("ONE"), `second ${VALUE}`);
    assert.notEqual((await sealedInFile())["ONE"]?.value, first);
  });

  it("loses none of several values that are set at once, nor what another wrote meanwhile", async () => {
    const waiting: Promise<unknown>[] = [];
    const sets: ReturnType<typeof secrets>[] = [];
    await withLock(join(project.root, ".slipway"), FILE, {}, async () => {
      for (const name of SEALED_SECRETS) {
        const child = start(["set", name], { input: `${name} ${VALUE}` });
        sets.push(ended(child));
        waiting.push(said(child, "waiting for another process"));
      }
      await Promise.all(waiting);
      await project.edit(FILE, (text) => `# meanwhile\n${text}`);
    });
    const results = await Promise.all(sets);
    assert.deepEqual(
      results.map(({ exitCode, stderr }) => (exitCode === 0 ? 0 : stderr)),
      [0, 0, 0],
    );
    for (const { stderr } of results) assert.match(stderr, /^waiting for another process/m);
    for (const name of SEALED_SECRETS) assert.equal(await opened(name), `${name} ${VALUE}`);
    assert.deepEqual(Object.keys(await sealedInFile()).sort(), [...SEALED_SECRETS].sort());
    assert.match(await fileText(), /^# meanwhile$/m);
  });

  it("is told by the inventory what is missing, there, and of another time", async () => {
    const sealed = (await sealedInFile())["ONE"];
    assert.ok(sealed);
    const one = { ...place, secret_name: "ONE", key_id: sealed.keyId };
    await github.request(
      "PUT /repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
      { ...one, encrypted_value: sealed.value },
    );
    const { secrets: rows, findings } = await report();
    assert.deepEqual(
      rows
        .filter(({ environment }) => environment === ENVIRONMENT)
        .map(({ name, state, ageDays }) => [name, state, ageDays]),
      [
        ["ONE", "there", 0],
        ["TWO", "missing", null],
        ["THREE", "missing", null],
        ["RESULTS_TOKEN", "missing", null],
      ],
    );
    assert.deepEqual(
      findings.filter(({ subject }) => subject === `${ENVIRONMENT}/ONE`),
      [],
    );
    assert.equal((await secrets([])).exitCode, 1);
  });

  it("names strays, and removes them when it is told to and nothing else", async () => {
    const variable = (name: string) => ({ name, value: "1" });
    const variables = "POST /repos/{owner}/{repo}/environments/{environment_name}/variables";
    await github.request(variables, { ...place, ...variable("STRAY") });
    for (const name of ["ONE", "OTHER"]) {
      const own = { ...repository, ...variable(name) };
      await github.request("POST /repos/{owner}/{repo}/actions/variables", own);
    }
    const names = (strays: readonly Stray[]) =>
      strays.map(({ environment, name }) => `${environment ?? "repository"}/${name}`);
    const expected = [`${ENVIRONMENT}/STRAY`, "repository/ONE"];
    assert.deepEqual(names((await report()).strays), expected);

    const unasked = await secrets(["--remove-strays"]);
    assert.equal(unasked.exitCode, 1);
    assert.match(unasked.stderr, /this removes, for good:\n {2}variable STRAY of environment/);
    assert.deepEqual(names((await report()).strays), expected);

    const { removed, strays } = await report("--remove-strays", "--yes");
    assert.deepEqual(names(removed), expected);
    assert.deepEqual(strays, []);
    const { data } = await github.request(
      "GET /repos/{owner}/{repo}/actions/variables",
      repository,
    );
    assert.deepEqual(
      data.variables.map(({ name }) => name),
      ["OTHER"],
    );
    const { data: own } = await github.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets",
      place,
    );
    assert.deepEqual(
      own.secrets.map(({ name }) => name),
      ["ONE"],
    );
  });

  it("finds a declared secret in clear in the stack's file, and says nothing of its value", async () => {
    const before = await fileText();
    await project.edit(FILE, (text) => `${text.trimEnd()}\n  slipway:dockerToken: hunter2-clear\n`);
    const shown = await secrets(["--offline"]);
    assert.equal(shown.exitCode, 1);
    assert.match(
      shown.stdout,
      /docker-build\/DOCKER_TOKEN: slipway:dockerToken is in clear in Pulumi\.local/,
    );
    const { findings } = await report("--offline");
    assert.deepEqual(
      findings.filter(({ kind }) => kind === "in-clear").map(({ severity }) => severity),
      ["fault"],
    );
    await project.edit(FILE, () => before);
  });

  it("reads the workflows of a checkout", async () => {
    const workflows = join(project.root, ".github/workflows");
    await mkdir(workflows, { recursive: true });
    await writeFile(
      join(workflows, "a.yml"),
      `on: push\njobs:\n  a:\n    environment: ${ENVIRONMENT}\n    steps: [{ run: "\${{ secrets.ONE }}" }]\n`,
    );
    const { secrets: rows } = await report("--offline");
    await rm(join(project.root, ".github"), { recursive: true });
    assert.deepEqual(Object.fromEntries(rows.map(({ name, usedBy }) => [name, usedBy])), {
      DOCKER_ID: [],
      DOCKER_TOKEN: [],
      RESULTS_TOKEN: [],
      ONE: ["a.yml"],
      TWO: [],
      THREE: [],
    });
  });

  it("says what to do when the cloud does not run", async () => {
    for (const args of [[], ["set", "ONE"]]) {
      const result = await secrets(args, { env: { SLIPWAY_HOME: project.home }, input: VALUE });
      assert.equal(result.exitCode, 1);
      assert.match(result.stderr, /no local cloud in .*: start it with/);
    }
  });

  it("shows examples in the help of both commands", async () => {
    for (const args of [["--help"], ["set", "--help"]]) {
      assert.match((await secrets(args)).stdout, /Examples:\n {2}slipway secrets/);
    }
  });
});
