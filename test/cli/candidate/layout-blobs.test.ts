import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openBlob, verifyBlobs } from "../../../cli/candidate/layout-blobs.ts";
import { blobPath } from "../../../cli/candidate/layout-walk.ts";
import type { CandidateLayout } from "../../../cli/candidate/layout.ts";
import { sha256 } from "../../../oci/digest.ts";
import { OCI_MANIFEST } from "../../../oci/media-types.ts";

const SIZE = 3 * (1 << 20) + 17;

describe("a blob of a candidate", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-layout-blobs-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const content = Buffer.alloc(SIZE, "content");
  const blob = { mediaType: "any", digest: sha256(content), size: SIZE };
  const layout = (): CandidateLayout => ({
    folder,
    file: {
      ...{ version: 1, image: "a/b", contentName: "k", digest: blob.digest },
      platforms: ["linux/amd64"],
    },
    manifest: {
      ...{ mediaType: OCI_MANIFEST, digest: blob.digest },
      ...{ bytes: Buffer.alloc(0), document: {} },
    },
    blobs: [blob],
  });
  const write = async (bytes: Buffer) => {
    const file = join(folder, blobPath(blob));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
    return file;
  };
  const sent = async () => {
    const pieces: Buffer[] = [];
    let fault = "";
    try {
      for await (const piece of openBlob(layout(), blob, () => undefined)) {
        pieces.push(piece as Buffer);
      }
    } catch (error) {
      fault = (error as Error).message;
    }
    return { bytes: Buffer.concat(pieces), fault };
  };

  it("is sent as it is", async () => {
    await write(content);
    const { bytes, fault } = await sent();
    assert.equal(fault, "");
    assert.ok(bytes.equals(content));
    let told = 0;
    await verifyBlobs(layout(), (count) => (told += count));
    assert.equal(told, SIZE);
  });

  it("is never sent to its end when it changed since it was verified", async () => {
    const changed = Buffer.from(content);
    changed[SIZE - 1]! ^= 1;
    for (const bytes of [
      changed,
      content.subarray(0, SIZE - 1),
      Buffer.concat([content, content]),
    ]) {
      await write(bytes);
      const found = await sent();
      assert.match(found.fault, /holds content with digest|are listed|bytes listed/);
      assert.ok(found.bytes.length < SIZE);
      await assert.rejects(
        verifyBlobs(layout(), () => undefined),
        /the candidate: 1 problem/,
      );
    }
  });

  it("is not read through a link", async () => {
    const file = await write(content);
    await writeFile(`${folder}/elsewhere`, content);
    await rm(file);
    await symlink(`${folder}/elsewhere`, file);
    assert.match((await sent()).fault, /is no file any more/);
  });
});
