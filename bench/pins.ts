import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa, type ResultPromise } from "execa";
import { managedImages } from "../rules/pins/managed-images.ts";
import { median } from "./measure.ts";
import { BYTES, FILES, NAME, PINS, writePinsTree } from "./pins-tree.ts";
import { peakOfTree } from "./process-tree.ts";

const ROUNDS = 9;
const FINDER = join(import.meta.dirname, "find-pins.ts");
const HOSTS = [
  "308535385114.dkr.ecr.us-east-1.amazonaws.com",
  "ghcr.io",
  "docker.io",
  "registry.example.org",
];
const FAMILIES = [
  NAME,
  "therock_build_manylinux_rccl_x86_64",
  "no_rocm_image_ubuntu24_04",
  "almalinux-builder",
  "ci-image",
];

/**
 * Finding the pins of a tree of 20,000 files and 500 MB, of five families on four registries and two other images, beside
 * `git grep -l` of one image's name on the same tree; both as whole processes on a warm cache, in turn.
 */
export async function pinsBenchmark(): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), "slipway-bench-pins-"));
  try {
    const folder = join(work, "tree");
    await writePinsTree(folder);
    const images = managedImages(
      {
        owner: "ROCm",
        families: FAMILIES.map((name) => ({ name, accelerators: [], hosts: HOSTS })),
      },
      ["docker.io/library/ubuntu", "quay.io/pypa/manylinux_2_28_x86_64"],
    );
    // Compiled code is kept, as bin/launch.js keeps that of each command.
    const env = { NODE_COMPILE_CACHE: join(work, "compile-cache") };
    const find = () => execa(process.execPath, [FINDER, folder, JSON.stringify(images)], { env });
    const grep = () => execa("git", ["grep", "-l", NAME], { cwd: folder });
    // To look at a process takes time from it: what it needs of memory is asked of runs of their own, which warm the cache, too.
    const memory = { ours: await peakOfTree(find()), theirs: await peakOfTree(grep()) };
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await seconds(find()));
      theirs.push(await seconds(grep()));
    }
    const { places, files } = JSON.parse((await find()).stdout) as Record<string, number>;
    if (places !== PINS) throw new Error(`${places} pins were found of ${PINS}`);
    return [
      `finding ${places} pins in a tree of ${FILES} files and ${BYTES / 1e6} MB, median of ${ROUNDS}; ${files} files were read`,
      `  slipway        ${median(ours).toFixed(2)} s  ${(memory.ours / 1e6).toFixed(0)} MB at most, with git`,
      `  git grep -l    ${median(theirs).toFixed(2)} s  ${(memory.theirs / 1e6).toFixed(0)} MB`,
      `  ratio          ${(median(ours) / median(theirs)).toFixed(2)}`,
    ].join("\n");
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function seconds(process: ResultPromise): Promise<number> {
  const started = performance.now();
  await process;
  return (performance.now() - started) / 1000;
}
