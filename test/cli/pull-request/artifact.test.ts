import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { artifactNamed } from "../../../cli/pull-request/artifact.ts";
import { onlyFileOf } from "../../../cli/pull-request/artifact-archive.ts";
import { download } from "../../../cli/pull-request/artifact-download.ts";
import { zipOf, type ZipEntry } from "./support/zip.ts";

const NAME = "preview.json";
const MOST = 1000;
const read = (archive: Buffer) => onlyFileOf(archive, NAME, MOST);

describe("the archive of an artifact", () => {
  it("gives its one file, stored or deflated, byte for byte", async () => {
    for (const method of [0, 8]) {
      for (const content of ["{}", "", "\ufeff{}", "x".repeat(MOST), "漢字"]) {
        assert.equal(await read(zipOf([{ name: NAME, content, method }])), content);
      }
    }
  });

  const file: ZipEntry = { name: NAME, content: "{}" };
  const refused: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
    "another file": [
      zipOf([{ ...file, name: "other.json" }]),
      /is "other\.json", not preview\.json/,
    ],
    "a file besides": [zipOf([file, { ...file, name: "x" }]), /holds 2 files/],
    "the file twice": [zipOf([file, file]), /holds 2 files/],
    "no file": [zipOf([]), /holds 0 files/],
    "a second file that is not counted": [
      zipOf([{ ...file, name: "x" }, file], { count: 1 }),
      /is "x", not/,
    ],
    "more files than there are": [zipOf([file], { count: 2 }), /holds 2 files/],
    "a folder": [
      zipOf([{ ...file, name: "preview.json/", content: "" }]),
      /is "preview\.json\/", not/,
    ],
    "a path up": [zipOf([{ ...file, name: "../preview.json" }]), /no zip archive/],
    "a path from the root": [zipOf([{ ...file, name: "/preview.json" }]), /no zip archive/],
    "a path with a drive": [zipOf([{ ...file, name: "C:preview.json" }]), /no zip archive/],
    "a path with backslashes": [zipOf([{ ...file, name: "..\\preview.json" }]), /no zip archive/],
    "a name with a zero": [
      zipOf([{ ...file, name: "preview.json\u0000.txt" }]),
      /is "preview\.json\\u0000\.txt"/,
    ],
    "a link": [zipOf([{ ...file, mode: 0o120777, content: "/etc/passwd" }]), /link/],
    "a device": [zipOf([{ ...file, mode: 0o020666 }]), /link or something else/],
    "a password": [zipOf([{ ...file, flags: 1 }]), /password/],
    "strong encryption": [zipOf([{ ...file, flags: 0x41 }]), /strong encryption/],
    "an unknown compression": [
      zipOf([{ ...file, method: 99, content: "{}" }]),
      /unsupported compression/,
    ],
    "a large file": [
      zipOf([{ ...file, content: "x".repeat(MOST + 1) }]),
      /1001 bytes, more than 1000/,
    ],
    "a large file that says it is small": [
      zipOf([{ ...file, content: Buffer.alloc(50_000_000), size: 10 }]),
      /too many bytes/,
    ],
    "a file that is shorter than it says": [zipOf([{ ...file, size: 10 }]), /not enough bytes/],
    "another checksum": [zipOf([{ ...file, checksum: 1 }]), /another checksum/],
    "bytes that are no text": [
      zipOf([{ ...file, content: Buffer.from([0xff, 0xfe]) }]),
      /not UTF-8/,
    ],
    "no archive": [Buffer.from("not a zip"), /no zip archive/],
    nothing: [Buffer.alloc(0), /no zip archive/],
    "10 MB of nothing": [Buffer.alloc(10_000_000), /no zip archive/],
    "half an archive": [zipOf([file]).subarray(20), /no zip archive/],
    "something after its end": [Buffer.concat([zipOf([file]), Buffer.from("x")]), /no zip archive/],
  };
  for (const [what, [archive, message]] of Object.entries(refused)) {
    it(`is refused with ${what}`, async () => {
      await assert.rejects(read(archive), { name: "UserError", message });
    });
  }

  it("is read or refused whatever its bytes are", async () => {
    const whole = zipOf([{ name: NAME, content: '{"version":1}' }]);
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const archive = Buffer.from(whole);
        for (const [at, value] of changes) archive[at] = value;
        const text = await read(archive).catch((error: unknown) => {
          assert.equal((error as Error).name, "UserError");
          return undefined;
        });
        if (text !== undefined) assert.equal(text, '{"version":1}');
      }),
      { numRuns: 500 },
    );
  });
});

describe("the download of an artifact", () => {
  let server: Server;
  let answer: RequestListener;
  let seen: string[] = [];
  before(async () => {
    server = createServer((asked, reply) => {
      seen.push(asked.headers.authorization ?? "no token");
      answer(asked, reply);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });
  beforeEach(() => (seen = []));
  after(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-word`;

  it("gives the bytes, and shows nobody a token", async () => {
    answer = (_, reply) => reply.end("bytes");
    assert.equal(String(await download(address(), 5)), "bytes");
    assert.deepEqual(seen, ["no token"]);
  });

  it("ends at the first byte too many, whatever the server says of the length", async () => {
    let isClosed: () => void = () => undefined;
    const closed = new Promise<void>((done) => (isClosed = done));
    answer = (asked, reply) => {
      asked.socket.once("close", isClosed);
      // Never ends by itself.
      const more = () => {
        while (reply.write(Buffer.alloc(65_536)));
      };
      reply.on("drain", more);
      more();
    };
    await assert.rejects(download(address(), 1_000_000), { message: /more than 1000000 bytes/ });
    await closed;
  });

  it("follows no other address, and names none that gives the artifact away", async () => {
    answer = (_, reply) => reply.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
    const told = (error: Error) =>
      error.name === "UserError" &&
      error.message.includes("run the job again") &&
      !error.message.includes("secret-word");
    await assert.rejects(download(address(), 5), told);
    answer = (_, reply) => reply.writeHead(404).end("gone");
    await assert.rejects(download(address(), 5), told);
    answer = (asked) => asked.socket.destroy();
    await assert.rejects(download(address(), 5), told);
    for (const other of ["http://example.com/x", "file:///etc/passwd", "data:,x", "x", ""]) {
      await assert.rejects(download(other, 5), { message: /names no https address/ });
    }
  });
});

describe("the artifact of a name", () => {
  const artifact = (id: number, name = "preview") => ({ id, name, size: 1, expired: false });

  it("is the newest of as many as the run had attempts", () => {
    const artifacts = [artifact(3), artifact(1), artifact(2, "preview-of-changed-code")];
    assert.equal(artifactNamed(artifacts, "preview", 2)?.id, 3);
    assert.equal(artifactNamed(artifacts, "preview", 5)?.id, 3);
    assert.equal(artifactNamed(artifacts, "other", 1), undefined);
  });

  it("is none of several in one attempt", () => {
    assert.throws(() => artifactNamed([artifact(1), artifact(2)], "preview", 1), {
      message: "the run kept 2 artifacts preview in 1 attempt; it keeps one",
    });
  });
});
