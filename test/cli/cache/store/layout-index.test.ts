import assert from "node:assert/strict";
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { askedReference } from "../../../../cli/cache/cached-image.ts";
import {
  layoutIndexText,
  parseLayoutIndex,
  readLayoutIndex,
} from "../../../../cli/cache/store/layout-index.ts";
import { ProblemsError } from "../../../../rules/problems.ts";
import { sampleImage } from "./support/sample-image.ts";
import { inTemporaryFolder } from "./support/temporary-folder.ts";

const { image } = sampleImage({ channel: "release/2.10" });
const good = layoutIndexText({ channel: "release/2.10", images: [image] });
const FACTS = "dev.slipway.image";

interface Document {
  annotations?: Record<string, unknown>;
  manifests: {
    [key: string]: unknown;
    annotations: Record<string, string>;
  }[];
  [key: string]: unknown;
}

/** The text of an index in which something is otherwise. */
function changed(
  change: (document: Document, entry: Document["manifests"][number]) => void,
): string {
  const document = JSON.parse(good) as Document;
  change(document, document.manifests[0]!);
  return JSON.stringify(document);
}

function changedFacts(facts: Readonly<Record<string, unknown>>): string {
  return changed((_, { annotations }) => {
    annotations[FACTS] = JSON.stringify({
      ...(JSON.parse(annotations[FACTS] ?? "") as object),
      ...facts,
    });
  });
}

