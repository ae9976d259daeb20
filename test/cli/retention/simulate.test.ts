import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simulationJson, simulationLines } from "../../../cli/retention/report.ts";
import { simulate, type SimulationOptions } from "../../../cli/retention/simulate.ts";
import { UserError } from "../../../rules/problems.ts";
import { pinName } from "../../../rules/names.ts";
import { anyDigest, DAY, INDEX, MANIFEST } from "../../rules/support/stored-images.ts";

const NOW = Date.parse("2026-11-21T06:00:00Z");
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

function entry(number: number, age: number, more: object = {}) {
  return {
    repositoryName: "pytorch/ci-image",
    imageDigest: anyDigest(number),
    imageSizeInBytes: 1_500_000_000,
    imagePushedAt: new Date(NOW - age * DAY).toISOString(),
    imageManifestMediaType: MANIFEST,
    ...more,
  };
}

const FEW = {
  rules: [
    {
      rulePriority: 1,
      description: "few",
      selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 },
      action: { type: "expire" },
    },
  ],
};

describe("slipway retention simulate", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-retention-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function file(name: string, content: unknown): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  }

  async function simulated(imageDetails: readonly object[], more: Partial<SimulationOptions> = {}) {
    const listing = await file("listing.json", { imageDetails });
    return simulate({ at: "+30d", listing, ...more }, NOW, () => undefined);
  }

  /** What is printed, without the path of the folder. */
  async function printed(...input: Parameters<typeof simulated>): Promise<readonly string[]> {
    const lines = [...simulationLines(await simulated(...input), NOW)];
    return lines.join("\n").replaceAll(`${folder}/`, "").split("\n");
  }

  it("shows what goes by the default policy, and what it frees", async () => {
    const images = [
      entry(1, 1),
      entry(2, 1, { imageTags: ["cpu-k1"] }),
      entry(3, 4000, { imageTags: [pinName(anyDigest(3))] }),
      entry(4, 1, { repositoryName: "pytorch/other", imageTags: ["k1"] }),
    ];
    assert.deepEqual(await printed(images), [
      "On 2026-12-21T06:00:00Z (in 30 days), from listing.json, by Slipway's default policy:",
      "family    image      digest               age   size    rule",
      "ci-image  (no name)  sha256:000000000000  31 d  1.5 GB  2 Content without a name, two weeks after its push",
      "pytorch/ci-image: 1 of 3 images go, and up to 1.5 GB (layers that an image has which stays are not freed)",
      "pytorch/other: all 1 images stay",
      "ghcr.io and docker.io have no such engine: nothing there goes by itself, and Slipway deletes nothing there.",
      "note: what channels hand out is not known and not protected here: give --images or --stack",
    ]);
    assert.deepEqual((await printed(images, { family: "other" })).slice(1, 2), [
      "pytorch/other: all 1 images stay",
    ]);
  });

  it("refuses a policy that takes what a pin, a channel or an index needs, image by image", async () => {
    const policy = await file("policy.json", FEW);
    const images = await file("images.json", {
      version: 1,
      repository: "pytorch/pytorch",
      channel: "main",
      ref: "refs/heads/main",
      commit: COMMIT,
      families: {
        "ci-image": {
          images: {
            cpu: {
              digest: anyDigest(2),
              contentName: `cpu-k${COMMIT}`,
              commit: COMMIT,
              platforms: ["linux/amd64"],
              references: { ecr: `ecr.example/pytorch/ci-image@${anyDigest(2)}` },
              names: [],
            },
            cuda: {
              digest: anyDigest(9),
              contentName: `cuda-k${COMMIT}`,
              commit: COMMIT,
              platforms: ["linux/amd64"],
              references: { ecr: `ecr.example/pytorch/ci-image@${anyDigest(9)}` },
              names: [],
            },
          },
        },
      },
    });
    const listed = [
      entry(1, 0, { imageTags: ["newest"] }),
      entry(2, 1, { imageTags: ["cpu-k1"] }),
      entry(3, 2, {
        imageTags: [pinName(anyDigest(3)), "cpu-k2"],
        imageManifestMediaType: INDEX,
        imageChildren: [anyDigest(4)],
      }),
      entry(4, 3),
      entry(5, 4, { imageTags: ["cpu-k3"] }),
    ];
    const simulation = await simulated(listed, { policy, images: [images] });
    assert.deepEqual([...simulationLines(simulation, NOW)].slice(-5), [
      `note: pytorch/ci-image: channel main hands out ${anyDigest(9)} (cuda), which is not there; slipway build --missing pushes it again`,
      "refused: 3 images are needed and would go. Change the policy, or say that nobody needs them (docs/retention.md):",
      `  ci-image cpu-k1 ${anyDigest(2)} goes by rule 1; needed by channel main (ci-image cpu)`,
      `  ci-image cpu-k2 ${anyDigest(3)} goes by rule 1; needed by a pin`,
      `  ci-image (no name) ${anyDigest(4)} goes by rule 1; needed by index cpu-k2`,
    ]);
    const json = JSON.parse(JSON.stringify(simulationJson(simulation))) as {
      at: string;
      families: { gone: { digest: string }[]; bytes: number; refused: unknown[] }[];
    };
    assert.equal(json.at, "2026-12-21T06:00:00.000Z");
    assert.deepEqual(
      json.families[0]!.gone.map(({ digest }) => digest),
      [2, 3, 4, 5].map(anyDigest),
    );
    assert.equal(json.families[0]!.bytes, 6_000_000_000);
    assert.deepEqual(json.families[0]!.refused[0], {
      digest: anyDigest(2),
      tags: ["cpu-k1"],
      pushedAt: "2026-11-20T06:00:00.000Z",
      ageDays: 31,
      bytes: 1_500_000_000,
      action: "expire",
      rulePriority: 1,
      needs: ["channel main (ci-image cpu)"],
    });
  });

  it("notes indexes of which the listing does not say what they list", async () => {
    const lines = await printed([entry(1, 1, { imageManifestMediaType: INDEX })]);
    assert.match(
      lines.at(-1)!,
      /^note: pytorch\/ci-image: what 1 of its indexes list is not known/,
    );
  });

  it("refuses files that are missing or wrong, with all their faults", async () => {
    const policy = await file("bad-policy.json", { rules: [{ ...FEW.rules[0], rulePriority: 0 }] });
    await assert.rejects(simulated([], { policy }), {
      name: "ProblemsError",
      message: /bad-policy\.json: 1 problem\n {2}rules\[0\]\.rulePriority: 0 is not a whole number/,
    });
    await assert.rejects(simulated([], { policy: join(folder, "none.json") }), {
      name: "UserError",
      message: /^--policy .*none\.json: cannot be read \(ENOENT\)/,
    });
    await assert.rejects(simulated([{ imageDigest: 1 }]), {
      name: "ProblemsError",
      message: /listing\.json: 3 problems/,
    });
    const given = await file("text", "hunter2: [default]");
    for (const more of [{ listing: given }, { policy: given }, { images: [given] }]) {
      await assert.rejects(simulated([], more), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /is no JSON/);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      });
    }
    const images = await file("list.json", { version: 2 });
    await assert.rejects(simulated([], { images: [images] }), {
      name: "UserError",
      message: /list\.json: \d+ problems/,
    });
    await assert.rejects(simulated([entry(1, 1)], { family: "ci-imag" }), {
      name: "UserError",
      message: /^--family ci-imag: .* has only ci-image$/,
    });
  });

  it("takes a listing of 100,000 images", async () => {
    const images = Array.from({ length: 100_000 }, (_, number) =>
      entry(number, number / 10_000, number % 2 === 0 ? {} : { imageTags: [`t${number}`] }),
    );
    const { families } = await simulated(images);
    assert.equal(families[0]!.images.length, 100_000);
    // Those without a name, and of the others those that are not among the newest 10,000 of all.
    assert.equal(families[0]!.gone.length, 95_000);
  }).timeout(60_000);
});
