// Does not prove what ECR deletes: nothing expires in the local cloud.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ECR } from "@aws-sdk/client-ecr";
import { type CredentialsByHost, Registries } from "../../../oci/registries.ts";
import { pinName } from "../../../rules/names.ts";
import type { GraphDigest } from "../../../rules/pins/graph.ts";
import { type PinnedDigest, pinnedDigestsText } from "../../../rules/pins/pinned-digests.ts";
import { ProjectCopy } from "../../cli/support/project-copy.ts";
import { withCloud } from "../../support/cloud.ts";
import { stoppedCloud } from "./support/stopped-cloud.ts";
import { push, sampleImage } from "../oci/sample-image.ts";

const FAMILY = "almalinux-builder";
const IMAGE = `${FAMILY}/cpu`;
const PATH = `pytorch/${FAMILY}`;
const CONTENT = `cpu-k${"0123456789".repeat(4)}`;
const USER = "ROCm/TheRock@main";
/** Families of the stack that ECR carries. */
const ON_ECR = [PATH, "pytorch/ci-image"];

describe("slipway pins graph", function () {
  this.timeout(120_000);
  const cloud = withCloud();
  let project: ProjectCopy;
  let tree: string;
  let ecr: ECR;
  let kept: string;
  let nameless: string;
  let list: string;
  const absent = sampleImage().manifest.digest;

  before("push to the local ECR, and pin", async () => {
    project = await ProjectCopy.make();
    tree = await mkdtemp(join(tmpdir(), "slipway-graph-"));
    const { aws, registries: places } = cloud();
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    ecr = new ECR({ endpoint: aws.endpoint, region: "us-east-1", credentials });
    for (const repositoryName of ON_ECR) await ecr.createRepository({ repositoryName });
    const { host, ...login } = places.ecr;
    const logins: CredentialsByHost = { [host]: login };
    const to = new Registries().repository(`${host}/${PATH}`, logins, "push");
    nameless = await push(sampleImage(), to);
    kept = await push(sampleImage(), to, CONTENT);
    await to.manifests.put(pinName(kept), await to.manifests.get(kept));
    list = join(project.home, "images.json");
    const nothing = {
      ...{ version: 1, repository: "pytorch/pytorch", channel: "main", ref: "refs/heads/main" },
      ...{ commit: "c".repeat(40), families: {} },
    };
    await writeFile(list, JSON.stringify(nothing));
    await writeFile(join(tree, "a.yml"), `\nimage: ${host}/${PATH}:${CONTENT}@${kept}\n`);
    const pins = [kept, nameless, absent].map((digest): PinnedDigest => ({
      ...{ digest, repository: PATH, image: IMAGE, seen: "2026-11-21", users: [USER] },
    }));
    // In the tree, too, as in that of a stack's own repository: it is no place.
    for (const folder of [project.root, tree]) {
      await writeFile(join(folder, "Pins.local.yaml"), pinnedDigestsText(pins));
    }
  });
  after(async () => {
    for (const repositoryName of ON_ECR) {
      await ecr.deleteRepository({ repositoryName, force: true });
    }
    ecr.destroy();
    await project.remove();
    await rm(tree, { recursive: true, force: true });
  });

  // A list of its own: what other tests publish on the same cloud is none of these digests.
  const graph = (...args: readonly string[]) =>
    project.spawn(
      ["pins", "graph", "--stack", "local", "--root", tree, "--images", list, ...args],
      { SLIPWAY_HOME: cloud().folder },
    );
  const digests = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await graph("--json", ...args);
    assert.equal(exitCode, 0, stderr);
    assert.equal(stderr, "");
    const all = JSON.parse(stdout) as readonly GraphDigest[];
    // Other tests' lists may be in the cloud.
    return new Map(all.map((node) => [node.digest, node]));
  };

  it("joins places, users, names and what ECR's policy does, for programs", async () => {
    const found = await digests();
    const at = `${cloud().registries.ecr.host}/${PATH}`;
    assert.deepEqual(found.get(kept), {
      ...{ image: IMAGE, digest: kept, users: [USER], seen: "2026-11-21", channels: [] },
      places: [{ file: "a.yml", line: 2, column: 8 }],
      names: found.get(kept)?.names.toSorted(),
      registries: [{ repository: at, state: "there" }],
      ecr: [{ path: PATH, state: "kept", by: "pin" }],
    });
    assert.deepEqual(
      found.get(kept)?.names.toSorted(),
      [CONTENT, pinName(kept)].map((tag) => `${at}:${tag}`),
    );
    const { ecr: goes, ...rest } = found.get(nameless)!;
    assert.equal(goes[0]?.state, "goes");
    assert.deepEqual([rest.users, rest.places, rest.names], [[USER], [], []]);
    assert.deepEqual(found.get(absent)?.ecr, [{ path: PATH, state: "absent" }]);
    assert.deepEqual(
      found.get(absent)?.registries.map(({ state }) => state),
      ["missing"],
    );
  });

  it("says the same to people, each digest with what keeps it or takes it", async () => {
    const { exitCode, stdout } = await graph();
    assert.equal(exitCode, 0);
    const block = (digest: string) => stdout.split(/^(?=\S)/m).find((one) => one.includes(digest));
    const own = block(`${IMAGE} ${kept}`) ?? "";
    assert.match(own, /^ {2}used in {3}a\.yml:2$/m);
    assert.match(own, /^ {2}used by {3}ROCm\/TheRock@main, seen 2026-11-21$/m);
    assert.match(own, new RegExp(`^ {2}called {4}localhost:\\d+/${PATH}:${CONTENT}$`, "m"));
    assert.doesNotMatch(own, /pin-[0-9a-f]/);
    assert.match(own, /^ {2}retention kept on ECR by its pin- name$/m);
    assert.match(block(nameless) ?? "", /^ {2}retention goes from ECR within a year: /m);
    assert.match(block(absent) ?? "", /^ {2}retention not on ECR$/m);
    assert.match(block(absent) ?? "", /^ {2}not on {4}localhost:\d+\/pytorch\/almalinux-builder$/m);
    assert.match(
      stdout.replaceAll(/\n +/g, " "),
      /\n3 digests of 1 image: 1 in the tree, 3 used by others, 0 published, 1 not on a registry of its users$/,
    );
  });

  it("asks nobody where it is told to, and tells what the tree and the file have", async () => {
    const found = await digests("--offline");
    assert.deepEqual([...found.keys()].sort(), [kept, nameless, absent].sort());
    for (const node of found.values()) {
      assert.deepEqual([node.registries, node.names, node.users], [[], [], [USER]]);
      assert.deepEqual(node.ecr, [{ path: PATH, state: "unasked", reason: "--offline" }]);
    }
    assert.equal(found.get(kept)?.places.length, 1);
  });

  it("looks into the repository of candidates for a candidate", async () => {
    const candidates = `${PATH}-candidate`;
    await ecr.createRepository({ repositoryName: candidates });
    try {
      const { host, ...login } = cloud().registries.ecr;
      const to = new Registries().repository(`${host}/${candidates}`, { [host]: login }, "push");
      const candidate = await push(sampleImage(), to);
      await writeFile(join(tree, "b.yml"), `image: ${host}/${candidates}:cpu@${candidate}\n`);
      const found = (await digests(IMAGE)).get(candidate);
      assert.deepEqual(found?.ecr, [
        {
          ...{ path: candidates, state: "goes" },
          rule: "Candidates without a name, thirty days after their push",
        },
      ]);
    } finally {
      await rm(join(tree, "b.yml"));
      await ecr.deleteRepository({ repositoryName: candidates, force: true });
    }
  });

  it("shows the images that are named, and judges what it is told before anything is asked", async () => {
    assert.deepEqual([...(await digests("ci-image")).keys()], []);
    assert.equal((await digests(FAMILY)).size, 3);
    const stranger = await graph("almalinux-bulder");
    assert.equal(stranger.exitCode, 1);
    assert.match(stranger.stderr, /^error: "almalinux-bulder".*no managed image/);
    const file = await graph("--root", join(tree, "a.yml"));
    assert.equal(file.exitCode, 1);
    assert.match(file.stderr, /^error: --root .* is a file; name a folder$/m);
    const list = await graph("--images", "nowhere.json");
    assert.match(list.stderr, /^error: --images .*nowhere\.json: cannot be read/m);
  });

  it("goes on where the local cloud is stopped, and says that nobody answered", async () => {
    const home = await mkdtemp(join(tmpdir(), "slipway-stopped-"));
    try {
      await writeFile(join(home, "cloud.json"), JSON.stringify(stoppedCloud(cloud(), home)));
      const run = (...args: readonly string[]) =>
        project.spawn(["pins", "graph", "--stack", "local", "--root", tree, ...args], {
          SLIPWAY_HOME: home,
        });
      const offline = await run("--offline");
      assert.deepEqual([offline.exitCode, offline.stderr], [0, ""]);
      assert.match(offline.stdout, /retention not known: ECR was not asked \(--offline\)$/m);
      const asked = await run();
      assert.equal(asked.exitCode, 0, asked.stderr);
      assert.match(asked.stderr, /^note: without the published lists/m);
      assert.match(asked.stdout, /^ {2}not asked localhost:1\/pytorch\/almalinux-builder: /m);
      assert.match(asked.stdout, /retention not known: ECR was not asked \(/);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });

  it("says what is wrong with the stack's file", async () => {
    const file = join(project.root, "Pins.local.yaml");
    await writeFile(file, "version: 1\npins: [{}]\n");
    const { exitCode, stderr } = await graph("--offline");
    assert.equal(exitCode, 1);
    assert.match(stderr, /Pins\.local\.yaml/);
    assert.match(stderr, /pins\[0\]\.digest/);
  });
});
