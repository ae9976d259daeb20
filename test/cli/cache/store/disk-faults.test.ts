import assert from "node:assert/strict";
import { diskFault, freeBytes, ifThere, onDisk } from "../../../../cli/cache/store/disk-faults.ts";
import { UserError } from "../../../../rules/problems.ts";

function fault(code: string): Error {
  return Object.assign(new Error(`${code}: not this time, open '/x'`), { code });
}

describe("a fault of the disk", () => {
  for (const [code, remedy] of [
    ["EACCES", /^\/store\/x: this user may not do that there; run as the store's own user/],
    ["ENOSPC", /^\/store\/x: no space left; make room/],
    ["EDQUOT", /quota is used up/],
    ["EROFS", /mounted read-only/],
    ["EXDEV", /mount one file system for the whole store/],
    ["ENOLCK", /has no locks/],
  ] as const) {
    it(`is told with what to do: ${code}`, async () => {
      await assert.rejects(
        onDisk("/store/x", () => Promise.reject(fault(code))),
        (error: Error) => {
          assert.ok(error instanceof UserError);
          assert.match(error.message, remedy);
          assert.ok(error.cause instanceof Error);
          return true;
        },
      );
    });
  }

  it("that nobody can mend stays what it is", () => {
    for (const error of [
      fault("EIO"),
      new UserError("told already"),
      new Error("no code"),
      "text",
    ]) {
      assert.equal(diskFault(error, "/store/x"), error);
    }
  });

  it("is none where a file may be absent", async () => {
    const reading = (code: string) =>
      ifThere(async (): Promise<string> => {
        throw fault(code);
      });
    assert.equal(await reading("ENOENT"), undefined);
    await assert.rejects(reading("EIO"), /EIO/);
  });
});

describe("the free bytes of a file system", () => {
  it("are counted", async () => {
    assert.ok((await freeBytes("/")) >= 0);
  });
});
