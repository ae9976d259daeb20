import assert from "node:assert/strict";
import { patient, waitParts } from "../../../cli/publishing/image-lookup-parts.ts";
import { Trouble } from "../../../cli/publishing/workflow-runs.ts";
import { readStack } from "../../../cli/stack.ts";
import { RegistryFault } from "../../../oci/faults.ts";
import { UserError } from "../../../rules/problems.ts";

const commit = "c".repeat(40);

describe("what a wait for an image knows", () => {
  async function parts(environment: Record<string, string>) {
    const stack = await readStack("therock");
    const [family] = stack.families;
    const [image] = family?.images ?? [];
    assert.ok(family !== undefined && image !== undefined);
    const named = { repository: "ghcr.io/rocm/image", contentName: "k1", build: "slipway build" };
    const wanted = { family, image, registry: "ghcr.io", ...named } as const;
    return waitParts(stack, wanted, commit, environment);
  }
  const refusal = async (environment: Record<string, string>) =>
    (await parts({ GITHUB_ACTIONS: "true", ...environment })).refusal;

  it("is why a ref of GitHub Actions publishes nothing, whatever started the run", async () => {
    const GITHUB_REPOSITORY = "ROCm/TheRock";
    assert.equal(await refusal({ GITHUB_REF: "refs/heads/main", GITHUB_REPOSITORY }), undefined);
    assert.equal(
      await refusal({
        ...{ GITHUB_REF: "refs/heads/main", GITHUB_REPOSITORY, GITHUB_EVENT_NAME: "schedule" },
      }),
      undefined,
    );
    // Somebody may still dispatch it.
    assert.equal(await refusal({ GITHUB_REF: "refs/heads/mine", GITHUB_REPOSITORY }), undefined);
    assert.match(
      (await refusal({ GITHUB_REF: "refs/pull/1/merge", GITHUB_REPOSITORY })) ?? "",
      /refs\/pull\/1\/merge/,
    );
    assert.match(
      (await refusal({ GITHUB_REF: "refs/heads/main", GITHUB_REPOSITORY: "me/TheRock" })) ?? "",
      /"me\/TheRock" is not ROCm\/TheRock/,
    );
  });

  it("is no refusal where no workflow tells the ref", async () => {
    assert.equal((await parts({})).refusal, undefined);
    assert.equal((await parts({ GITHUB_REF: "refs/pull/1/merge" })).refusal, undefined);
  });

  it("is a trouble when a registry was asked again in vain, and a fault when it refuses", async () => {
    const passing = new UserError("given up after 5 attempts", { cause: new UserError("down") });
    await assert.rejects(patient(() => Promise.reject(passing))(), Trouble);
    const refused = new RegistryFault("HTTP 403", 403);
    await assert.rejects(patient(() => Promise.reject(refused))(), refused);
  });
});
