/*
 * A project with a history of its own on a local cloud of its own, to play what happens to a channel over time.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parseDocument } from "yaml";
import { readBuildkitChoice } from "../../../../local/buildkit.ts";
import { Registries } from "../../../../oci/registries.ts";
import type { RegistryName } from "../../../../rules/image-file-schema.ts";
import { LocalCloud } from "../../../../rules/local-cloud.ts";
import { ProjectCopy } from "../../../cli/support/project-copy.ts";

/** The families that take part, with the registries that carry them. */
const FAMILIES = {
  "almalinux-builder": ["ecr", "docker.io"],
  no_rocm_image_ubuntu24_04: ["ghcr.io"],
} as const;
const IMAGE_FILE = "images/almalinux-builder/image.yaml";
/** Of which a channel's own names are told from those that never move. */
const RECORD = /(?:^|-)(?:[0-9a-f]{40}|v[0-9.]+-rc[0-9]+|k[0-9a-f]{40})$|^pin-/;

/** Digests by `family/accelerator`, or by the family's name where it has one image. */
export type Contents = ReadonlyMap<string, string>;

export class Life {
  readonly project: ProjectCopy;
  readonly #cloud: LocalCloud;
  readonly #registries = new Registries();
  /** Digest of every name that never moves, by registry and name, since it was first seen. */
  readonly #recorded = new Map<string, string>();
  #main: Contents = new Map();

  private constructor(project: ProjectCopy, cloud: LocalCloud) {
    this.project = project;
    this.#cloud = cloud;
  }

  static async begin(): Promise<Life> {
    const project = await ProjectCopy.make();
    await project.edit("Pulumi.local.yaml", (text) => {
      const document = parseDocument(text);
      document.setIn(["config", "slipway:families"], Object.keys(FAMILIES));
      return document.toString();
    });
    const start = await project.slipway(["local", "start"]);
    assert.equal(start.exitCode, 0, start.stderr);
    const text = await readFile(join(project.home, "cloud.json"), "utf8");
    const life = new Life(project, LocalCloud.parse(JSON.parse(text)));
    await life.git("init", "-q", "-b", "main");
    // The copy has them as links, which the ignore file does not speak of.
    await writeFile(join(project.root, ".git/info/exclude"), "node_modules\n.slipway\n");
    return life;
  }

  async git(...args: readonly string[]): Promise<void> {
    const identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost"];
    await execa("git", [...identity, "-c", "commit.gpgsign=false", ...args], {
      cwd: this.project.root,
    });
  }

  async commit(message: string): Promise<void> {
    await this.git("add", "-A");
    await this.git("commit", "-q", "-m", message);
  }

  /** Does something with the sources of another branch, and comes back. */
  async on(branch: string, action: () => Promise<void>): Promise<void> {
    await this.git("checkout", "-q", branch);
    await action();
    await this.git("checkout", "-q", "main");
  }

  /** Changes the family with accelerators. */
  async edit(change: (text: string) => string): Promise<void> {
    await this.project.edit(IMAGE_FILE, change);
  }

  /** What the command prints; it must succeed. */
  async slipway(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.project.slipway(args);
    assert.equal(exitCode, 0, `slipway ${args.join(" ")}\n${stdout}\n${stderr}`);
    return stdout;
  }

  async up(stack: string): Promise<void> {
    await this.slipway("up", "--stack", stack, "--engine", "embedded");
  }

  async record(stack: string, ...args: readonly string[]): Promise<void> {
    await this.slipway("record", "--stack", stack, ...args);
  }

  /** The content of every image by the sources as they are checked out. */
  async contents(): Promise<Contents> {
    const keys = JSON.parse(await this.slipway("outputs", "--stack", "local", "--json")) as {
      images: Record<string, Record<string, unknown>>;
    };
    const images = Object.entries(keys.images).flatMap(([family, own]) =>
      Object.keys(own).map((name) => (name === "default" ? [family] : [family, name])),
    );
    const found = images.map(async (image) => {
      const reference = await this.slipway("image", ...image, "--stack", "local");
      return [image.join("/"), reference.trim().split("@")[1] ?? ""] as const;
    });
    return new Map(await Promise.all(found));
  }

  /** What the names with an end stand for on Docker Hub, by accelerator, in the order of the catalogue. */
  async releaseNames(end: string): Promise<Contents> {
    const accelerators = [...this.#main.keys()].flatMap((image) => image.split("/")[1] ?? []);
    const found = accelerators.map(async (accelerator) => {
      const name = `almalinux-builder:${accelerator}-${end}`;
      return [accelerator, (await this.digest("docker.io", name)) ?? "none"] as const;
    });
    return new Map(await Promise.all(found));
  }

  /** What main's names must stand for from now on. */
  expectMain(contents: Contents): void {
    this.#main = contents;
  }

  /** Digest of `family:tag` on a registry. */
  async digest(registry: RegistryName, name: string): Promise<string | undefined> {
    const [family = "", tag = ""] = name.split(":");
    return this.#repository(registry, family).manifests.digest(tag);
  }

  async pruneBuildCache(): Promise<void> {
    const choice = await readBuildkitChoice(this.project.home);
    assert.ok(choice, "the instance has a BuildKit");
    await execa(choice.buildctl, ["--addr", choice.address, "prune", "--all"]);
  }

  /**
   * Main's floating names are what they must be, a name has one digest on all registries, no name that never moves has
   * moved or gone, and a preview of main has nothing to do.
   */
  async assertSound(): Promise<void> {
    for (const [image, digest] of this.#main) {
      const [family = "", accelerator] = image.split("/");
      const tags =
        accelerator === undefined ? ["latest", "main"] : [accelerator, `${accelerator}-main`];
      const registry = accelerator === undefined ? "ghcr.io" : "docker.io";
      for (const tag of tags) {
        assert.equal(await this.digest(registry, `${family}:${tag}`), digest, `${family}:${tag}`);
      }
    }
    await this.#assertNames();
    await this.assertUnchanged("local");
  }

  /** A preview of a stack, from the sources that are checked out, has nothing to do. */
  async assertUnchanged(stack: string): Promise<void> {
    const preview = await this.slipway(
      ...["preview", "--stack", stack, "--engine", "embedded", "--json"],
    );
    const { changes } = JSON.parse(preview) as { changes: Record<string, number> };
    const { same, ...others } = changes;
    assert.ok((same ?? 0) > 0);
    assert.deepEqual(new Set(Object.values(others)), new Set([0]), preview);
  }

  async #assertNames(): Promise<void> {
    const now = new Map<string, string>();
    for (const [family, registries] of Object.entries(FAMILIES)) {
      const digests = new Map<string, string>();
      for (const registry of registries) {
        for (const tag of await this.#repository(registry, family).tags()) {
          const digest = (await this.digest(registry, `${family}:${tag}`)) ?? "gone";
          assert.equal(digests.get(tag) ?? digest, digest, `${family}:${tag} on ${registry}`);
          digests.set(tag, digest);
          if (RECORD.test(tag)) now.set(`${registry}/${family}:${tag}`, digest);
        }
      }
    }
    for (const [name, digest] of this.#recorded) assert.equal(now.get(name), digest, name);
    for (const [name, digest] of now) this.#recorded.set(name, digest);
  }

  #repository(registry: RegistryName, family: string) {
    const { host, username, password } = this.#cloud.registries[registry];
    return this.#registries.repository(`${host}/pytorch/${family}`, {
      [host]: { username, password },
    });
  }
}
