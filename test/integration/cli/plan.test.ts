/*
 * Plans of the production stacks as on a machine that has nothing: an environment with an empty PATH and no other
 * variable, so no Pulumi CLI, no Docker and no credential, and where the system lets us, no network.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { readCatalog } from "../../../catalog.ts";
import { findOnPath } from "../../../local/executables.ts";

const MAIN = join(import.meta.dirname, "../../../cli/main.ts");

interface Plan {
  readonly ok: boolean;
  readonly changes: Readonly<Record<string, number>>;
  readonly resources: readonly { readonly type: string; readonly name: string }[];
  readonly outputs: {
    readonly images: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
}

/** The command that runs another with no network, undefined where this user may not. */
async function withoutNetwork(): Promise<string[] | undefined> {
  const path = await findOnPath("unshare");
  if (path === undefined) return undefined;
  for (const flags of [["-n"], ["-r", "-n"]]) {
    const { failed } = await execa(path, [...flags, "true"], { reject: false });
    if (!failed) return [path, ...flags];
  }
  return undefined;
}
const unshare = await withoutNetwork();

describe("slipway plan", function () {
  this.timeout(60_000);
  let empty: string;
  before(() => (empty = mkdtempSync(join(tmpdir(), "slipway-empty-"))));
  after(() => rmSync(empty, { recursive: true }));

  async function slipway(args: readonly string[], wrapper: readonly string[] = []) {
    const [file = "", ...rest] = [...wrapper, process.execPath, MAIN, ...args];
    return execa(file, rest, {
      cwd: "/",
      env: { PATH: empty },
      extendEnv: false,
      reject: false,
      stdin: "ignore",
    });
  }
  async function planOf(stack: string, wrapper?: readonly string[]): Promise<Plan> {
    const { stdout, stderr, exitCode } = await slipway(
      ["plan", "--stack", stack, "--json"],
      wrapper,
    );
    assert.equal(stderr, "");
    assert.equal(exitCode, 0);
    return JSON.parse(stdout) as Plan;
  }
  const imagesOf = (plan: Plan, family: string): string[] =>
    plan.resources
      .filter(({ type }) => type === "docker-build:index:Image")
      .filter(({ name }) => name.startsWith(`${family}/`) && name.endsWith("-content"))
      .map(({ name }) => name.slice(family.length + 1).replace(/-content$/, ""))
      .sort();
  async function acceleratorsOf(family: string): Promise<string[]> {
    const { images } = (await readCatalog()).get(family)!;
    return images.map(({ accelerator }) => accelerator ?? "default").sort();
  }

  it("of stack main is whole with no environment, all seven almalinux accelerators included", async () => {
    const plan = await planOf("main");
    assert.ok(plan.ok);
    const almalinux = ["cpu", "cuda12.6", "cuda12.8", "cuda12.9", "cuda13.0", "rocm7.0", "rocm7.1"];
    assert.deepEqual(imagesOf(plan, "almalinux-builder"), almalinux);
    assert.deepEqual(Object.keys(plan.outputs.images["almalinux-builder"]!).sort(), almalinux);
    assert.deepEqual(imagesOf(plan, "ci-image"), await acceleratorsOf("ci-image"));
    const types = new Set(plan.resources.map(({ type }) => type));
    for (const type of [
      "aws:ecr/repository:Repository",
      "aws:iam/role:Role",
      "aws:iam/policy:Policy",
      "github:index/repositoryRuleset:RepositoryRuleset",
      "slipway:index:GithubEnvironment",
      "slipway:index:EnvironmentSecret",
      "slipway:index:ImageName",
    ]) {
      assert.ok(types.has(type), type);
    }
    const { create, ...others } = plan.changes;
    assert.equal(create, plan.resources.length);
    assert.deepEqual(others, { update: 0, replace: 0, delete: 0, same: 0 });
  });

  it("of stack therock has GitHub and ghcr.io alone", async () => {
    const plan = await planOf("therock");
    assert.ok(plan.ok);
    assert.deepEqual(
      plan.resources.filter(({ type }) => type.startsWith("aws:")),
      [],
    );
    assert.deepEqual(Object.keys(plan.outputs.images).sort(), [
      "no_rocm_image_ubuntu24_04",
      "therock_build_manylinux_rccl_x86_64",
      "therock_build_manylinux_x86_64",
    ]);
  });

  it("is printed for people with every resource once, and marks bases whose digest nobody has looked up", async () => {
    const [{ stdout, exitCode }, plan] = await Promise.all([
      slipway(["plan", "--stack", "main"]),
      planOf("main"),
    ]);
    assert.equal(exitCode, 0);
    const lines = stdout.split("\n");
    for (const { name } of plan.resources) {
      const own = lines.filter(
        (line) => line.startsWith("  + create ") && line.endsWith(` ${name}`),
      );
      assert.equal(own.length, 1, name);
    }
    assert.match(stdout, /^Plan of stack main by the embedded engine/);
    assert.match(stdout, /on docker\.io\/amd64\/almalinux:8\.10-\d+, whose digest is unresolved/);
    assert.match(stdout, new RegExp(`\n${plan.resources.length} to create \\(\\d`));
    assert.doesNotMatch(stdout, /undefined|\[object /);
  });

  it("is printed as Markdown for a pull request", async () => {
    const { stdout, exitCode } = await slipway(["plan", "--stack", "main", "--markdown"]);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^### Plan of stack `main`\n/);
    assert.match(
      stdout,
      /^\| create \| `docker-build\.Image` \| `almalinux-builder\/cuda12\.8-content` \|$/m,
    );
  });

  it("is the same twice, so that a diff of two plans shows what a change did", async () => {
    const [one, two] = await Promise.all([planOf("main"), planOf("main")]);
    const sorted = ({ resources }: Plan) =>
      [...resources].sort((a, b) => (a.name < b.name ? -1 : 1));
    assert.deepEqual(sorted(one), sorted(two));
  });

  if (unshare === undefined) {
    it("needs no network (unshare may make no network namespace here, so this is not tried)");
  } else {
    it("needs no network", async () => {
      const { stdout } = await execa(unshare[0]!, [...unshare.slice(1), "cat", "/proc/net/route"]);
      assert.equal(stdout.split("\n").length, 1, "no route leads anywhere");
      assert.ok((await planOf("main", unshare)).ok);
      assert.ok((await planOf("therock", unshare)).ok);
    });
  }
});
