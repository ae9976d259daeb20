/* Who could write a real store, by its modes, owners, links and access control lists. */
import assert from "node:assert/strict";
import { chmod, mkdir, open, realpath, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { execa } from "execa";
import { examineAccess, type StoreAccess } from "../../../../cli/cache/access.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import { UserError } from "../../../../rules/problems.ts";
import { putSample, sampleImage } from "../store/support/sample-image.ts";
import { inTemporaryFolder } from "../store/support/temporary-folder.ts";

const MAIN = join(import.meta.dirname, "../../../../cli/main.ts");

async function withStore(work: (folder: string, parent: string) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (parent) => {
    const folder = join(parent, "store");
    await putSample(await Store.create(folder), sampleImage());
    await work(folder, await realpath(parent));
  });
}

/** What is found at and below the test's own folder: what is above it is the machine's. */
async function found(folder: string, parent: string, user?: string): Promise<string[]> {
  const { findings } = await examineAccess(folder, user);
  return findings.filter(({ path }) => path.startsWith(parent)).map(({ message }) => message);
}

/** A list by which one more user may write: the form that the kernel keeps. */
function listFor(uid: number): Buffer {
  const entry = (tag: number, bits: number, id = 0xffffffff): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt16LE(tag, 0);
    bytes.writeUInt16LE(bits, 2);
    bytes.writeUInt32LE(id, 4);
    return bytes;
  };
  const [owner, user, group, mask, other] = [0x01, 0x02, 0x04, 0x10, 0x20];
  const version = Buffer.from([2, 0, 0, 0]);
  const entries = [entry(owner, 6), entry(user, 6, uid), entry(group, 4), entry(mask, 6)];
  return Buffer.concat([version, ...entries, entry(other, 4)]);
}

describe("a look at who could write a store", () => {
  it("finds nothing in one as it is made", async () => {
    await withStore(async (folder, parent) => {
      assert.deepEqual(await found(folder, parent), []);
      assert.deepEqual(await found(folder, parent, "nobody"), []);
    });
  });

  it("finds modes of the store and of a folder above", async () => {
    await withStore(async (folder, parent) => {
      await chmod(join(folder, "channels/main/index.json"), 0o666);
      await chmod(parent, 0o777);
      assert.deepEqual(await found(folder, parent, "nobody"), [
        `the jobs' user nobody, as everybody (mode 0777), could put another folder in the place of ${join(parent, "store")}`,
        "the jobs' user nobody, as everybody (mode 0666), could write this of the store",
      ]);
    });
  });

  it("goes the way of links, and looks at both their sides", async () => {
    await withStore(async (_folder, parent) => {
      const side = join(parent, "side");
      await mkdir(side);
      await chmod(side, 0o777);
      await symlink("../store", join(side, "link"));
      assert.deepEqual(await found(join(side, "link"), parent), [
        `everybody (mode 0777) could put another folder in the place of ${join(side, "link")}`,
      ]);
    });
  });

  it("finds a link that no store has", async () => {
    await withStore(async (folder, parent) => {
      await symlink("/tmp", join(folder, "channels/main/elsewhere"));
      assert.deepEqual(await found(folder, parent), ["is a link that no store has"]);
    });
  });

  it("finds an access control list that lets somebody write", async function () {
    await withStore(async (folder, parent) => {
      const { setAttr } = createRequire(import.meta.url)("fs-native-extensions") as {
        setAttr: (fd: number, name: string, value: Buffer) => Promise<void>;
      };
      const file = await open(join(folder, "slipway-cache.json"), "r+");
      try {
        await setAttr(file.fd, "system.posix_acl_access", listFor(65_534));
      } finally {
        await file.close();
      }
      assert.match((await found(folder, parent)).join(), /^whoever its access control list names/);
    });
  });

  for (const group of ["docker", "lxd", "sudo", "wheel"]) {
    it(`finds that the jobs' user can become root by group ${group}, and says what to do`, async () => {
      await withStore(async (folder, parent) => {
        const programs = join(parent, "programs");
        await mkdir(programs);
        const script = `#!/bin/sh
case "$1" in -u) echo 4242 ;; -G) echo 4242 999 ;; -Gn) echo jobs ${group} ;; esac
`;
        await writeFile(join(programs, "id"), script, { mode: 0o755 });
        const { exitCode, stdout } = await execa(
          process.execPath,
          [MAIN, "doctor", "--store", folder, "--job-user", "jobs", "--json"],
          { env: { PATH: `${programs}:${process.env["PATH"]}` }, reject: false },
        );
        const { ok, findings } = JSON.parse(stdout) as StoreAccess & { readonly ok: boolean };
        assert.deepEqual([exitCode, ok], [1, false]);
        const [finding, ...others] = findings.filter(({ path }) => path.startsWith(parent));
        assert.deepEqual(others, []);
        assert.match(
          finding?.message ?? "",
          new RegExp(`^the jobs' user jobs is in group ${group},`),
        );
        for (const way of [/thrown away/, /mounted read-only/, /without root/, /own user load/]) {
          assert.match(finding?.command ?? "", way);
        }
      });
    });
  }

  it("names the jobs' user that is not there, and a folder that is no store", async () => {
    await withStore(async (folder, parent) => {
      await assert.rejects(examineAccess(folder, "no-such-user"), UserError);
      await assert.rejects(examineAccess(folder, "--help"), UserError);
      await assert.rejects(examineAccess(parent), UserError);
    });
  });
});
