import assert from "node:assert/strict";
import type { Family } from "../../../catalog.ts";
import { builtRef, buildsOfRef } from "../../../cli/publishing/build-ref.ts";
import type { WantedImage } from "../../../cli/publishing/build-selection.ts";
import type { SurveyedImage } from "../../../cli/publishing/content-survey.ts";
import type { Stack } from "../../../cli/stack.ts";
import { UserError } from "../../../rules/problems.ts";

const amd64 = "linux/amd64";

function image(scheme: "pytorch" | "therock", platforms = [amd64]): SurveyedImage {
  // Only what is asked of a family here.
  const family = { name: scheme, scheme, platforms } as unknown as Family;
  const accelerator = scheme === "pytorch" ? { accelerator: "cpu" } : {};
  return {
    family,
    image: { ...accelerator, base: { image: "x", digest: "y" }, buildArgs: {} },
    label: scheme,
    platforms,
    contentName: "k1",
    repositories: [`ghcr.io/x/${scheme}`, `docker.io/x/${scheme}`],
    content: new Map(),
    platformContents: new Map(),
  };
}

const pytorch = image("pytorch");
const therock = image("therock");

function builds(
  ref: string | undefined,
  channel = "main",
  wanted: WantedImage[] = [pytorch, therock],
) {
  const configuration = { owner: "x", repository: "y", channel } as Stack["configuration"];
  return buildsOfRef({ name: "s", configuration }, wanted, ref);
}

function cache(ref: string | undefined, of: SurveyedImage, channel?: string) {
  return builds(ref, channel).cacheOf({ image: of, platform: amd64 });
}

describe("the ref that images are built for", () => {
  it("is by default the channel of the stack, whose cache is read and written", () => {
    const own = "ghcr.io/x/pytorch-cache:cpu__main";
    assert.deepEqual(cache(undefined, pytorch), { from: [own], to: own });
    const { from, to } = cache(undefined, pytorch, "release/2.10");
    assert.equal(to, "ghcr.io/x/pytorch-cache:cpu__release-2.10");
    assert.deepEqual(from, [to, own]);
  });

  it("is by default that of the run in GitHub Actions, which must tell it", () => {
    const actions = { GITHUB_ACTIONS: "true", GITHUB_REF: "refs/heads/stage/docker/x" };
    assert.equal(builtRef(undefined, actions), "refs/heads/stage/docker/x");
    assert.equal(builtRef("refs/heads/main", actions), "refs/heads/main");
    for (const told of [{}, { GITHUB_REF: "" }]) {
      assert.throws(() => builtRef(undefined, { GITHUB_ACTIONS: "true", ...told }), {
        name: "UserError",
        message: /^--ref: missing, and GITHUB_REF is not set/,
      });
    }
    // The variable of some other tool.
    assert.equal(builtRef(undefined, { GITHUB_REF: "refs/heads/mine" }), undefined);
  });

  it("makes content that everybody may use, unless it runs without production's secrets", () => {
    const trusts = (ref: string | undefined, of: SurveyedImage, channel?: string) =>
      builds(ref, channel).isTrusted(of.family);
    assert.ok(trusts(undefined, therock));
    assert.ok(trusts("refs/heads/main", therock));
    assert.ok(trusts("refs/tags/v2.10.0-rc1", pytorch, "release/2.10"));
    assert.ok(!trusts("refs/heads/stage/docker/x", therock));
    assert.ok(!trusts("refs/heads/users/me/try", therock));
  });

  it("has the cache of its release line when it is a release candidate", () => {
    const to = "ghcr.io/x/pytorch-cache:cpu__release-2.10";
    assert.equal(cache("refs/tags/v2.10.0-rc1", pytorch, "release/2.10").to, to);
  });

  it("reads main's cache and writes none where it runs without production's secrets, whatever the branch is called", () => {
    for (const branch of ["stage/docker/x", "users/me/try", "release/2.10"]) {
      assert.deepEqual(
        builds(`refs/heads/${branch}`, "main", [therock]).cacheOf({
          image: therock,
          platform: amd64,
        }),
        { from: ["ghcr.io/x/therock-cache:default__main"] },
        branch,
      );
    }
  });

  it("has caches of its own for each platform of several, and for the check of a contract", () => {
    const several = image("pytorch", [amd64, "linux/arm64"]);
    const { cacheOf } = builds(undefined, "main", [several]);
    const references = [
      cacheOf({ image: several, platform: amd64 }),
      cacheOf({ image: several, platform: "linux/arm64" }),
      cacheOf({ image: several, platform: amd64, contract: true }),
    ].map(({ to }) => to);
    assert.equal(new Set(references).size, 3);
  });

  it("leaves out families that it does not publish, with the reason", () => {
    const { wanted, leftOut } = builds("refs/tags/v2.10.0-rc1", "release/2.10");
    assert.deepEqual(wanted, [pytorch]);
    assert.equal(leftOut.length, 1);
    assert.equal(leftOut[0]!.family, "therock");
    assert.match(leftOut[0]!.reason, /^refs\/tags\/v2\.10\.0-rc1 is none of main/);
  });

  it("is refused when its channel is another stack's, whose cache it would write", () => {
    for (const ref of ["refs/heads/release/2.10", "refs/tags/v2.10.0-rc1"]) {
      assert.throws(() => builds(ref), {
        name: "UserError",
        message: /is of channel release\/2\.10, but stack s publishes channel main/,
      });
    }
    assert.throws(() => builds("refs/heads/main", "release/2.10"), /is of channel main/);
  });

  it("is refused when it is no ref, or publishes none of the images", () => {
    assert.throws(() => builds("main"), /--ref: .*refs\/heads\/main/);
    assert.throws(
      () => builds("refs/heads/release-foo", "main", [pytorch]),
      (error) => error instanceof UserError && error.message.includes("pytorch:"),
    );
    assert.throws(() => builds("refs/pull/1/merge"), UserError);
  });
});
