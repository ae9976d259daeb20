/* `slipway bases` and `slipway keys` as processes, in a copy of the project whose bases lie on a registry of this machine. */
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Registries } from "../../../oci/registries.ts";
import { ProjectCopy } from "../../cli/support/project-copy.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { push, sampleImage } from "../oci/sample-image.ts";

const FAMILY = "no_rocm_image_ubuntu24_04";
const FILE = `images/${FAMILY}/image.yaml`;

describe("bases and keys on the command line", function () {
  this.timeout(5 * 60_000);
  let registry: TestRegistry;
  let project: ProjectCopy;
  let env: Record<string, string>;
  let digest: string;
  before(async () => {
    [registry, project] = await Promise.all([startRegistry(), ProjectCopy.make()]);
    const docker = join(project.home, "docker");
    await mkdir(docker);
    const auth = Buffer.from(`${registry.username}:${registry.password}`).toString("base64");
    await writeFile(
      join(docker, "config.json"),
      JSON.stringify({ auths: { [registry.host]: { auth } } }),
    );
    env = { DOCKER_CONFIG: docker };
    const image = `${registry.host}/library/ubuntu`;
    digest = await push(
      sampleImage(),
      new Registries().repository(image, registry.credentials, "push"),
      "24.04",
    );
    await project.edit(FILE, (text) =>
      text.replace("docker.io/library/ubuntu:24.04", `"${image}:24.04"`),
    );
  });
  after(async () => {
    await project.remove();
    await registry.stop();
  });

  it("pin what docker login may read, show the difference, and then have nothing to do", async () => {
    const unresolved = await project.slipway(["bases", "check", FAMILY], env);
    assert.equal(unresolved.exitCode, 1);
    assert.match(unresolved.stdout, /^no_rocm\S+ +unresolved +\S+ +unresolved -> sha256:\w{12}$/);
    const before = await project.slipway(["keys", FAMILY, "--json"]);

    const bumped = await project.slipway(["bases", "bump", FAMILY], env);
    assert.equal(bumped.stderr, "");
    assert.equal(bumped.exitCode, 0);
    assert.match(
      bumped.stdout,
      new RegExp(`\\n-  noble: .* unresolved \\}\\n\\+  noble: .* ${digest} \\}\\n`),
    );
    assert.ok((await readFile(join(project.root, FILE), "utf8")).includes(`digest: ${digest} }`));

    const again = await project.slipway(["bases", "bump", FAMILY, "--json"], env);
    assert.deepEqual([again.exitCode, JSON.parse(again.stdout)], [0, []]);
    const checked = await project.slipway(["bases", "check", FAMILY, "--json"], env);
    assert.equal(checked.exitCode, 0);
    assert.deepEqual(
      (JSON.parse(checked.stdout) as { state: string }[]).map(({ state }) => state),
      ["up to date"],
    );
    const after = await project.slipway(["keys", FAMILY, "--json"]);
    assert.notEqual(after.stdout, before.stdout);
    assert.match(after.stdout, /"key": "[0-9a-f]{40}"/);
  });

  it("are mirrored by what a stack's configuration says", async () => {
    const mirror = `${registry.host}/acme/bases`;
    await project.edit("Pulumi.therock.yaml", (text) =>
      text
        .replace(/slipway:families:.*(?:\n +- .*)*/, `slipway:families: [${FAMILY}]`)
        .replace(/^config:\n/m, `config:\n  slipway:baseMirror: ${mirror}\n`),
    );
    for (const state of ["copied", "there"]) {
      const { exitCode, stdout, stderr } = await project.slipway(
        ["bases", "mirror", "--stack", "therock", "--json"],
        env,
      );
      assert.equal(stderr, "");
      assert.equal(exitCode, 0);
      assert.deepEqual(JSON.parse(stdout), [
        {
          image: `${registry.host}/library/ubuntu:24.04`,
          digest,
          mirror: `${mirror}@${digest}`,
          state,
        },
      ]);
    }
    const table = await project.slipway(["bases", "mirror", "--stack", "therock"], env);
    assert.match(table.stdout, /^localhost:\d+\/library\/ubuntu:24\.04 {2}there {2}/);
  });

  it("say what is wrong in one line, by exit code 1", async () => {
    for (const args of [
      ["bases", "bump", "no-such"],
      ["bases", "mirror", "--stack", "main"],
      ["keys", "no-such"],
      ["keys", "--diff", "HEAD"],
    ]) {
      const { exitCode, stderr } = await project.slipway(args, env);
      assert.equal(exitCode, 1, args.join(" "));
      assert.match(stderr, /^error: /);
      assert.doesNotMatch(stderr, /\n {4}at /);
    }
    assert.equal((await project.slipway(["bases", "chek"])).exitCode, 2);
  });
});
