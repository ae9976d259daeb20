import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { CandidateFile } from "../../../rules/candidate-file.ts";
import { type StagedPullRequest, useCandidateStage } from "./support/candidate-stage.ts";

const FAMILY = "therock_build_manylinux_x86_64";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

interface Blob {
  mediaType: string;
  digest: string;
  size: number;
  urls?: string[];
}
interface Manifest {
  config: Blob;
  layers: Blob[];
}

/** A copy of what a build wrote, which a case changes. */
class Artifact {
  readonly folder: string;
  readonly file: CandidateFile;

  constructor(folder: string, file: CandidateFile) {
    this.folder = folder;
    this.file = file;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  blob(digest: string): string {
    return this.path(`blobs/${digest.replace(":", "/")}`);
  }

  async manifest(): Promise<Manifest> {
    return JSON.parse(await readFile(this.blob(this.file.digest), "utf8")) as Manifest;
  }

  /** The layer that steps of the Dockerfile made. */
  async layer(): Promise<Blob> {
    const { layers } = await this.manifest();
    const layer = layers.at(-1);
    if (layer === undefined) throw new Error("an image without layers");
    return layer;
  }

  /** Adds a blob. Returns what lists it. */
  async put(content: string | Buffer, mediaType = MANIFEST): Promise<Blob> {
    const bytes = Buffer.from(content);
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    await writeFile(this.blob(digest), bytes);
    return { mediaType, digest, size: bytes.length };
  }

  /** Makes another document the image, with everything that names it. */
  async become(text: string, mediaType = MANIFEST): Promise<void> {
    const image = await this.put(text, mediaType);
    await rm(this.blob(this.file.digest));
    await this.index([image]);
    await this.say({ ...this.file, digest: image.digest });
  }

  async index(manifests: readonly object[]): Promise<void> {
    const index = { schemaVersion: 2, mediaType: INDEX, manifests };
    await writeFile(this.path("index.json"), JSON.stringify(index));
  }

  async say(file: object): Promise<void> {
    await writeFile(this.path("candidate.json"), JSON.stringify(file));
  }

  /** Changes the manifest and all that follows. */
  async change(how: (manifest: Manifest) => void | Promise<void>): Promise<void> {
    const manifest = await this.manifest();
    await how(manifest);
    await this.become(JSON.stringify(manifest));
  }
}

/** What an artifact has that is wrong, and what is said of it. */
const CASES: readonly {
  readonly name: string;
  readonly make: (artifact: Artifact) => Promise<unknown>;
  readonly told: RegExp;
}[] = [
  {
    name: "a changed byte of a layer",
    make: async (artifact) => {
      const file = artifact.blob((await artifact.layer()).digest);
      const bytes = await readFile(file);
      bytes[bytes.length >> 1]! ^= 1;
      await writeFile(file, bytes);
    },
    told: /blobs\/sha256\/[0-9a-f]{64}: holds content with digest sha256:/,
  },
  {
    name: "a byte more in a layer",
    make: async (artifact) => appendFile(artifact.blob((await artifact.layer()).digest), "x"),
    told: /\d+ bytes, and \d+ are listed/,
  },
  {
    name: "a layer that is cut off",
    make: async (artifact) => {
      const { digest, size } = await artifact.layer();
      await truncate(artifact.blob(digest), size - 1);
    },
    told: /\d+ bytes, and \d+ are listed/,
  },
  {
    name: "a layer that is missing",
    make: async (artifact) => rm(artifact.blob((await artifact.layer()).digest)),
    told: /blobs\/sha256\/[0-9a-f]{64}: missing/,
  },
  {
    name: "a changed byte of the configuration",
    make: async (artifact) => {
      const { config } = await artifact.manifest();
      const text = await readFile(artifact.blob(config.digest), "utf8");
      await writeFile(artifact.blob(config.digest), text.replace("linux", "Linux"));
    },
    told: /holds content with digest sha256:/,
  },
  {
    name: "a blob that no part of the image is",
    make: async (artifact) => artifact.put("more"),
    told: /belongs to no part of the image/,
  },
  {
    name: "a file of another name",
    make: async (artifact) => writeFile(artifact.path("run.sh"), "exit 0"),
    told: /run\.sh: does not belong to a candidate/,
  },
  {
    name: "blobs of another kind of digest",
    make: async (artifact) => mkdir(artifact.path("blobs/sha512")),
    told: /blobs\/sha512: does not belong to a candidate/,
  },
  {
    name: "a symbolic link in the place of a layer",
    make: async (artifact) => {
      const file = artifact.blob((await artifact.layer()).digest);
      await rename(file, `${artifact.folder}.layer`);
      await symlink(`${artifact.folder}.layer`, file);
    },
    told: /is a symbolic link, which is not followed/,
  },
  {
    name: "a symbolic link in the place of its blobs",
    make: async (artifact) => {
      await rename(artifact.path("blobs"), `${artifact.folder}.blobs`);
      await symlink(`${artifact.folder}.blobs`, artifact.path("blobs"));
    },
    told: /blobs: is a symbolic link, which is not followed/,
  },
  {
    name: "a digest that is a path out of it",
    make: async (artifact) =>
      artifact.index([{ mediaType: MANIFEST, digest: "sha256:../../../../etc/passwd", size: 10 }]),
    told: /index\.json: manifests\[0\]\.digest: .* is not a digest/,
  },
  {
    name: "a device",
    make: async (artifact) => execa("mkfifo", [artifact.path(`blobs/sha256/${"0".repeat(64)}`)]),
    told: /is a device, a pipe or a socket/,
  },
  {
    name: "a huge size",
    make: async (artifact) =>
      artifact.change((manifest) => {
        manifest.layers.at(-1)!.size = Number.MAX_SAFE_INTEGER;
      }),
    told: /layers\[\d+\]\.size: 9007199254740991 is not at most 100000000000 bytes/,
  },
  {
    name: "a size beyond all numbers",
    make: async (artifact) => {
      const text = JSON.stringify(await artifact.manifest());
      await artifact.become(text.replace(/"size":\d+/, '"size":1e999'));
    },
    told: /size: .* is not a number of bytes/,
  },
  {
    name: "a file of huge size, with holes",
    make: async (artifact) => truncate(artifact.path("candidate.json"), 1 << 30),
    told: /candidate\.json: 1073741824 bytes; at most 65536 are read/,
  },
  {
    name: "a key that stands twice in candidate.json",
    make: async (artifact) => {
      const text = await readFile(artifact.path("candidate.json"), "utf8");
      const twice = text.replace("{", '{"digest": "sha256:0",');
      await writeFile(artifact.path("candidate.json"), twice);
    },
    told: /candidate\.json: digest: stands there twice/,
  },
  {
    name: "a key that stands twice in the manifest",
    make: async (artifact) => {
      const text = JSON.stringify(await artifact.manifest());
      await artifact.become(text.replace("{", '{"layers":[],'));
    },
    told: /layers: stands there twice/,
  },
  {
    name: "an index in the index",
    make: async (artifact) => {
      const { digest } = artifact.file;
      const { size } = await stat(artifact.blob(digest));
      const manifests = [{ mediaType: MANIFEST, digest, size }];
      const text = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
      const index = await artifact.put(text, INDEX);
      await artifact.index([index]);
      await artifact.say({ ...artifact.file, digest: index.digest });
    },
    told: /manifests\[0\]\.mediaType: .* an image, and no index of images/,
  },
  {
    name: "an index that says that it is an image",
    make: async (artifact) => {
      const text = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] });
      await artifact.become(text);
    },
    told: /manifests: unknown key/,
  },
  {
    name: "two images",
    make: async (artifact) => {
      const { digest } = artifact.file;
      const { size } = await stat(artifact.blob(digest));
      const image = { mediaType: MANIFEST, digest, size };
      await artifact.index([image, image]);
    },
    told: /index\.json: manifests: .* is not a list of one image/,
  },
  {
    name: "a layer that is kept elsewhere",
    make: async (artifact) =>
      artifact.change((manifest) => {
        const layer = manifest.layers.at(-1)!;
        layer.mediaType = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
        layer.urls = ["http://169.254.169.254/latest/meta-data"];
      }),
    told: /layers\[\d+\]\.urls: unknown key/,
  },
  {
    name: "something else than an image",
    make: async (artifact) =>
      artifact.change((manifest) => {
        Object.assign(manifest, { artifactType: "application/vnd.example", subject: {} });
      }),
    told: /subject: unknown key/,
  },
  {
    name: "another platform",
    make: async (artifact) =>
      artifact.change(async (manifest) => {
        const text = await readFile(artifact.blob(manifest.config.digest), "utf8");
        await rm(artifact.blob(manifest.config.digest));
        const other = text.replace('"architecture":"amd64"', '"architecture":"s390x"');
        manifest.config = await artifact.put(other, manifest.config.mediaType);
      }),
    told: /"linux\/s390x" is not linux\/amd64/,
  },
  {
    name: "fewer layers than the configuration says",
    make: async (artifact) =>
      artifact.change(async (manifest) => {
        const layer = manifest.layers.pop();
        if (layer !== undefined) await rm(artifact.blob(layer.digest));
      }),
    told: /rootfs\.diff_ids: \d+ layers, and the manifest lists \d+/,
  },
  {
    name: "another platform in candidate.json",
    make: async (artifact) => artifact.say({ ...artifact.file, platforms: ["linux/arm64"] }),
    told: /platforms: "linux\/arm64", and it is to be linux\/amd64/,
  },
  {
    name: "a content name that does not follow from the tree",
    make: async (artifact) => artifact.say({ ...artifact.file, contentName: `k${"0".repeat(40)}` }),
    told: /contentName: "k0{40}" does not follow from the checkout, whose files make k[0-9a-f]{40}/,
  },
  {
    name: "another image",
    make: async (artifact) => artifact.say({ ...artifact.file, image: "almalinux-builder/cpu" }),
    told: /image: "almalinux-builder\/cpu", and it is to be therock_build_manylinux_x86_64/,
  },
  {
    name: "more to say than a candidate has",
    make: async (artifact) => artifact.say({ ...artifact.file, push: "docker.io/library/ubuntu" }),
    told: /candidate\.json: push: unknown key/,
  },
  {
    name: "another digest in candidate.json",
    make: async (artifact) =>
      artifact.say({ ...artifact.file, digest: `sha256:${"0".repeat(64)}` }),
    told: /digest: sha256:0{64}, and index\.json lists sha256:/,
  },
  {
    name: "no candidate.json",
    make: async (artifact) => rm(artifact.path("candidate.json")),
    told: /candidate\.json: missing/,
  },
  {
    name: "what is no JSON, and an escape code",
    make: async (artifact) => writeFile(artifact.path("candidate.json"), "::error::\u{1b}[2J"),
    told: /candidate\.json: \(document\): is not JSON/,
  },
];

