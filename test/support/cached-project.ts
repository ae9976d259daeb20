/*
 * A project whose stack `local` has published the ROCm images of main and keeps them in a store beside it: what a runner has
 * after its first refresh.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { type CachedImage } from "../../cli/cache/cached-image.ts";
import { Store } from "../../cli/cache/store/store.ts";
import { LocalCloud } from "../../rules/local-cloud.ts";
import { type CliResult, ProjectCopy } from "../cli/support/project-copy.ts";
import type { DockerEngine } from "./docker-engine.ts";

const UP = ["up", "--stack", "local", "--engine", "embedded"];

export class CachedProject {
  readonly project: ProjectCopy;
  readonly cloud: LocalCloud;
  /** Absolute path of the store's folder. */
  readonly store: string;

  private constructor(project: ProjectCopy, cloud: LocalCloud) {
    this.project = project;
    this.cloud = cloud;
    this.store = join(project.home, "store");
  }

  static async make(): Promise<CachedProject> {
    const project = await ProjectCopy.make();
    await project.edit("Pulumi.local.yaml", (text) => {
      const document = parseDocument(text);
      document.setIn(["config", "slipway:families"], ["ci-image"]);
      return document.toString();
    });
    await project.git("init", "-q", "-b", "main");
    await writeFile(join(project.root, ".git/info/exclude"), "node_modules\n.slipway\n");
    await project.commit("Begin");
    await succeeded(project.slipway(["local", "start"]));
    const text = await readFile(join(project.home, "cloud.json"), "utf8");
    const made = new CachedProject(project, LocalCloud.parse(JSON.parse(text)));
    await succeeded(project.slipway(UP));
    await succeeded(project.slipway(["record", "--stack", "local"]));
    await made.cache(["refresh", "--stack", "local", "--reserve", "1MiB"]);
    return made;
  }

  /** Runs `slipway cache` on the store, in an engine if it needs one. Returns what it prints. */
  async cache(args: readonly string[], engine?: DockerEngine): Promise<string> {
    const env = { ...engine?.env, SLIPWAY_CACHE_STORE: this.store };
    return (await succeeded(this.project.slipway(["cache", ...args], env))).stdout;
  }

  /** The image of main that a label names. */
  async image(label: string): Promise<CachedImage> {
    const images = await (await Store.open(this.store)).images("main");
    const found = images.find((image) => image.label === label);
    assert.ok(found, `the store has no ${label}`);
    return found;
  }
}

async function succeeded(running: Promise<CliResult>): Promise<CliResult> {
  const result = await running;
  assert.equal(result.exitCode, 0, `${result.stdout}\n${result.stderr}`);
  return result;
}

/** Makes the project before the tests of the current suite and removes it after them. */
export function withCachedProject(): () => CachedProject {
  let made: CachedProject | undefined;
  before("publish images and keep them", async function () {
    this.timeout(20 * 60_000); // On a fresh machine the tools are built here.
    made = await CachedProject.make();
  });
  after("remove the project", async function () {
    this.timeout(60_000);
    await made?.project.remove();
    made = undefined;
  });
  return () => {
    if (made === undefined) throw new Error("the project is there only while tests run");
    return made;
  };
}
