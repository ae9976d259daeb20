/* The guard of `up` on lists and a history that a test plays: commits are numbers, and a smaller one is older. */
import assert from "node:assert/strict";
import { CommitGuard, type History } from "../../../cli/publishing/older-commit.ts";
import { faultOf } from "../../../oci/faults.ts";
import type { ImageList } from "../../../rules/image-list.ts";
import { UserError } from "../../../rules/problems.ts";

const HISTORY: History = {
  isOlder: (commit, published) =>
    published === "unknown"
      ? Promise.reject(new UserError("unknown is not in this clone; fetch it"))
      : Promise.resolve(Number(commit) < Number(published)),
};

/** A guard of commit 2 whose looks find these commits published, one after the other. */
function guard(...looks: readonly (string | undefined | Error)[]) {
  const left = [...looks];
  const read = (): Promise<ImageList | undefined> => {
    const commit = left.shift();
    if (commit instanceof Error) return Promise.reject(commit);
    if (commit === undefined) return Promise.resolve(undefined);
    const list = {
      version: 1,
      repository: "o/r",
      channel: "main",
      ref: "refs/heads/main",
    } as const;
    return Promise.resolve({ ...list, commit, families: {} });
  };
  const tag = { name: "ghcr.io/o/slipway-images:main", read };
  return new CommitGuard(HISTORY, tag, { stack: "prod", commit: "2" });
}

describe("the guard of up", () => {
  it("lets a run go on for a commit that is not older, and before the first list", async () => {
    for (const published of [undefined, "1", "2"]) {
      assert.equal(await guard(published).older(), undefined);
    }
  });

  it("holds an older one back in one line, which names the command that goes on", async () => {
    assert.equal(
      await guard("3").older(),
      "commit 2 is older than 3, for which channel main was published: nothing is done; " +
        "if that is meant: slipway up --stack prod --even-if-older",
    );
  });

  it("finds nothing wrong afterwards where no later commit was published meanwhile", async () => {
    for (const [before, after] of [
      [undefined, undefined],
      [undefined, "1"],
      ["1", "1"],
      ["1", "2"],
    ]) {
      const one = guard(before, after);
      await one.older();
      assert.equal(await one.overtaken(), undefined, `${before} ${after}`);
    }
  });

  it("says afterwards which later commit was published meanwhile, and what puts it right", async () => {
    for (const before of [undefined, "1"]) {
      const one = guard(before, "3");
      assert.equal(await one.older(), undefined);
      assert.equal(
        await one.overtaken(),
        "channel main was published for the later commit 3 while this ran for 2, so that names may lead back to " +
          "this commit's images; put them right from the later one: git checkout 3 && slipway up --stack prod",
      );
    }
  });

  it("says afterwards that nothing tells, where the new commit is not in this clone or the list cannot be read", async () => {
    for (const [after, why] of [
      ["unknown", /unknown is not in this clone; fetch it/],
      [new UserError("ghcr.io is in trouble"), /ghcr\.io is in trouble/],
    ] as const) {
      const one = guard("1", after);
      await one.older();
      const said = (await one.overtaken()) ?? "";
      assert.match(said, /^nothing tells whether .* run slipway up --stack prod from that commit/);
      assert.match(said, why);
    }
  });

  it("says whose login is refused when the registry does not show the list, and how to log in", async () => {
    for (const status of [401, 403]) {
      for (const login of [true, false]) {
        const asked = { host: "ghcr.io", repository: "o/slipway-images", action: "look up main" };
        const fault = faultOf({ ...asked, login }, status, "");
        await assert.rejects(guard(fault).older(), (error: unknown) => {
          assert.ok(error instanceof UserError);
          assert.match(error.message, /docker login ghcr\.io\b/);
          assert.match(
            error.message,
            /slipway up looks up in ghcr\.io\/o\/slipway-images:main what .* with this machine's login and not/,
          );
          return true;
        });
      }
    }
  });
});
