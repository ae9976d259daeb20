import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BumpPlan, planBump } from "../../../../cli/pins/bump/plan.ts";
import type { DigestFacts } from "../../../../cli/pins/digest-facts.ts";
import type { KnownImage } from "../../../../cli/pins/known-images.ts";
import { planText } from "../../../../cli/pins/bump/show.ts";
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
const THERE: DigestFacts = { state: "there", platforms: [], size: 1 };
const UNCHECKED: DigestFacts = { state: "unchecked", reason: "it wants a login" };
const latest = (image: string) => ({ image, digest: digest("c"), references: [] });

interface Given {
  readonly to?: string;
  readonly images?: readonly string[];
  readonly text?: string;
  readonly all?: readonly KnownImage[];
}

/** @param told whether a repository has the digest, or what it says of it */
async function plan(
  told: (name: string) => boolean | DigestFacts,
  { to = "latest", images = [], text = OLD + OTHER, all = [] }: Given = {},
): Promise<BumpPlan> {
  return withTemporaryFolder("slipway-test-plan", async (root) => {
    await writeFile(join(root, "pins.txt"), text);
    const { places } = await findPlaces(root, managed);
    return planBump({
      ...{ root, managed, places, images, to, today: "2026-11-21" },
      known: { all, latest },
      facts: async ({ host, path }) => {
        const answer = told(`${host}/${path}`);
        if (typeof answer === "object") return answer;
        return answer ? THERE : { state: "missing", detail: "it is not there" };
      },
      digestOf: async () => undefined,
      candidatePlaces: ["ghcr.io/rocm/other-candidate", "ghcr.io/rocm/tools-candidate"],
    });
  });
}
const textOf = ({ files }: BumpPlan) => files.map(({ after }) => after.toString());

describe("the plan of a bump", () => {
  it("tells what may be of an image that is asked for, and what stands in its digest's place", async () => {
    const ambiguous = `ghcr.io/rocm/tools\nghcr.io/rocm/other\n${digest("a")}\n`;
    const malformed = `ghcr.io/rocm/tools@sha256:${"a".repeat(60)}\n`;
    for (const [text, why] of [
      [ambiguous, /it may be of other and tools|it may be of other, tools/],
      [malformed, /^"sha256:a{60}" is no digest$/],
    ] as const) {
      const { files, left } = await plan(() => true, { images: ["tools"], text });
      assert.deepEqual(files, []);
      assert.equal(left.length, 1);
      assert.match(left[0]!.why, why);
      assert.equal(left[0]!.held, false);
    }
  });

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

  const NEW = OLD.replace(digest("a"), digest("c"));

  it("moves nothing to what could not be looked at and is in no list", async () => {
    const elsewhere = { ...latest("tools"), references: [`docker.io/rocm/tools@${digest("c")}`] };
    for (const all of [[], [elsewhere]]) {
      await assert.rejects(
        plan(() => UNCHECKED, { images: ["tools"], text: OLD, all }),
        /tools@sha256:c+ could not be looked at, and no published list has it: it wants a login/,
      );
    }
  });

  it("moves to what could not be looked at where a list has it", async () => {
    const listed = { ...latest("tools"), references: [`ghcr.io/rocm/tools@${digest("c")}`] };
    const moved = await plan(() => UNCHECKED, { images: ["tools"], text: OLD, all: [listed] });
    assert.deepEqual(textOf(moved), [NEW]);
    assert.deepEqual(moved.faults, []);
  });

  describe("with a wrong date beside a right digest", () => {
    const dated = NEW.replace("\n", " # 2026-08-18\n");
    const built: DigestFacts = { ...THERE, created: "2026-11-20T10:00:00Z" };

    it("mends the date, and moves nothing", async () => {
      const mended = await plan(() => built, { images: ["tools"], text: dated });
      assert.deepEqual(textOf(mended), [dated.replace("2026-08-18", "2026-11-20")]);
      assert.deepEqual([mended.moves, mended.left, mended.faults], [[], [], []]);
    });

    it("leaves it where nobody says when the image was built, which keeps nothing from moving", async () => {
      const text = `ghcr.io/rocm/other@${digest("c")} # 2026-08-18\ndocker.io/rocm/other@${digest("b")}\n`;
      for (const silent of [UNCHECKED, { state: "missing", detail: "gone" } as const]) {
        const told = (name: string) => (name.startsWith("ghcr.io/") ? silent : THERE);
        const moved = await plan(told, { images: ["other"], text });
        assert.deepEqual(textOf(moved), [text.replace(digest("b"), digest("c"))]);
        assert.deepEqual(moved.faults, []);
      }
    });
  });

  describe("with a candidate that is published", () => {
    const candidate = `ghcr.io/rocm/tools-candidate@${digest("c")}\n`;

    for (const to of ["latest", digest("c"), `ghcr.io/rocm/tools@${digest("c")}`]) {
      it(`takes its place to the image's own name, by --to ${to.slice(0, 28)}`, async () => {
        const asked: string[] = [];
        const told = (name: string) => asked.push(name) > 0;
        const { moves, ...moved } = await plan(told, { to, images: ["tools"], text: candidate });
        assert.deepEqual(asked, ["ghcr.io/rocm/tools"]);
        assert.deepEqual(textOf({ moves, ...moved }), [NEW]);
        assert.deepEqual(
          moves.map((one) => [one.from, one.to, one.places.length]),
          [[[digest("c")], digest("c"), 1]],
        );
        assert.deepEqual((await plan(told, { to, images: ["tools"], text: NEW })).files, []);
      });
    }

    it("leaves its place where the image's own repository does not have it", async () => {
      await assert.rejects(
        plan((name) => name.endsWith("-candidate"), { images: ["tools"], text: candidate }),
        /ghcr\.io\/rocm\/tools@sha256:c+ is missing.*\nno file was changed/s,
      );
      const text = candidate + OTHER;
      const { left, files } = await plan((name) => name.endsWith("/other"), { text });
      assert.deepEqual(
        left.map(({ place }) => place.line),
        [1],
      );
      assert.ok(files[0]?.after.toString().startsWith(candidate));
    });

    it("leaves its place while the candidate is what is asked for", async () => {
      const to = candidate.trim();
      const { files, left } = await plan(() => true, { to, images: ["tools"], text: candidate });
      assert.deepEqual([files, left], [[], []]);
    });

    it("says so", async () => {
      const text = planText(await plan(() => true, { images: ["tools"], text: candidate }), true);
      assert.match(text, /^tools: 1 place in 1 file, its candidates' name -> sha256:c{12}$/m);
    });
  });
});
