/*
 * The same cycle under the real Pulumi CLI: stack `local` on a local cloud, from a copy of the project, with a state
 * backend in a folder of its own. The local providers take the place of the real plugins, so that nothing is asked of any
 * account; nothing is downloaded, and the user's own login and plugins are left alone.
 * What this does not prove: the real aws, github and docker-build providers.
 * See https://www.pulumi.com/docs/iac/cli/environment-variables/ for the variables.
 */
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { Octokit } from "@octokit/core";
import { execa } from "execa";
import { hasPulumi } from "../../cli/pulumi.ts";
import { seal } from "../../github/seal.ts";
import { readRequestLog } from "../support/request-log.ts";
import { Registries } from "../../oci/registries.ts";
import { parseRepository } from "../../rules/image-reference.ts";
import { LocalCloud } from "../../rules/local-cloud.ts";
import { ProjectCopy } from "../cli/support/project-copy.ts";
import type { Outputs } from "../integration/stack/support/local-stack.ts";
import { SIGNING_KEY, withSealed } from "../integration/stack/support/sealed-secret.ts";
import {
  assertNoSecret,
  filesBelow,
  filesWithSecrets,
} from "../integration/stack/support/secret-search.ts";

if (await hasPulumi()) {
  describe("stack local under the Pulumi CLI", liveTests);
} else {
  it(
    "stack local under the Pulumi CLI (needs the Pulumi CLI on PATH, which is in no package registry)",
  );
}

