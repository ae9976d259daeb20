/* Digests that only a name nearby tells of: other things have digests, too, and stand beside images. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { Registries } from "../../../oci/registries.ts";
import { withCloud } from "../../support/cloud.ts";
import { push, sampleImage } from "../oci/sample-image.ts";

const MAIN = join(import.meta.dirname, "../../../cli/main.ts");
const FAMILY = "no_rocm_image_ubuntu24_04";
const OTHER = `sha256:${"5".repeat(64)}`;

describe("a digest beside the name of an image", function () {
  this.timeout(120_000);
  const cloud = withCloud();
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "nearby-"));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const name = () => `${cloud().registries["ghcr.io"].host}/pytorch/${FAMILY}`;

  async function pushed(): Promise<string> {
    const { host, username, password } = cloud().registries["ghcr.io"];
    const to = new Registries().repository(name(), { [host]: { username, password } }, "push");
    return push(sampleImage(), to);
  }

  const pins = (...args: readonly string[]) =>
    execa(process.execPath, [MAIN, "pins", ...args, "--root", root, "--stack", "local"], {
      reject: false,
      env: { SLIPWAY_HOME: cloud().folder, GITHUB_ACTIONS: undefined },
    });

  it("is its pin where the image's repository has it", async () => {
    const [old, now] = [await pushed(), await pushed()];
    const text = (digest: string) => `image: ${name()}\ndigest: ${digest}\n`;
    await writeFile(join(root, "values.yaml"), text(old));
    const { exitCode, stderr } = await pins("bump", FAMILY, "--to", now);
    assert.equal(exitCode, 0, stderr);
    assert.equal(await readFile(join(root, "values.yaml"), "utf8"), text(now));
  });

  it("is something else's where it has not: neither held against anybody nor moved", async () => {
    const now = await pushed();
    const files: Readonly<Record<string, string>> = {
      "kustomization.yaml": `images:\n  - name: ${name()}\n  - name: nginx\n    digest: ${OTHER}\n`,
      "model.sh": `IMAGE=${name()}\nMODEL_SHA=${OTHER}\n`,
      "chart.yaml": `image: ${name()}\nchart:\n  digest: ${OTHER}\n`,
      "tool.md": `Runs in \`${name()}\`. The tool zig has ${OTHER}.\n`,
    };
    for (const [path, text] of Object.entries(files)) await writeFile(join(root, path), text);
    const checked = await pins("check");
    assert.equal(checked.exitCode, 0, checked.stdout);
    const { stdout } = await pins("bump", FAMILY, "--to", now);
    assert.match(stdout, /nothing was written/i);
    for (const [path, text] of Object.entries(files)) {
      assert.equal(await readFile(join(root, path), "utf8"), text, path);
    }
  });
});
