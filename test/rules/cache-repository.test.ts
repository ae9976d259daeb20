/* Which images of a store a repository has, and under which tags. */
import assert from "node:assert/strict";
import { servedHosts, servedRepository, type ServedImage } from "../../rules/cache-repository.ts";

const path = "pytorch/ci-image";
const ecr = "308535385114.dkr.ecr.us-east-1.amazonaws.com";

function image(letter: string, more: Partial<ServedImage> = {}): ServedImage {
  const digest = `sha256:${letter.repeat(64)}`;
  return {
    descriptor: { digest },
    contentName: `rocm-k${letter}`,
    references: { ecr: `${ecr}/${path}@${digest}`, "ghcr.io": `ghcr.io/${path}@${digest}` },
    names: [`ghcr.io/${path}:rocm-${letter}`],
    ...more,
  };
}

function tags(
  asked: { host?: string },
  listed: ServedImage[],
  former: ServedImage[] = [],
): string[] {
  const repository = servedRepository({ path, ...asked }, listed, former);
  return [...(repository?.tags ?? [])].map(
    ([tag, { descriptor }]) => `${tag}=${descriptor.digest.slice(7, 8)}`,
  );
}

describe("a repository of a store", () => {
  it("has the images that have a reference there, of any registry or of the one asked for", () => {
    const all = [
      image("a"),
      image("b", { references: { "ghcr.io": `ghcr.io/other@sha256:${"b".repeat(64)}` } }),
    ];
    assert.deepEqual(servedRepository({ path }, all, [])?.images, [all[0]]);
    assert.deepEqual(servedRepository({ path, host: "ghcr.io" }, all, [])?.images, [all[0]]);
    assert.deepEqual(servedRepository({ path, host: ecr }, all, [])?.images, [all[0]]);
    assert.equal(servedRepository({ path, host: "docker.io" }, all, []), undefined);
    assert.equal(servedRepository({ path: "pytorch/ci" }, all, []), undefined);
  });

  it("names an image by its floating names on the registry asked for, and by its content", () => {
    assert.deepEqual(tags({}, [image("a")]), ["rocm-a=a", "rocm-ka=a"]);
    assert.deepEqual(tags({ host: "ghcr.io" }, [image("a")]), ["rocm-a=a", "rocm-ka=a"]);
    // ECR has content names alone.
    assert.deepEqual(tags({ host: ecr }, [image("a")]), ["rocm-ka=a"]);
  });

  it("gives former images no floating name", () => {
    assert.deepEqual(tags({}, [], [image("a")]), ["rocm-ka=a"]);
  });

  it("leaves to the registry what a tag means that two images have", () => {
    const both = [image("a", { contentName: "rocm-k" }), image("b", { contentName: "rocm-k" })];
    assert.deepEqual(tags({}, both), ["rocm-a=a", "rocm-b=b"]);
    // The same image in two channels is one.
    assert.deepEqual(tags({}, [image("a"), image("a")]), ["rocm-a=a", "rocm-ka=a"]);
  });

  it("is on the registries of the references", () => {
    assert.deepEqual(servedHosts([image("a"), image("b")]), [ecr, "ghcr.io"]);
  });
});
