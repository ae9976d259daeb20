/*
 * Pinned digests of a stack, in order: pinned, pinned no more, and a digest that is not there. Each test begins where the one
 * before it ended.
 */
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pinName } from "../../../rules/names.ts";
import { type PinnedDigest, pinnedDigestsText } from "../../../rules/pins/pinned-digests.ts";
import { push, sampleImage } from "../oci/sample-image.ts";
import { appliedStack, changed, STACK } from "./support/local-stack.ts";

const PATH = "pytorch/ci-image";

describe("the pinned digests of a stack", function () {
  this.timeout(180_000);
  const stack = appliedStack();
  const pin = (digest: string, repository = PATH): PinnedDigest => ({
    digest,
    repository,
    image: "ci-image/cuda12.8",
    seen: "2026-11-21",
    users: ["pytorch/vision@main"],
  });
  const file = (): string => join(stack().project.root, "Pins.local.yaml");
  const onEcr = (path: string): string => `${stack().cloud.registries.ecr.host}/${path}`;
  const isKept = async (digest: string, path = PATH): Promise<boolean> =>
    (await stack().digestOf(`${onEcr(path)}:${pinName(digest)}`)) === digest;

  /** An image that is on ECR under its content name. */
  const published = (): string => {
    const [image] = Object.values(stack().first.outputs.images["ci-image"]!);
    return image!.reference.split("@")[1]!;
  };
  let candidate: string;

  it("are each kept by a name, candidates too, and nothing else changes", async () => {
    const path = `${PATH}-candidate`;
    candidate = await push(sampleImage(), stack().repository(onEcr(path)));
    await writeFile(file(), pinnedDigestsText([pin(published()), pin(candidate, path)]));
    const before = changed(await stack().preview(), "create");
    assert.deepEqual(before.toSorted(), [`${path}@${candidate}`, `${PATH}@${published()}`]);
    const result = await stack().up();
    assert.deepEqual(result.failures, []);
    assert.deepEqual(changed(result, "create").toSorted(), before.toSorted());
    assert.deepEqual(changed(result, "update", "replace", "delete"), []);
    assert.ok(await isKept(published()));
    assert.ok(await isKept(candidate, path));
    const again = await stack().up();
    assert.deepEqual(changed(again, "create", "update", "replace", "delete"), []);
  });

  it("lose the name when they are taken out, the image stays, and a last name is told of", async () => {
    await rm(file());
    const { exitCode, stdout, stderr } = await stack().slipway("up", ...STACK, "--json");
    assert.equal(exitCode, 0, stderr);
    const result = JSON.parse(stdout) as Parameters<typeof changed>[0];
    assert.equal(changed(result, "delete").length, 2);
    assert.equal(await isKept(published()), false);
    await stack().assertNames(stack().first.outputs);
    assert.ok(await isKept(candidate, `${PATH}-candidate`));
    assert.match(stderr, new RegExp(`${pinName(candidate)} is the last name of ${candidate}`));
  });

  it("are told of where one is not there, and stop nothing else, then and afterwards", async () => {
    const missing = sampleImage().manifest.digest;
    await writeFile(file(), pinnedDigestsText([pin(missing), pin(published())]));
    const { exitCode, stderr } = await stack().slipway("up", ...STACK, "--json");
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, new RegExp(`${missing} is not in ${PATH} on ECR .*slipway pins protect`));
    assert.ok(await isKept(published()));
    const again = await stack().up();
    assert.deepEqual(changed(again, "create", "update", "replace", "delete"), []);
    await rm(file());
    assert.deepEqual((await stack().up()).failures, []);
    assert.equal(await isKept(published()), false);
  });
});
