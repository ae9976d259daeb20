// Does not prove that ECR keeps anything; test/integration/provider/pin-name.test.ts has the names.
import assert from "node:assert/strict";
import { EcrRepositories } from "../../components/ecr-repositories.ts";
import { PinnedDigests } from "../../components/pinned-digests.ts";
import { runInEngine } from "../support/engine.ts";

const TYPE = "slipway:index:PinName";
const [FIRST, SECOND] = [`sha256:${"a".repeat(64)}`, `sha256:${"b".repeat(64)}`];
const account = { accountId: "308535385114", region: "us-east-1" };

function declare(pins: readonly { readonly repository: string; readonly digest: string }[]) {
  return runInEngine(
    () => {
      const repositories = new EcrRepositories("ecr", {
        paths: new Map([["ci-image", "pytorch/ci-image"]]),
        account,
        pullAccounts: [],
        forceDelete: false,
      });
      return new PinnedDigests("pins", { account, pins }, { dependsOn: [repositories] });
    },
    { preview: true },
  );
}

describe("the pinned digests of a stack", () => {
  it("are a resource each, named by what is pinned, whatever else is", async () => {
    const pins = [
      { repository: "pytorch/ci-image", digest: FIRST },
      { repository: "pytorch/ci-image-candidate", digest: FIRST },
      { repository: "pytorch/ci-image", digest: SECOND },
    ];
    const urns = async (declared: typeof pins) =>
      (await declare(declared)).resources.filter(({ type }) => type === TYPE).map(({ urn }) => urn);
    const all = await urns(pins);
    assert.equal(new Set(all).size, 3);
    assert.deepEqual(await urns([pins[2]!]), [all[2]]);
    const run = await declare(pins);
    const { inputs, parent } = run.resource(TYPE, `pytorch/ci-image@${SECOND}`);
    assert.deepEqual(inputs, { account, repository: "pytorch/ci-image", digest: SECOND });
    assert.equal(parent, "pins");
  });

  it("are kept once their repository is there", async () => {
    const run = await declare([{ repository: "pytorch/ci-image", digest: FIRST }]);
    const { dependencies } = run.resource(TYPE, `pytorch/ci-image@${FIRST}`).options;
    assert.ok(dependencies.includes("ci-image-repository"), dependencies.join());
    assert.ok(dependencies.includes("ci-image-lifecycle"), dependencies.join());
  });
});
