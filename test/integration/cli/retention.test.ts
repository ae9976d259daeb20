// Does not prove what ECR deletes: nothing expires in the local cloud.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ECR } from "@aws-sdk/client-ecr";
import { execa } from "execa";
import { ImageListTag } from "../../../cli/publishing/image-list-tag.ts";
import { type CredentialsByHost, Registries } from "../../../oci/registries.ts";
import { pinName } from "../../../rules/names.ts";
import { testIdentity, withCloud } from "../../support/cloud.ts";
import { push, sampleImage, sampleIndex } from "../oci/sample-image.ts";

const CHECKOUT = join(import.meta.dirname, "../../..");
const FAMILY = "almalinux-builder";
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

interface Report {
  readonly families: readonly {
    readonly family: string;
    readonly images: number;
    readonly gone: readonly { readonly digest: string }[];
    readonly refused: readonly { readonly digest: string; readonly needs: readonly string[] }[];
  }[];
  readonly notes: readonly string[];
}

describe("slipway retention simulate on the local cloud", () => {
  const cloud = withCloud();
  const live = sampleImage();
  const nameless = sampleImage();
  const platforms = [sampleImage(), sampleImage()] as const;
  const index = sampleIndex(platforms);
  let folder: string;

  before("push to the local ECR", async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-retention-"));
    const { aws, registries: places } = cloud();
    const ecr = new ECR({
      endpoint: aws.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    const repositoryName = `${testIdentity.owner}/${FAMILY}`;
    await ecr.createRepository({ repositoryName, imageTagMutability: "IMMUTABLE" });
    ecr.destroy();
    const logins: CredentialsByHost = Object.fromEntries(
      Object.values(places).map(({ host, ...login }) => [host, login]),
    );
    const registries = new Registries();
    const to = registries.repository(`${places.ecr.host}/${repositoryName}`, logins, "push");
    await push(nameless, to);
    await push(live, to, `cpu-k${COMMIT}`);
    for (const image of platforms) await push(image, to, pinName(image.manifest.digest));
    await to.manifests.put(pinName(index.digest), index);
    const lists = `${places["ghcr.io"].host}/${testIdentity.owner}/slipway-images`;
    await new ImageListTag(lists, "main", registries, logins).write({
      version: 1,
      repository: "pytorch/pytorch",
      channel: "main",
      ref: "refs/heads/main",
      commit: COMMIT,
      families: {
        [FAMILY]: {
          images: {
            cpu: {
              digest: live.manifest.digest,
              contentName: `cpu-k${COMMIT}`,
              commit: COMMIT,
              platforms: ["linux/amd64"],
              references: { ecr: `${places.ecr.host}/${repositoryName}@${live.manifest.digest}` },
              names: [],
            },
          },
        },
      },
    });
  });
  after(() => rm(folder, { recursive: true }));

  function simulate(...args: readonly string[]) {
    const command = [join(CHECKOUT, "cli/main.ts"), "retention", "simulate", ...args];
    return execa(process.execPath, command, {
      cwd: folder,
      env: { SLIPWAY_HOME: cloud().folder, INIT_CWD: undefined },
      reject: false,
    });
  }

  it("asks ECR what there is, and lets only go what has no name", async () => {
    const { stdout, stderr, exitCode } = await simulate(
      ...["--at", "+15d", "--family", FAMILY, "--json"],
    );
    assert.equal(exitCode, 0, stderr);
    assert.equal(stderr, "");
    const { families, notes } = JSON.parse(stdout) as Report;
    assert.deepEqual(notes, []);
    assert.deepEqual(
      families.map(({ family, images }) => [family, images]),
      [[FAMILY, 5]],
    );
    assert.deepEqual(
      families[0]!.gone.map(({ digest }) => digest),
      [nameless.manifest.digest],
    );
  });

  it("refuses a policy that takes what pins, indexes and the published list need", async () => {
    const selection = { tagStatus: "any", countType: "sinceImagePushed", countUnit: "days" };
    const rule = { rulePriority: 1, selection: { ...selection, countNumber: 1 } };
    const policy = JSON.stringify({ rules: [{ ...rule, action: { type: "expire" } }] });
    await writeFile(join(folder, "policy.json"), policy);
    const args = ["--at", "+2d", "--family", FAMILY, "--policy", "policy.json"];
    const { stdout, exitCode } = await simulate(...args, "--json");
    assert.equal(exitCode, 1);
    const { families } = JSON.parse(stdout) as Report;
    assert.equal(families[0]!.gone.length, 5);
    assert.deepEqual(
      Object.fromEntries(families[0]!.refused.map(({ digest, needs }) => [digest, needs])),
      {
        [live.manifest.digest]: [`channel main (${FAMILY} cpu)`],
        [platforms[0].manifest.digest]: ["a pin", `index ${index.digest}`],
        [platforms[1].manifest.digest]: ["a pin", `index ${index.digest}`],
        [index.digest]: ["a pin"],
      },
    );
    const text = await simulate(...args);
    assert.equal(text.exitCode, 1);
    assert.match(text.stdout, /^refused: 4 images are needed and would go\./m);
  });

  it("says what to do where the family has no repository yet", async () => {
    const { stderr, exitCode } = await simulate("--at", "+1d", "--family", "ci-image");
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /error: pytorch\/ci-image on ECR .*; slipway up of the stack that owns it/,
    );
  });
});
