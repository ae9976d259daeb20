import assert from "node:assert/strict";
import { lookUp } from "../../../cli/snapshot/fetch.ts";
import type { SnapshotOwner } from "../../../cli/snapshot/snapshot-owner.ts";
import { SnapshotTag } from "../../../cli/snapshot/snapshot-tag.ts";
import { putArtifact } from "../../../oci/artifact.ts";
import { type CredentialsByHost, Registries } from "../../../oci/registries.ts";
import { UserError } from "../../../rules/problems.ts";
import { snapshotOf } from "../../../rules/snapshot-of.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";

const OWNER: SnapshotOwner = { repository: "pytorch/pytorch", stack: "main", channel: "main" };

describe("the tag of a channel's snapshot", function () {
  this.timeout(60_000);
  let registry: TestRegistry;
  before(async () => {
    registry = await startRegistry();
  });
  after(() => registry.stop());

  const registries = new Registries();
  const tag = (
    options: { name?: string; owner?: SnapshotOwner; login?: CredentialsByHost } = {},
  ) => {
    const { name = "main", owner = OWNER, login = registry.credentials } = options;
    const repository = `${registry.host}/pytorch/slipway-snapshot`;
    return new SnapshotTag(repository, name, owner, registries, login);
  };
  const snapshot = snapshotOf({ ...OWNER, commit: "1".repeat(40) }, []);
  const refusal = async (read: Promise<unknown>): Promise<string> => {
    const error: unknown = await read.then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(error instanceof UserError, String(error));
    return error.message;
  };

  it("is not there before the first, which is no fault", async () => {
    assert.equal(await tag().read(), undefined);
    assert.equal(await tag().readHeader(), undefined);
    assert.deepEqual(await lookUp(tag()), { none: `none was published yet at ${tag().name}` });
  });

  it("gives back what was written, to its own stack only, in whatever case its repository is written", async () => {
    await tag().write(snapshot);
    assert.deepEqual(await tag().read(), snapshot);
    const cased = { ...OWNER, repository: "PyTorch/PyTorch" };
    assert.deepEqual(await tag({ owner: cased }).read(), snapshot);
    for (const owner of [
      { ...OWNER, repository: "pytorch/vision" },
      { ...OWNER, stack: "other" },
      { ...OWNER, channel: "release/2.10" },
    ]) {
      for (const look of ["read", "readHeader"] as const) {
        assert.match(
          await refusal(tag({ owner })[look]()),
          /is the snapshot of stack main of pytorch\/pytorch, channel main, and not that of .*another slipway:owner; .*delete that tag on the registry/,
        );
      }
    }
  });

  it("is hidden from who has no login, which ends a fetch well and says how to show it", async () => {
    assert.equal(await tag().isPublic(), false);
    const found = await lookUp(tag({ login: {} }));
    assert.ok("none" in found);
    assert.match(
      found.none,
      /^none was published yet, or it is hidden: .*without a login.*let everybody pull from/,
    );
  });

  it("is overwritten where it holds a snapshot of another version, and not where it holds anything else", async () => {
    const put = async (name: string, document: unknown) => {
      const repository = `${registry.host}/pytorch/slipway-snapshot`;
      const client = registries.repository(repository, registry.credentials, "push");
      await putArtifact(client, name, {
        artifactType: "application/vnd.slipway.snapshot.v1",
        mediaType: "application/json",
        bytes: Buffer.from(JSON.stringify(document)),
      });
    };
    await put("later", { ...snapshot, version: 2, more: {} });
    assert.equal((await tag({ name: "later" }).readHeader())?.commit, snapshot.commit);
    assert.match(
      await refusal(tag({ name: "later" }).read()),
      /:later: 1 problem\n {2}version: 2, and this Slipway reads 1/,
    );
    await put("other", ["anything"]);
    assert.match(
      await refusal(tag({ name: "other" }).readHeader()),
      /is no snapshot; delete that tag/,
    );
  });
});