function liveTests(this: Mocha.Suite): void {
  this.timeout(10 * 60_000);
  this.bail(true); // Each test begins where the one before it ended.
  let project: ProjectCopy;
  let cloud: LocalCloud;
  let backend: string;
  let env: Record<string, string | undefined>;

  before(async function () {
    this.timeout(20 * 60_000); // On a fresh machine the tools are built here.
    project = await ProjectCopy.make();
    const started = await project.slipway(["local", "start"]);
    assert.equal(started.exitCode, 0, started.stderr);
    cloud = LocalCloud.parse(JSON.parse(await readFile(join(project.home, "cloud.json"), "utf8")));
    backend = join(project.home, "pulumi-state");
    await mkdir(backend);
    const plugins = join(project.root, "local/providers/plugins");
    env = {
      ...Object.fromEntries(
        Object.keys(process.env)
          .filter((name) => /^(PULUMI|AWS|GITHUB)_/.test(name))
          .map((name) => [name, undefined]),
      ),
      SLIPWAY_HOME: project.home,
      // The plugins' scripts and the CLI's language host take the first node, which has to run TypeScript.
      PATH: [plugins, dirname(process.execPath), process.env["PATH"]].join(delimiter),
      AWS_REGION: "us-east-1",
      GITHUB_OWNER: "pytorch",
      PULUMI_HOME: join(project.home, "pulumi-home"),
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_CONFIG_PASSPHRASE: "only for this test",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    await pulumi("stack", "init", "local");
  });
  // All there is lies on the local cloud and in the two folders.
  after(async () => (project as ProjectCopy | undefined)?.remove());

  /** Runs the CLI, which prints no secret and must succeed. */
  async function pulumi(...args: readonly string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await execa(
      "pulumi",
      [...args, "--non-interactive", "--color", "never"],
      { cwd: project.root, env, reject: false, stdin: "ignore", timeout: 9 * 60_000 },
    );
    assertNoSecret(cloud, `${stdout}\n${stderr}`, `pulumi ${args.join(" ")}`);
    assert.equal(exitCode, 0, `pulumi ${args.join(" ")}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Runs `slipway` under the CLI. */
  async function slipway(...args: readonly string[]): Promise<string> {
    const all = [...args, "--stack", "local", "--engine", "pulumi"];
    const { stdout, stderr, exitCode } = await project.slipway(all, env);
    assertNoSecret(cloud, `${stdout}\n${stderr}`, `slipway ${all.join(" ")}`);
    assert.equal(exitCode, 0, `slipway ${all.join(" ")}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** What the state holds. */
  async function recorded(): Promise<readonly { readonly type: string }[]> {
    const exported = await pulumi("stack", "export", "--stack", "local");
    const { deployment } = JSON.parse(exported) as {
      deployment: { resources?: readonly { type: string }[] };
    };
    return deployment.resources ?? [];
  }

  const look = ["--stack", "local", "--run-program", "--expect-no-changes"];

  it("is refused before anything is touched where a value was sealed for a key that is gone", async () => {
    const { endpoint, token } = cloud.github;
    const github = new Octokit({ baseUrl: endpoint, auth: token });
    const at = { owner: "pytorch", repo: "pytorch", environment_name: "docker-deploy" };
    const environment = "/repos/{owner}/{repo}/environments/{environment_name}";
    await github.request(`PUT ${environment}`, at);
    const { data } = await github.request(`GET ${environment}/secrets/public-key`, at);
    const value = await seal("marker-of-nobody", data.key);
    const mend = await project.edit("Pulumi.local.yaml", (text) =>
      withSealed(`${data.key_id}0`, value)(text.replace("  slipway:secrets:\n", SIGNING_KEY)),
    );
    const log = () => readRequestLog(join(project.home, "github/requests.jsonl"));
    const before = log().length;
    try {
      const up = ["up", "--yes", "--stack", "local", "--engine", "pulumi"];
      const { exitCode, stdout, stderr } = await project.slipway(up, env);
      assert.notEqual(exitCode, 0);
      assert.match(
        `${stdout}${stderr}`,
        /sealed for a key that environment docker-deploy no longer has, .* slipway secrets set SIGNING_KEY --environment docker-deploy --stack local/,
      );
    } finally {
      await mend();
    }
    const requests = log().slice(before);
    assert.ok(requests.length > 0);
    assert.deepEqual(
      requests.filter(({ method }) => method !== "GET"),
      [],
    );
    // The stack itself and a provider that was asked may be recorded; nothing that is anywhere.
    const made = await recorded();
    assert.deepEqual(
      made.filter(({ type }) => !type.startsWith("pulumi:")),
      [],
    );
    await github.request(`DELETE ${environment}`, at);
  });

  it("applies everything, and each name points to its image on every registry", async () => {
    assert.match(await slipway("up", "--yes"), /^up of stack local by the Pulumi CLI/);
    const { images } = JSON.parse(await slipway("outputs", "--json")) as Outputs;
    assert.deepEqual(Object.keys(images).length, 5);
    const registries = new Registries();
    const credentials = Object.fromEntries(
      Object.values(cloud.registries).map(({ host, ...login }) => [host, login]),
    );
    for (const image of Object.values(images).flatMap((family) => Object.values(family))) {
      for (const [name, digest] of Object.entries(image.names)) {
        const colon = name.lastIndexOf(":");
        const { host, path } = parseRepository(name.slice(0, colon));
        const repository = registries.repository(`${host}/${path}`, credentials);
        assert.equal(await repository.manifests.digest(name.slice(colon + 1)), digest, name);
      }
    }
  });

  it("has nothing to change afterwards", async () => {
    await pulumi("preview", "--refresh", ...look);
    await pulumi("up", "--refresh", "--yes", ...look);
  });

  it("finds everything as recorded in a refresh", async () => {
    await pulumi("refresh", "--yes", ...look);
  });

  it("keeps no secret in clear in its state", async () => {
    assertNoSecret(cloud, await pulumi("stack", "export", "--stack", "local"), "stack export");
    const files = await filesBelow(backend);
    assert.ok(files.length > 0);
    assert.deepEqual(await filesWithSecrets(cloud, files), []);
  });

  it("destroys every resource", async () => {
    await slipway("destroy", "--yes");
    assert.deepEqual(await recorded(), []);
    await pulumi("stack", "rm", "local", "--yes");
  });
}
