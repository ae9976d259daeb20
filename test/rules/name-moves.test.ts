import assert from "node:assert/strict";
import fc from "fast-check";
import type { ContentKeyInput } from "../../rules/content-key.ts";
import { imageChanges } from "../../rules/image-changes.ts";
import { type NamedImage, namedImages } from "../../rules/image-resource.ts";
import { knownResources } from "../../rules/known-resource.ts";
import { nameMoves } from "../../rules/name-moves.ts";
import { UNKNOWN } from "../../rules/snapshot-value.ts";

const content = (letter: string) => `cuda12.8-k${letter.repeat(40)}`;
const digest = `sha256:${"d".repeat(64)}`;
const repository = "ghcr.io/pytorch/ci-image";

function images(...list: readonly Partial<NamedImage>[]): ReadonlyMap<string, NamedImage> {
  return new Map(
    list.map((one) => {
      const image = { label: "ci-image/cuda12.8", repositories: [repository], names: [], ...one };
      return [image.label, image];
    }),
  );
}

const name = `${repository}:cuda12.8`;
const named = { contentName: content("a"), names: [name] };

describe("names that move", () => {
  it("are those that point to other content, or to a rollback, with both places", () => {
    const [from, to] = [content("a"), content("b")];
    const moved = images({ ...named, contentName: to });
    assert.deepEqual(nameMoves(images(named), moved, new Set()), [
      { name, change: "moves", from, to },
    ]);
    const rolledBack = images({ ...named, contentName: to, float: digest });
    assert.deepEqual(nameMoves(images(named), rolledBack, new Set()), [
      { name, change: "moves", from, to: digest },
    ]);
  });

  it("do not move with content that a rollback keeps them from", () => {
    const [old, now] = ["a", "b"].map((letter) =>
      images({ ...named, contentName: content(letter), float: digest }),
    );
    assert.ok(old && now);
    assert.deepEqual(nameMoves(old, now, new Set(["ci-image/cuda12.8"])), []);
  });

  it("are told where the content has no name yet, by what it would be made of", () => {
    const unresolved = images({ names: [name] });
    assert.deepEqual(nameMoves(unresolved, unresolved, new Set()), []);
    assert.deepEqual(nameMoves(unresolved, unresolved, new Set(["ci-image/cuda12.8"])), [
      { name, change: "moves" },
    ]);
    assert.deepEqual(nameMoves(images(named), unresolved, new Set()), [
      { name, change: "moves", from: content("a") },
    ]);
  });

  it("are new or gone with what declares them", () => {
    const [none, some] = [images(), images(named)];
    assert.deepEqual(nameMoves(none, some, new Set()), [{ name, change: "new", to: content("a") }]);
    assert.deepEqual(nameMoves(some, none, new Set()), [
      { name, change: "gone", from: content("a") },
    ]);
  });

  it("move back by the opposite change", () => {
    const stack = fc
      .uniqueArray(
        fc.record({
          label: fc.constantFrom("a", "b", "c/d"),
          contentName: fc.constantFrom(content("a"), content("b")),
          names: fc.uniqueArray(
            fc.constantFrom("x", "y", "z").map((tag) => `${repository}:${tag}`),
          ),
        }),
        { selector: ({ label }) => label },
      )
      .map((list) => images(...list));
    fc.assert(
      fc.property(stack, stack, (old, now) => {
        const back = nameMoves(now, old, new Set()).map(({ change, from, to, ...one }) => ({
          ...one,
          change: { new: "gone", gone: "new", moves: "moves" }[change],
          ...(to !== undefined && { from: to }),
          ...(from !== undefined && { to: from }),
        }));
        assert.deepEqual(nameMoves(old, now, new Set()), back);
        assert.deepEqual(nameMoves(old, old, new Set()), []);
      }),
    );
  });
});

describe("images of resources", () => {
  it("are read with their labels, registries and names", () => {
    const inputs = {
      contentName: content("a"),
      registries: [{ repository, floatingNames: ["cuda12.8", "cuda12.8-main"] }],
    };
    const type = "slipway:index:ImageName";
    const read = namedImages(
      knownResources([
        { type, name: "ci-image/cuda12.8-name", inputs },
        { type, name: "single/default-name", inputs: { ...inputs, contentName: UNKNOWN } },
        { type: "aws:iam/role:Role", name: "x", inputs: {} },
      ]),
    );
    assert.deepEqual([...read.keys()], ["ci-image/cuda12.8", "single"]);
    assert.deepEqual(read.get("ci-image/cuda12.8"), {
      label: "ci-image/cuda12.8",
      contentName: content("a"),
      repositories: [repository],
      names: [name, `${name}-main`],
    });
    assert.equal(read.get("single")?.contentName, undefined);
  });
});

describe("images that change", () => {
  const input = (epoch: number): ContentKeyInput => ({
    dockerfile: "0",
    context: [],
    scripts: [],
    buildArgs: {},
    platforms: ["linux/amd64"],
    base: { kind: "unresolved", image: "docker.io/amd64/almalinux:8" },
    epoch,
  });
  const label = "ci-image/cuda12.8";
  const of = (list: ReadonlyMap<string, NamedImage>, epoch: number) => ({
    images: list,
    inputs: new Map([[label, input(epoch)]]),
  });

  it("say why, and when it is the base branch that is ahead of what was applied", () => {
    const [old, now] = [images(named), images({ ...named, contentName: content("b") })];
    const change = { label, change: "changed", old: content("a"), new: content("b") };
    assert.deepEqual(imageChanges(of(old, 0), of(now, 1)), [
      { ...change, reasons: ["epoch: 0 -> 1"] },
    ]);
    const [told] = imageChanges(of(old, 1), of(now, 1));
    assert.match(told?.reasons.join() ?? "", /base branch/);
  });

  it("are known by what they are made of while their base is unresolved", () => {
    const unresolved = images({ names: [name] });
    assert.deepEqual(imageChanges(of(unresolved, 0), of(unresolved, 0)), []);
    assert.deepEqual(imageChanges(of(unresolved, 0), of(unresolved, 1)), [
      { label, change: "changed", reasons: ["epoch: 0 -> 1"] },
    ]);
  });

  it("are new, or gone", () => {
    const none = { images: images(), inputs: new Map<string, ContentKeyInput>() };
    const [only] = [of(images(named), 0)];
    assert.deepEqual(imageChanges(none, only), [
      { label, change: "new", new: content("a"), reasons: [] },
    ]);
    assert.deepEqual(imageChanges(only, none), [
      { label, change: "gone", old: content("a"), reasons: [] },
    ]);
  });
});
