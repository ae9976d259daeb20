import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BumpPlan, planBump } from "../../../../cli/pins/bump/plan.ts";
import { findPlaces } from "../../../../cli/pins/tree/find-places.ts";
import { withTemporaryFolder } from "../../../../local/temporary-folder.ts";
import { managedImages } from "../../../../rules/pins/managed-images.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const managed = managedImages(
  {
    owner: "ROCm",
    families: [
      { name: "tools", accelerators: [], hosts: ["ghcr.io"] },
      { name: "other", accelerators: [], hosts: ["ghcr.io", "docker.io"] },
    ],
  },
  [],
);
const OLD = `ghcr.io/rocm/tools@${digest("a")}\n`;
const OTHER = `ghcr.io/rocm/other@${digest("b")}\ndocker.io/rocm/other@${digest("b")}\n`;
const latest = (image: string) => ({ image, digest: digest("c"), references: [] });

/** @param there whether a repository has the digest */
async function plan(
  there: (name: string) => boolean,
  { to = "latest", images = [] as readonly string[] } = {},
): Promise<BumpPlan> {
  return withTemporaryFolder("slipway-test-plan", async (root) => {
    await writeFile(join(root, "pins.txt"), OLD + OTHER);
    const { places } = await findPlaces(root, managed);
    return planBump({
      ...{ root, managed, places, images, to, today: "2026-11-21" },
      known: { all: [], latest },
      facts: async ({ host, path }) =>
        there(`${host}/${path}`)
          ? { state: "there", platforms: [], size: 1 }
          : { state: "missing", detail: "it is not there" },
      digestOf: async () => undefined,
      candidatePlaces: ["ghcr.io/rocm/other-candidate", "ghcr.io/rocm/tools-candidate"],
    });
  });
}

describe("the plan of a bump", () => {
  it("leaves all places of an image that one of its hosts lacks, and moves the others", async () => {
    const { files, moves, left, faults } = await plan((name) => name !== "docker.io/rocm/other");
    assert.deepEqual(
      files.map(({ after }) => after.toString()),
      [OLD.replace(digest("a"), digest("c")) + OTHER],
    );
    assert.deepEqual(
      moves.map(({ image }) => image),
      ["tools"],
    );
    const why = `docker.io/rocm/other@${digest("c")} is missing: it is not there`;
    assert.deepEqual(faults, [why]);
    assert.deepEqual(
      left.map(({ place, ...more }) => ({ line: place.line, ...more })),
      [2, 3].map((line) => ({ line, why, held: false })),
    );
  });

  it("is none where every image lacks its target", async () => {
    await assert.rejects(
      plan(() => false),
      /ghcr\.io\/rocm\/tools@.* is missing.*\nno file was changed/s,
    );
  });

  it("asks for a candidate where candidates are, and takes places of other hosts there", async () => {
    const candidate = `ghcr.io/rocm/other-candidate@${digest("d")}`;
    const asked: string[] = [];
    const { files, left } = await plan((name) => asked.push(name) > 0, {
      ...{ to: candidate, images: ["other"] },
    });
    assert.deepEqual(asked, ["ghcr.io/rocm/other-candidate"]);
    assert.deepEqual(left, []);
    assert.equal(files[0]?.after.toString(), `${OLD}${candidate}\n${candidate}\n`);
  });
});
