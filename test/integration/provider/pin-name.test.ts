/* In process, as the embedded engine runs it, on the local ECR: the emulator's API, and the registry that shows the same. */
import assert from "node:assert/strict";
import { ECR } from "@aws-sdk/client-ecr";
import { Registries, type RepositoryClient } from "../../../oci/registries.ts";
import { pinNameProvider } from "../../../provider/pin-name.ts";
import { pinName } from "../../../rules/names.ts";
import { testIdentity, withCloud } from "../../support/cloud.ts";
import { push, sampleImage, sampleIndex } from "../oci/sample-image.ts";

const REGION = "us-east-1";
const urnOf = (digest: string): string =>
  `urn:pulumi:test::slipway::slipway:index:PinnedDigests$slipway:index:PinName::x@${digest}`;

interface State {
  readonly contents: readonly string[];
  readonly pinned: readonly string[];
}

describe("PinName", function () {
  this.timeout(60_000);
  const cloud = withCloud();
  let ecr: ECR;
  let repository: string;
  let client: RepositoryClient;
  /** Of one run of an engine, as the provider lives through one. */
  let provider: ReturnType<typeof pinNameProvider>;
  let warnings: string[];
  let tests = 0;

  before(() => {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    ecr = new ECR({ endpoint: cloud().aws.endpoint, region: REGION, credentials });
  });
  after(() => ecr.destroy());
  beforeEach(async () => {
    repository = `pytorch/pins${++tests}`;
    await ecr.createRepository({ repositoryName: repository, imageTagMutability: "IMMUTABLE" });
    const { host, ...login } = cloud().registries.ecr;
    client = new Registries().repository(`${host}/${repository}`, { [host]: login }, "push");
    anotherRun();
  });
  afterEach(() => ecr.deleteRepository({ repositoryName: repository, force: true }));

  function anotherRun(): void {
    warnings = [];
    provider = pinNameProvider((line) => warnings.push(line));
  }

  const inputs = (digest: string, changes: object = {}) => ({
    account: {
      accountId: testIdentity.awsAccountId,
      region: REGION,
      endpoint: cloud().aws.endpoint,
    },
    repository,
    digest,
    ...changes,
  });
  const create = async (digest: string, changes?: object) =>
    (await provider.create(urnOf(digest), inputs(digest, changes))).outs as State;
  const declare = (digest: string) => provider.check(urnOf(digest), {}, inputs(digest));
  const read = async (digest: string, state: State) =>
    (await provider.read(`${repository}@${digest}`, urnOf(digest), state)).props as State;
  const diff = (digest: string, state: State, news: object = inputs(digest)) =>
    provider.diff("", urnOf(digest), state, news);
  const remove = (digest: string, state: State) =>
    provider.delete(`${repository}@${digest}`, urnOf(digest), state);
  const namesOf = async (digest: string): Promise<readonly string[]> => {
    const { imageIds = [] } = await ecr.listImages({ repositoryName: repository });
    return imageIds
      .flatMap(({ imageDigest, imageTag }) => (imageDigest === digest ? (imageTag ?? []) : []))
      .sort();
  };

  it("names the digest by its own bytes, as both the API and the registry then show", async () => {
    const digest = await push(sampleImage(), client, "a-k1");
    const made = await provider.create(urnOf(digest), inputs(digest));
    assert.equal(made.id, `${repository}@${digest}`);
    assert.deepEqual(made.outs, { ...inputs(digest), contents: [digest], pinned: [digest] });
    assert.deepEqual(await namesOf(digest), ["a-k1", pinName(digest)]);
    assert.equal(await client.manifests.digest(pinName(digest)), digest);
  });

  it("keeps an image that has no name at all, such as a candidate", async () => {
    const digest = await push(sampleImage(), client);
    await create(digest);
    assert.deepEqual(await namesOf(digest), [pinName(digest)]);
  });

  it("adopts a name that is there, and does the same again", async () => {
    const digest = await push(sampleImage(), client);
    await client.manifests.put(pinName(digest), await client.manifests.get(digest));
    const state = await create(digest);
    assert.deepEqual(await create(digest), state);
    assert.deepEqual(await namesOf(digest), [pinName(digest)]);
  });

  it("keeps all that an index lists, each by a name of its own", async () => {
    const images = [sampleImage(), sampleImage()];
    const children = await Promise.all(images.map((image) => push(image, client)));
    const index = sampleIndex(images);
    await client.manifests.put(index.digest, index);
    const { contents } = await create(index.digest);
    assert.deepEqual(contents.toSorted(), [...children, index.digest].sort());
    assert.equal(contents.at(-1), index.digest);
    for (const digest of contents) assert.deepEqual(await namesOf(digest), [pinName(digest)]);
  });

  it("keeps nothing of a digest that is not there, and says where it looked and what to do", async () => {
    const { digest } = sampleImage().manifest;
    const account = `account ${testIdentity.awsAccountId}, ${REGION}`;
    const state = await create(digest);
    assert.deepEqual([state.contents, state.pinned], [[], []]);
    assert.deepEqual(warnings, [
      `${digest} is not in ${repository} on ECR (${account}), so that no name can keep it and whoever wrote it down pulls nothing; slipway pins protect tells who has it, and takes it out of the stack's file`,
    ]);
    // Nothing is left to change for a preview, or for a refresh that does not find it either.
    assert.equal((await diff(digest, state)).changes, false);
    assert.deepEqual(await read(digest, state), state);
    await create(digest, { repository: "pytorch/nothing" });
    assert.match(warnings[1] ?? "", /is not in pytorch\/nothing on ECR/);
    await remove(digest, state);
  });

  it("keeps a digest that was not there, once a refresh finds it", async () => {
    const image = sampleImage();
    const { digest } = image.manifest;
    const state = await create(digest);
    await push(image, client);
    const seen = await read(digest, state);
    assert.deepEqual([seen.contents, seen.pinned], [[digest], []]);
    assert.deepEqual((await diff(digest, seen)).diffs, ["pinned"]);
    await provider.update("", urnOf(digest), seen, inputs(digest));
    assert.deepEqual(await namesOf(digest), [pinName(digest)]);
  });

  it("keeps what is there of an index that lists something else, too", async () => {
    const [there, missing] = [sampleImage(), sampleImage()];
    const child = await push(there, client);
    const index = sampleIndex([there, missing]);
    // A registry takes no such index: something that it lists went afterwards.
    const gone = await push(missing, client);
    await client.manifests.put(index.digest, index);
    await ecr.batchDeleteImage({ repositoryName: repository, imageIds: [{ imageDigest: gone }] });
    const { contents } = await create(index.digest);
    assert.deepEqual(contents, [child, index.digest]);
    assert.match(warnings[0] ?? "", new RegExp(`^${gone} is not in .*is an index that lists it`));
  });

  it("refuses a name that leads to another image", async () => {
    const digest = await push(sampleImage(), client);
    const other = await push(sampleImage(), client, pinName(digest));
    await assert.rejects(create(digest), {
      name: "UserError",
      message: new RegExp(`the name ${pinName(digest)} leads to ${other}, and it cannot move`),
    });
  });

  it("finds in a refresh that somebody took the name away, and puts it back", async () => {
    const digest = await push(sampleImage(), client, "a-k1");
    const state = await create(digest);
    assert.deepEqual(await read(digest, state), state);
    assert.deepEqual((await diff(digest, state)).diffs, []);
    await ecr.batchDeleteImage({
      repositoryName: repository,
      imageIds: [{ imageTag: pinName(digest) }],
    });
    const seen = await read(digest, state);
    assert.deepEqual(seen.pinned, []);
    const { changes, diffs, replaces } = await diff(digest, seen);
    assert.deepEqual([changes, diffs, replaces], [true, ["pinned"], []]);
    const updated = await provider.update("", urnOf(digest), seen, inputs(digest));
    assert.deepEqual(updated.outs, state);
    assert.deepEqual(await namesOf(digest), ["a-k1", pinName(digest)]);
  });

  it("finds in a refresh that the repository is gone, and then that nothing can be kept", async () => {
    const digest = await push(sampleImage(), client, "a-k1");
    const state = await create(digest);
    const seen = await read(digest, { ...state, ...{ repository: "pytorch/nothing" } });
    assert.deepEqual(seen.pinned, []);
    await provider.delete("", urnOf(digest), { ...state, repository: "pytorch/nothing" });
    assert.deepEqual(warnings, []);
  });

  it("is another resource for another digest, repository or account, and the same at another address", async () => {
    const digest = await push(sampleImage(), client, "a-k1");
    const state = await create(digest);
    const replaces = async (changes: object) => {
      const difference = await diff(digest, state, inputs(digest, changes));
      return [difference.changes, difference.replaces];
    };
    const { account } = inputs(digest);
    assert.deepEqual(await replaces({ digest: `sha256:${"0".repeat(64)}` }), [true, ["digest"]]);
    assert.deepEqual(await replaces({ repository: "pytorch/other" }), [true, ["repository"]]);
    const elsewhere = { account: { ...account, region: "eu-west-1" } };
    assert.deepEqual(await replaces(elsewhere), [true, ["account"]]);
    const moved = { account: { ...account, endpoint: "http://127.0.0.1:1" } };
    assert.deepEqual(await replaces(moved), [true, []]);
  });

  it("takes its name away when it is no longer declared, and leaves the image with its other names", async () => {
    const digest = await push(sampleImage(), client, "a-k1");
    const state = await create(digest);
    anotherRun();
    await remove(digest, state);
    assert.deepEqual(await namesOf(digest), ["a-k1"]);
    assert.equal(await client.manifests.digest("a-k1"), digest);
    await remove(digest, state);
    assert.deepEqual(warnings, []);
  });

  it("leaves an image its last name, and says so", async () => {
    const digest = await push(sampleImage(), client);
    const state = await create(digest);
    anotherRun();
    await remove(digest, state);
    assert.deepEqual(await namesOf(digest), [pinName(digest)]);
    assert.equal(await client.manifests.digest(digest), digest);
    assert.deepEqual(warnings, [
      `${repository}: ${pinName(digest)} is the last name of ${digest} and stays, since ECR deletes an image with its last name; docs/retention.md, "Releasing a pin"`,
    ]);
  });

  it("leaves what another declared pin keeps: a digest by itself, and what its index lists", async () => {
    const images = [sampleImage(), sampleImage(), sampleImage()];
    const [alone, shared, own] = await Promise.all(
      images.map((image, index) => push(image, client, `child-${index}`)),
    );
    const first = sampleIndex(images);
    const second = sampleIndex([images[1]!]);
    for (const [index, tag] of [
      [first, "first-k1"],
      [second, "second-k1"],
    ] as const) {
      await client.manifests.put(tag, index);
    }
    const states = { first: await create(first.digest), second: await create(second.digest) };
    const aloneState = await create(alone!);
    anotherRun();
    // An engine checks and compares what is declared, and deletes afterwards.
    await declare(second.digest);
    assert.equal((await diff(second.digest, states.second)).changes, false);
    await declare(alone!);
    assert.equal((await diff(alone!, aloneState)).changes, false);
    await remove(first.digest, states.first);
    assert.deepEqual(await namesOf(first.digest), ["first-k1"]);
    assert.deepEqual(await namesOf(alone!), ["child-0", pinName(alone!)]);
    assert.deepEqual(await namesOf(shared!), ["child-1", pinName(shared!)]);
    assert.deepEqual(await namesOf(own!), ["child-2"]);
    assert.deepEqual(warnings, []);
  });

  it("says everything that is wrong with its inputs, and lets the unknown pass", async () => {
    const wrong = { account: { accountId: "1", region: "us-east-1" }, repository: "PyTorch/x" };
    const { failures = [] } = await provider.check(
      urnOf("x"),
      {},
      { ...wrong, digest: "x", more: 1 },
    );
    assert.deepEqual(failures.map(({ property }) => property).sort(), [
      ...["account.accountId", "digest", "inputs", "repository"],
    ]);
    await assert.rejects(provider.create(urnOf("x"), wrong), { name: "ProblemsError" });
    await assert.rejects(provider.read("x", urnOf("x"), {}), {
      name: "UserError",
      message: /a PinName cannot be imported: declare it and run up, which adopts what is there/,
    });
  });

  it("says what AWS refuses and what to do, without a stack of its own", async () => {
    const { digest } = sampleImage().manifest;
    const account = { ...inputs(digest).account, endpoint: "http://127.0.0.1:1" };
    await assert.rejects(create(digest, { account }), (error: Error) => {
      assert.equal(error.name, "UserError");
      assert.match(error.message, /on ECR \(account .*\): .*check it and run again$/);
      return true;
    });
  });
});
