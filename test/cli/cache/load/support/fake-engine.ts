/*
 * A `docker` on PATH that answers from files of a folder: `images` has a line for each image, `loaded` and `pulled` the lines
 * that a load and a pull add, `refusal` what a load says when it fails, `silence` what every call does, `driver` the status of its image store.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tar from "tar-stream";
import type { EngineImage } from "../../../../../cli/container/docker-images.ts";
import { callsOf, fakeProgram } from "../../../../support/fake-program.ts";

const SCRIPT = (folder: string): string => `cd ${folder}
if [ -s silence ]; then cat silence >&2; exit 1; fi
case "$1 $2" in
  "image inspect")
    shift 4; code=0
    for name in "$@"; do
      grep -F -e "\\"$name\\"" images || { echo "Error: No such image: $name" >&2; code=1; }
    done
    exit $code ;;
  "image ls") sed -n 's/^{"id":"\\([^"]*\\)".*/\\1/p' images ;;
  "image load")
    cat > archive
    if [ -s refusal ]; then cat refusal >&2; rm refusal; exit 1; fi
    cat loaded >> images ;;
  "image pull") cat pulled >> images; [ -s pulled ] ;;
  "info --format") cat driver ;;
esac`;

export interface FakeEngine {
  /** Sets what a file of the fake holds. */
  set(file: "images" | "loaded" | "pulled", images: readonly EngineImage[]): Promise<void>;
  say(file: "refusal" | "silence" | "driver", text: string): Promise<void>;
  /** The arguments of each call but questions. */
  changes(): Promise<readonly string[]>;
  /** Names of the files of the archive that it was sent last. */
  archived(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** Puts the fake in front of PATH until it is removed. */
export async function fakeEngine(): Promise<FakeEngine> {
  const folder = await mkdtemp(join(tmpdir(), "fake-engine-"));
  const path = process.env["PATH"] ?? "";
  await fakeProgram(folder, "docker", SCRIPT(folder));
  for (const file of ["images", "loaded", "pulled", "refusal"]) {
    await writeFile(join(folder, file), "");
  }
  await writeFile(join(folder, "driver"), '[["Backing Filesystem","extfs"]]');
  process.env["PATH"] = `${folder}:${path}`;
  return {
    set: (file, images) =>
      writeFile(join(folder, file), images.map((image) => `${JSON.stringify(image)}\n`).join("")),
    say: (file, text) => writeFile(join(folder, file), text),
    changes: async () =>
      (await callsOf(folder, "docker")).filter((call) => /^image (?:load|tag|pull)/.test(call)),
    archived: async () => {
      const extract = tar.extract();
      extract.end(await readFile(join(folder, "archive")));
      const names: string[] = [];
      for await (const entry of extract) {
        names.push(entry.header.name);
        entry.resume();
      }
      return names;
    },
    remove: async () => {
      process.env["PATH"] = path;
      await rm(folder, { recursive: true });
    },
  };
}
