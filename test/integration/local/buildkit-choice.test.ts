import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile, chmod } from "node:fs/promises";
import { join } from "node:path";
import { readBuildkitChoice } from "../../../local/buildkit.ts";
import { dockerBuilderName } from "../../../local/buildkit-docker.ts";
import { ensureInstance, type Instance } from "../../../local/instance.ts";
import { callsOf, fakeProgram } from "../../support/fake-program.ts";
import { runInNode } from "../../support/node-child.ts";

const moduleFile = join(import.meta.dirname, "../../../local/buildkit.ts");
const workers = JSON.stringify([{ platforms: [{ os: "linux", architecture: "arm64" }] }]);

describe("the choice of a BuildKit", function () {
  this.timeout(30_000);
  let folder: string;
  let programs: string;
  let instance: Instance;
  const choose = async (
    env: Record<string, string> = {},
    identity: { uid?: number } = {},
    network: "host" | "own" = "host",
  ) =>
    runInNode(
      `const { ensureBuildkit } = await import(${JSON.stringify(moduleFile)});
       const lines = [];
       const buildkit = await ensureBuildkit(${JSON.stringify(instance)}, (line) => lines.push(line), ${JSON.stringify(network)});
       return { ...buildkit, lines };`,
      { PATH: `${programs}:/bin`, ...env },
      identity,
    );
  /** A docker whose server answers, and whose builder exists or not. */
  const fakeDocker = async (create: string) =>
    fakeProgram(
      programs,
      "docker",
      `case "$*" in
         version*) echo 28.0.1 ;;
         "buildx version") echo v0.30.1 ;;
         "buildx inspect slipway"*) exit 1 ;;
         "buildx create"*) ${create} ;;
       esac`,
    );

  beforeEach(async () => {
    folder = await mkdtemp("/tmp/slipway-choice-");
    await chmod(folder, 0o777);
    programs = join(folder, "bin");
    instance = await ensureInstance(join(folder, "instance"));
    // Never the machine's own, whatever it has.
    await fakeProgram(
      programs,
      "buildctl",
      `case "$1" in
         --version) echo "buildctl github.com/moby/buildkit v0.31.1" ;;
         *) echo '${workers}' ;;
       esac`,
    );
    await fakeProgram(programs, "docker", 'echo "no server" >&2; exit 1');
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  it("falls on BUILDKIT_HOST where it is set, and asks nothing else", async () => {
    const { value } = await choose({ BUILDKIT_HOST: "tcp://builder:1234" });
    assert.deepEqual(value, {
      kind: "host",
      address: "tcp://builder:1234",
      buildctl: join(programs, "buildctl"),
      architecture: "arm64",
      lines: [],
    });
    assert.deepEqual(await callsOf(programs, "docker"), []);
  });

  it("is an error where BUILDKIT_HOST does not answer, not another BuildKit", async () => {
    await fakeProgram(
      programs,
      "buildctl",
      `case "$1" in
         --version) echo "buildctl github.com/moby/buildkit v0.31.1" ;;
         *) echo "error: connection refused" >&2; exit 1 ;;
       esac`,
    );
    const { error } = await choose({ BUILDKIT_HOST: "tcp://builder:1234" });
    assert.deepEqual(error, {
      name: "UserError",
      message:
        "BuildKit at tcp://builder:1234 does not answer: error: connection refused; start it, or unset BUILDKIT_HOST",
    });
  });

  it("falls on a builder of docker buildx that shares the host's network and knows the registries", async () => {
    await fakeDocker("echo made");
    const { value } = await choose();
    const name = dockerBuilderName(instance.folder);
    const { kind, address } = value as { kind: string; address: string };
    assert.deepEqual([kind, address], ["docker", `docker-container://buildx_buildkit_${name}0`]);
    const configFile = join(instance.folder, "buildkit/docker-builder.toml");
    assert.deepEqual(await callsOf(programs, "docker"), [
      "version --format {{.Server.Version}}",
      "buildx version",
      `buildx inspect ${name}`,
      `buildx create --name ${name} --driver docker-container --driver-opt network=host ` +
        `--driver-opt image=moby/buildkit:v0.31.1 --buildkitd-config ${configFile}`,
      `buildx inspect --bootstrap ${name}`,
    ]);
    const configuration = await readFile(configFile, "utf8");
    for (const { port } of Object.values(instance.registries)) {
      assert.ok(configuration.includes(`[registry."localhost:${port}"]\n  http = true\n`));
    }
  });

  it("falls for what others wrote on a builder in a network of its own, beside the one that the instance has", async () => {
    await fakeDocker("echo made");
    const name = dockerBuilderName(instance.folder, "own");
    const address = `docker-container://buildx_buildkit_${name}0`;
    const shared = (await choose()).value as { address: string };
    const { value } = await choose({}, {}, "own");
    assert.equal((value as typeof shared).address, address);
    assert.notEqual(address, shared.address);
    const created = (await callsOf(programs, "docker")).filter((call) =>
      call.startsWith("buildx create"),
    );
    assert.equal(created.length, 2);
    assert.ok(created[1]?.includes(`--name ${name} `));
    assert.doesNotMatch(created[1] ?? "", /network=/);
    assert.equal((await readBuildkitChoice(instance.folder))?.address, shared.address);
  });

  it("is an error that names every way where there is none", async () => {
    const uid = process.getuid?.() === 0 ? { uid: 65_534 } : {};
    await rm(join(programs, "docker"));
    // In place of the whole PATH: the machine may have a docker of its own.
    const { error } = await choose({ PATH: programs }, uid);
    assert.deepEqual(error, {
      name: "UserError",
      message: [
        "no BuildKit: images cannot be built. One of these is needed:",
        "  BUILDKIT_HOST: not set; set it to the address of a running buildkitd (unix:///..., tcp://...)",
        "  docker buildx: docker is not on PATH; install Docker",
        "  buildkitd: needs root, and this user is not root; install Docker with buildx, or run a rootless buildkitd and set BUILDKIT_HOST",
      ].join("\n"),
    });
  });

  it("tells why a Docker that is there does not do", async () => {
    const uid = process.getuid?.() === 0 ? { uid: 65_534 } : {};
    const reasons: [docker: string, reason: string][] = [
      [
        'echo "permission denied" >&2; exit 1',
        "docker's server does not answer (permission denied); start it, and let this user talk to it",
      ],
      [
        'case "$1" in version) echo 20.10.24 ;; *) exit 1 ;; esac',
        "docker has no buildx; install its plugin (docker-buildx-plugin)",
      ],
    ];
    for (const [script, reason] of reasons) {
      await fakeProgram(programs, "docker", script);
      const { error } = await choose({}, uid);
      assert.ok(error?.message.includes(`\n  docker buildx: ${reason}\n`), error?.message);
    }
  });

  it("is kept in the instance's folder for status and stop", async () => {
    await fakeDocker("echo made");
    await choose();
    const kept = JSON.parse(
      await readFile(join(instance.folder, "run/buildkit-choice.json"), "utf8"),
    ) as { kind: string };
    assert.equal(kept.kind, "docker");
    await writeFile(join(programs, "docker.calls"), "");
    const stopped = await runInNode(
      `const { stopCloud } = await import(${JSON.stringify(join(moduleFile, "../cloud.ts"))});
       return stopCloud(${JSON.stringify(instance.folder)});`,
      { PATH: `${programs}:/bin` },
    );
    assert.equal(stopped.error, undefined);
    assert.deepEqual(await callsOf(programs, "docker"), [
      `buildx stop ${dockerBuilderName(instance.folder)}`,
      `buildx stop ${dockerBuilderName(instance.folder, "own")}`,
    ]);
  });
});
