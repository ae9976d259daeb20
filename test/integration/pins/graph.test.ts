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

  const graph = (...args: readonly string[]) =>
    project.spawn(["pins", "graph", "--stack", "local", "--root", tree, ...args], {
      SLIPWAY_HOME: cloud().folder,
    });
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
    assert.deepEqual(found.get(kept), {
      ...{ image: IMAGE, digest: kept, users: [USER], seen: "2026-11-21", channels: [] },
      places: [{ file: "a.yml", line: 2, column: 8 }],
      names: found.get(kept)?.names.toSorted(),
      ecr: { state: "kept", by: "pin" },
    });
    assert.deepEqual(found.get(kept)?.names.toSorted(), [CONTENT, pinName(kept)]);
    const { ecr: goes, ...rest } = found.get(nameless)!;
    assert.equal(goes?.state, "goes");
    assert.deepEqual([rest.users, rest.places, rest.names], [[USER], [], []]);
    assert.deepEqual(found.get(absent)?.ecr, { state: "absent" });
  });

  it("says the same to people, each digest with what keeps it or takes it", async () => {
    const { exitCode, stdout } = await graph();
    assert.equal(exitCode, 0);
    const block = (digest: string) => stdout.split(/^(?=\S)/m).find((one) => one.includes(digest));
    const own = block(`${IMAGE} ${kept}`) ?? "";
    assert.match(own, /^ {2}used in {3}a\.yml:2$/m);
    assert.match(own, /^ {2}used by {3}ROCm\/TheRock@main, seen 2026-11-21$/m);
    assert.match(own, new RegExp(`^ {2}called {4}${CONTENT}$`, "m"));
    assert.match(own, /^ {2}retention kept on ECR by its pin- name$/m);
    assert.match(block(nameless) ?? "", /^ {2}retention goes from ECR within a year: /m);
    assert.match(block(absent) ?? "", /^ {2}retention not on ECR$/m);
  });

  it("asks nobody where it is told to, and tells what the tree and the file have", async () => {
    const found = await digests("--offline");
    assert.deepEqual([...found.keys()].sort(), [kept, nameless, absent].sort());
    for (const node of found.values()) {
      assert.deepEqual([node.ecr, node.names, node.users], [undefined, [], [USER]]);
    }
    assert.equal(found.get(kept)?.places.length, 1);
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