function refused(text: string, message: RegExp, kind: "channel" | "former" = "channel"): void {
  assert.throws(
    () => parseLayoutIndex(text, kind, "index.json"),
    (error: Error) => {
      assert.ok(error instanceof ProblemsError, error.stack);
      assert.match(error.message, /^index\.json is not as slipway wrote it \(remove the file/);
      assert.match(error.message, message);
      return true;
    },
  );
}

describe("the index of a channel", () => {
  it("gives back what was written", () => {
    assert.deepEqual(parseLayoutIndex(good, "channel", ""), {
      channel: "release/2.10",
      images: [image],
    });
    const former = layoutIndexText({ images: [image] });
    assert.deepEqual(parseLayoutIndex(former, "former", ""), { images: [image] });
  });

  it("names an image for other tools: by its label, for containerd by the reference that jobs ask for", () => {
    const { manifests } = JSON.parse(good) as Document;
    assert.equal(
      manifests[0]?.annotations["org.opencontainers.image.ref.name"],
      "ci-image/cuda12.8",
    );
    assert.equal(
      manifests[0].annotations["io.containerd.image.name"],
      `308535385114.dkr.ecr.us-east-1.amazonaws.com/pytorch/ci-image:${image.contentName}`,
    );
    assert.equal(manifests[0].annotations["io.containerd.image.name"], askedReference(image));
  });

  const digest = `sha256:${"0".repeat(64)}`;
  const hostile: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
    "no JSON": ["{", /\(file\): is no JSON/],
    "no map": ["[]", /\(document\): \[\] is not an index of a store/],
    "another version": [changed((d) => (d["schemaVersion"] = 1)), /schemaVersion: 1 is not 2/],
    "an unknown key": [changed((d) => (d["subject"] = {})), /subject: unknown key/],
    "an unknown key of an image": [
      changed((_, e) => (e["urls"] = [])),
      /manifests\[0\]\.urls: unknown key/,
    ],
    "an unknown annotation": [
      changed((_, { annotations }) => (annotations["x"] = "y")),
      /manifests\[0\]\.annotations\.x: unknown key/,
    ],
    "a path for a digest": [
      changed((_, e) => (e["digest"] = "sha256:../../../../etc/passwd")),
      /digest: "sha256:\.\.\/\.\.\/\.\.\/\.\.\/etc\/passwd" is not a digest/,
    ],
    "a digest with a line end": [
      changed((_, e) => (e["digest"] = `${digest}\n`)),
      /is not a digest/,
    ],
    "another hash": [
      changed((_, e) => (e["digest"] = `sha512:${"0".repeat(128)}`)),
      /is not a digest/,
    ],
    "a negative size": [changed((_, e) => (e["size"] = -1)), /size: -1 is not a size/],
    "a size beyond counting": [changed((_, e) => (e["size"] = 2 ** 60)), /is not a size/],
    "another media type": [
      changed((_, e) => (e["mediaType"] = "text/plain")),
      /is not the media type/,
    ],
    "facts that are no JSON": [
      changed((_, { annotations }) => (annotations[FACTS] = "{")),
      /manifests\[0\]\.annotations\.dev\.slipway\.image: is no JSON/,
    ],
    "facts of another kind": [
      changed((_, { annotations }) => (annotations[FACTS] = "null")),
      /is not what a store says of an image/,
    ],
    "unknown facts": [changedFacts({ path: "/etc" }), /dev\.slipway\.image\.path: unknown key/],
    "a label with a path": [
      changedFacts({ label: "../../x" }),
      /label: "\.\.\/\.\.\/x" is not an image's label/,
    ],
    "a label with a plus": [changedFacts({ label: "a+b" }), /is not an image's label/],
    "a label of another family": [
      changedFacts({ label: "ci-image/x" }),
      /ref\.name: "ci-image\/cuda12\.8" is not "ci-image\/x"/,
    ],
    "another containerd name": [
      changed((_, { annotations }) => (annotations["io.containerd.image.name"] = "evil.io/x:y")),
      /"evil\.io\/x:y" is not "308535385114/,
    ],
    "a reference with another digest": [
      changedFacts({ references: { "ghcr.io": `ghcr.io/pytorch/ci-image@${digest}` } }),
      /references\.ghcr\.io: .* is not host\/path@sha256/,
    ],
    "a reference to an unknown registry": [
      changedFacts({ references: { "evil.io": `evil.io/x@${image.descriptor.digest}` } }),
      /references/,
    ],
    "no reference": [changedFacts({ references: {} }), /is not at least one reference/],
    "a name that is none": [
      changedFacts({ names: ["$(id)"] }),
      /names\[0\]: "\$\(id\)" names no registry/,
    ],
    "a name by digest": [
      changedFacts({ names: [`ghcr.io/a/b@${digest}`] }),
      /is not host\/path:tag/,
    ],
    "a content name that is no tag": [
      changedFacts({ contentName: "a/b" }),
      /contentName: "a\/b" is not a tag/,
    ],
    "a channel that is none": [
      changedFacts({ channel: "feature" }),
      /"feature" is not main or a release branch/,
    ],
    "an image of another channel": [
      changedFacts({ channel: "main" }),
      /"main" is not the index's, "release\/2\.10"/,
    ],
    "a commit that is none": [changedFacts({ commit: "HEAD" }), /"HEAD" is not a commit/],
    "a time that is none": [changedFacts({ refreshed: "yesterday" }), /"yesterday" is not a time/],
    "no channel": [changed((d) => delete d.annotations), /is not as in the index of a channel/],
    "an image twice": [
      changed((d, e) => d.manifests.push(e)),
      /manifests: "ci-image\/cuda12\.8" is there twice/,
    ],
  };
  for (const [what, [text, message]] of Object.entries(hostile)) {
    it(`is refused with ${what}`, () => refused(text, message));
  }

  it("is refused with a key that maps lose", () => {
    refused(
      good.replace('"annotations":', '"__proto__": {"size": 1}, "annotations":'),
      /__proto__/,
    );
  });

  it("is refused as the index of former images", () => {
    refused(good, /is not as in the index of a former/, "former");
  });

  it("tells all faults at once, and in texts that can be printed", () => {
    const text = changed((document, entry) => {
      document["schemaVersion"] = 3;
      entry["size"] = -1;
      entry["digest"] = "\u001b[31m";
    });
    refused(text, /3 problems/);
    refused(text, /^[^\u001b]*$/);
  });

  it("is read or refused with a message, whatever is in it", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        try {
          parseLayoutIndex(json, "channel", "index.json");
        } catch (error) {
          assert.ok(error instanceof ProblemsError, String(error));
        }
      }),
    );
  });

  it("is absent where there is no file, and refused where something else is or far too much", async () => {
    await inTemporaryFolder(async (folder) => {
      assert.equal(await readLayoutIndex(folder, "channel"), undefined);
      await mkdir(join(folder, "a", "index.json"), { recursive: true });
      await assert.rejects(readLayoutIndex(join(folder, "a"), "channel"), /is no file/);
      const file = await open(join(folder, "index.json"), "w");
      await file.truncate(20 * 1024 * 1024);
      await file.close();
      await assert.rejects(readLayoutIndex(folder, "channel"), /has 20971520 bytes/);
      await writeFile(join(folder, "index.json"), good);
      assert.equal((await readLayoutIndex(folder, "channel"))?.images.length, 1);
    });
  });
});
