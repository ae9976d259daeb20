import {
  appendFile,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { execa } from "execa";
import { type HostileArtifact, INDEX, MANIFEST } from "./hostile-artifact.ts";

/** What an artifact has that is wrong, and what is said of it. */
export const HOSTILE_CASES: readonly {
  readonly name: string;
  readonly make: (artifact: HostileArtifact) => Promise<unknown>;
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
