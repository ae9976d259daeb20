import assert from "node:assert/strict";
import { editText, type PinTarget, wantsContentName } from "../../../rules/pins/edit.ts";
import type { Place, Span } from "../../../rules/pins/place.ts";

const OLD = "a".repeat(64);
const NEW = "b".repeat(64);
const KEY = "c".repeat(40);
const TODAY = "2026-11-21";
const target: PinTarget = {
  image: "tools",
  digest: `sha256:${NEW}`,
  candidate: false,
  created: "2026-11-20T23:00:00Z",
};

/** A place whose parts are found in the text by what they are, each once; a part may be in pieces. */
function placeIn(
  text: string,
  parts: { name?: string; tag?: string[]; digest?: string[]; date?: string; candidate?: boolean },
  more: Partial<Place> = {},
): Place {
  const span = (piece: string): Span => {
    const start = text.indexOf(piece);
    assert.ok(start >= 0 && !text.includes(piece, start + 1), piece);
    return { start, end: start + piece.length };
  };
  const { name, tag, digest = [OLD], date, candidate = false } = parts;
  return {
    ...{ file: "f", line: 1, column: 1, kind: "reference", image: "tools", written: name ?? "" },
    repositorySpans: name === undefined ? [] : [span(name)],
    repository: { host: "ghcr.io", path: "rocm/tools", accelerators: [], candidate },
    digest: { text: `sha256:${digest.join("")}`, spans: digest.map(span) },
    ...(tag !== undefined && { tag: { text: tag.join(""), spans: tag.map(span) } }),
    ...(date !== undefined && { date: { text: date, span: span(date) } }),
    ...more,
  };
}

function edited(text: string, place: Place, to: PinTarget = target) {
  return editText(text, [place], new Map([["tools", to]]), TODAY);
}