/** Each case is a process that pushes, as the approved job does. */
describe("what a job without credentials hands over", function () {
  this.timeout(3 * 60_000);
  const stage = useCandidateStage();
  let pull: StagedPullRequest;
  let built: string;
  let file: CandidateFile;
  before("build an image", async function () {
    this.timeout(5 * 60_000);
    pull = await stage().pullRequest({
      [`images/${FAMILY}/Dockerfile`]: (text) => `${text}LABEL changed=yes\n`,
    });
    built = join(stage().folder, "built");
    const { exitCode, stderr } = await stage().slipway([
      ...["candidate", "build", "--stack", "local", "--checkout", pull.checkout],
      ...["--image", FAMILY, "--output", built],
    ]);
    assert.equal(exitCode, 0, stderr);
    file = JSON.parse(await readFile(join(built, "candidate.json"), "utf8")) as CandidateFile;
  });

  const push = (from: string) =>
    stage().slipway([
      ...["candidate", "push", "--stack", "local", "--checkout", pull.checkout],
      ...["--image", FAMILY, "--from", from, "--pull-request", String(pull.number)],
      ...["--merge", pull.merge, "--head", pull.head, "--base", pull.base],
    ]);

  for (const { name, make, told } of CASES) {
    it(`is refused with ${name}, before anything is pushed`, async () => {
      const folder = join(await mkdtemp(join(stage().folder, "case-")), "candidate");
      await cp(built, folder, { recursive: true });
      await make(new Artifact(folder, file));
      const { exitCode, stdout, stderr } = await push(folder);
      assert.deepEqual([exitCode, stdout], [1, ""]);
      assert.match(stderr, told);
      // A user's message, and nothing of it that a terminal or a runner takes for a command.
      assert.match(stderr, /(?:^|\n)error: the candidate: \d+ problems?\n/);
      assert.doesNotMatch(stderr, /\u{1b}|^\s*::|\n\s+at /mu);

      const repository = stage().candidates("ghcr.io", FAMILY);
      for (const blob of await readdir(join(built, "blobs/sha256"))) {
        assert.equal(await repository.blobs.has(`sha256:${blob}`), false);
      }
      assert.deepEqual(await repository.tags(), []);
      assert.deepEqual(await stage().checks(pull.head), []);
      await rm(dirname(folder), { recursive: true });
    });
  }

  it("is pushed where it is one image of the tree, so that each of these was refused for what it had", async () => {
    const { exitCode, stderr } = await push(built);
    assert.equal(exitCode, 0, stderr);
    const repository = stage().candidates("ghcr.io", FAMILY);
    assert.equal(await repository.manifests.digest(file.digest), file.digest);
    assert.deepEqual(await stage().checks(pull.head), [[`candidate ${FAMILY}`, file.digest]]);
  });
});