describe("editing pins", () => {
  it("replaces the digits of a digest and nothing else", () => {
    const text = `x: "ghcr.io/ROCm/tools@sha256:${OLD}" \r\n`;
    const result = edited(text, placeIn(text, {}));
    assert.equal(result.text, text.replace(OLD, NEW));
    assert.equal(result.moved.length, 1);
  });

  it("keeps the pieces of a digest that is split", () => {
    const text = `"sha256:${"a".repeat(20)}" +\n  "${"A".repeat(44)}"`;
    const pieces = ["a".repeat(20), "A".repeat(44)];
    const result = edited(text, placeIn(text, { digest: pieces }));
    assert.equal(result.text, `"sha256:${"b".repeat(20)}" +\n  "${"b".repeat(44)}"`);
  });

  it("moves the date beside a digest to the day of the new image", () => {
    const text = `tools@sha256:${OLD} # 2026-08-18 14:00`;
    const result = edited(text, placeIn(text, { date: "2026-08-18 14:00" }));
    assert.equal(result.text, `tools@sha256:${NEW} # 2026-11-20 23:00`);
  });

  it("moves the time of a date that stays", () => {
    const text = `tools@sha256:${OLD} # 2026-11-20 14:00`;
    const result = edited(text, placeIn(text, { date: "2026-11-20 14:00" }));
    assert.equal(result.text, `tools@sha256:${NEW} # 2026-11-20 23:00`);
  });

  it("leaves the date where nobody knows when the new image was built", () => {
    const text = `tools@sha256:${OLD} # 2026-08-18`;
    const { created, ...undated } = target;
    assert.equal(created, "2026-11-20T23:00:00Z");
    const result = edited(text, placeIn(text, { date: "2026-08-18" }), undated);
    assert.equal(result.text, `tools@sha256:${NEW} # 2026-08-18`);
  });

  it("mends a date that is more than a day away from its digest, and no nearer one", () => {
    for (const [date, expected] of [
      ["2026-11-21", "2026-11-21"],
      ["2026-11-22", "2026-11-20"],
      ["2025-11-20", "2026-11-20"],
    ] as const) {
      const text = `tools@sha256:${NEW} # ${date}`;
      const result = edited(text, placeIn(text, { digest: [NEW], date }));
      assert.equal(result.text, `tools@sha256:${NEW} # ${expected}`);
      assert.deepEqual([result.moved, result.left], [[], []]);
    }
  });

  it("keeps a floating tag, and moves one that names content", () => {
    const floating = `tools:latest@sha256:${OLD}`;
    const kept = edited(floating, placeIn(floating, { tag: ["latest"] }));
    assert.equal(kept.text, `tools:latest@sha256:${NEW}`);
    const content = `tools:k${KEY}@sha256:${OLD}`;
    const place = placeIn(content, { tag: [`k${KEY}`] });
    const contentName = `k${"d".repeat(40)}`;
    const moved = edited(content, place, { ...target, contentName });
    assert.equal(moved.text, `tools:${contentName}@sha256:${NEW}`);
  });

  it("knows a place that only who knows the new content's name can move", () => {
    const text = `tools:k${KEY}@sha256:${OLD}`;
    const place = placeIn(text, { tag: [`k${KEY}`] });
    assert.equal(wantsContentName(place, target), true);
    assert.equal(wantsContentName(place, { ...target, contentName: `k${KEY}` }), false);
    assert.equal(wantsContentName(place, { ...target, digest: `sha256:${OLD}` }), false);
    const floating = `tools:latest@sha256:${OLD}`;
    assert.equal(wantsContentName(placeIn(floating, { tag: ["latest"] }), target), false);
  });

  it("leaves what somebody wants held and does not say right, and what only a name nearby tells of", () => {
    const text = `tools@sha256:${OLD}`;
    const faulty = edited(text, placeIn(text, {}, { hold: { fault: "has no reason" } }));
    assert.deepEqual([faulty.text, faulty.left[0]?.held], [text, false]);
    assert.match(faulty.left[0]?.why ?? "", /has no reason/);
    const near = edited(text, placeIn(text, {}, { nearby: true }));
    assert.deepEqual([near.text, near.left[0]?.held], [text, false]);
  });

  it("goes to the candidates' repository and back", () => {
    const final = `f(ghcr.io/ROCm/tools@sha256:${OLD})`;
    const place = placeIn(final, { name: "ghcr.io/ROCm/tools" });
    const written = { ...place, written: `ghcr.io/ROCm/tools@sha256:${OLD}` };
    const there = edited(final, written, { ...target, candidate: true });
    assert.equal(there.text, `f(ghcr.io/ROCm/tools-candidate@sha256:${NEW})`);
    const candidate = placeIn(
      there.text,
      { name: "ghcr.io/ROCm/tools-candidate", digest: [NEW], candidate: true },
      { written: `ghcr.io/ROCm/tools-candidate@sha256:${NEW}` },
    );
    const back = edited(there.text, candidate, { ...target, digest: `sha256:${OLD}` });
    assert.equal(back.text, final);
  });

  const hub = { host: "docker.io", path: "rocm/tools", accelerators: [], candidate: false };
  const signed: PinTarget = {
    ...{ ...target, candidate: true },
    candidatePlaces: ["ghcr.io/rocm/tools-candidate", "ecr.example/rocm/tools-candidate"],
  };
  for (const name of ["docker.io/rocm/tools", "rocm/tools"]) {
    it(`takes ${name} to a host that has candidates`, () => {
      const text = `f(${name}@sha256:${OLD})`;
      const place = placeIn(text, { name }, { repository: hub, written: text.slice(2, -1) });
      const { text: after } = edited(text, place, signed);
      assert.equal(after, `f(ghcr.io/rocm/tools-candidate@sha256:${NEW})`);
    });
  }

  it("keeps a place on its host where that has candidates, too", () => {
    const name = "ecr.example/ROCm/tools";
    const text = `${name}@sha256:${OLD}`;
    const repository = { ...hub, host: "ecr.example" };
    const { text: after } = edited(
      text,
      placeIn(text, { name }, { repository, written: text }),
      signed,
    );
    assert.equal(after, `ecr.example/ROCm/tools-candidate@sha256:${NEW}`);
  });

  it("leaves a name that is put together from parts where its host has no candidates", () => {
    const name = "${HUB}/rocm/tools";
    const text = `${name}@sha256:${OLD}`;
    const { text: after, left } = edited(
      text,
      placeIn(text, { name }, { repository: hub, written: text }),
      signed,
    );
    assert.equal(after, text);
    assert.match(left[0]?.why ?? "", /docker\.io has no candidates.*write ghcr\.io\/rocm\/tools-c/);
  });

  it("leaves a candidate where it is while that candidate is the wanted one", () => {
    const text = `ghcr.io/ROCm/tools-candidate@sha256:${NEW}`;
    const name = "ghcr.io/ROCm/tools-candidate";
    const place = placeIn(text, { name, digest: [NEW], candidate: true }, { written: text });
    for (const to of [{ ...target, candidate: true }, signed]) {
      assert.deepEqual(edited(text, place, to), { text, moved: [], left: [] });
    }
  });

  describe("a candidate whose digest is published", () => {
    const [name, final] = ["ghcr.io/ROCm/tools-candidate", "ghcr.io/ROCm/tools"];
    const rest = `@sha256:${NEW} # 2026-11-21`;
    const text = `"${name}${rest}"`;
    const place = (more: Partial<Place> = {}) => {
      const parts = { name, digest: [NEW], date: "2026-11-21", candidate: true };
      return placeIn(text, parts, { written: `${name}@sha256:${NEW}`, ...more });
    };

    it("gets the image's own name, and keeps its digest and a date that is near", () => {
      const result = edited(text, place());
      assert.equal(result.text, `"${final}${rest}"`);
      assert.equal(result.moved.length, 1);
    });

    it("is done then", () => {
      const after = edited(text, place()).text;
      const parts = { name: final, digest: [NEW], date: "2026-11-21" };
      const written = `${final}@sha256:${NEW}`;
      assert.deepEqual(edited(after, placeIn(after, parts, { written })), {
        ...{ text: after, moved: [], left: [] },
      });
    });

    it("stays while it is held", () => {
      const { text: after, left } = edited(text, place({ hold: { until: TODAY, because: "x" } }));
      assert.deepEqual([after, left[0]?.held], [text, true]);
    });

    it("is a digest alone where its name stands elsewhere, and stays", () => {
      const alone = place({ kind: "digest", written: `sha256:${NEW}`, repositorySpans: [] });
      assert.deepEqual(edited(text, alone), { text, moved: [], left: [] });
    });
  });

  it("leaves what is held until the day is over, with the reason", () => {
    const text = `tools@sha256:${OLD}`;
    const held = (until: string) =>
      edited(text, placeIn(text, {}, { hold: { until, because: "gfx90a hangs" } }));
    assert.deepEqual(held(TODAY).text, text);
    assert.equal(held(TODAY).left[0]?.why, `held until ${TODAY} because gfx90a hangs`);
    assert.equal(held("2026-11-20").text, `tools@sha256:${NEW}`);
  });

  it("touches no place without a digest, of another image, or of none", () => {
    const text = `tools@sha256:${OLD}`;
    const { digest, image, ...rest } = placeIn(text, {});
    assert.ok(digest !== undefined && image !== undefined);
    for (const place of [
      { ...rest, image },
      { ...rest, digest },
      { ...rest, digest, image: "other" },
    ]) {
      assert.deepEqual(edited(text, place), { text, moved: [], left: [] });
    }
  });

  it("edits a digest once that two places have", () => {
    const text = `tools@sha256:${OLD}`;
    const place = placeIn(text, {});
    const result = editText(text, [place, place], new Map([["tools", target]]), TODAY);
    assert.equal(result.text, `tools@sha256:${NEW}`);
  });
});
