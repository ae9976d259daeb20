import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type ManagedImages, managedImages } from "../../rules/pins/managed-images.ts";

const FIXTURE = join(import.meta.dirname, "../fixtures/pins-tree");
const PINNED = "ghcr.io/rocm/no_rocm_image_ubuntu24_04@sha256:" + "b1".repeat(32);

/** What the tree's files name: of families on several registries, and what its pins.yaml lists. */
export const PINS_TREE_IMAGES: ManagedImages = managedImages(
  {
    owner: "ROCm",
    families: [
      family("therock_build_manylinux_x86_64", ["ghcr.io"]),
      family("no_rocm_image_ubuntu24_04", ["ghcr.io"]),
      family("ci-image", ["308535385114.dkr.ecr.us-east-1.amazonaws.com", "ghcr.io"], "rocm-n"),
      family("almalinux-builder", [
        "308535385114.dkr.ecr.us-east-1.amazonaws.com",
        "docker.io",
        "ghcr.io",
      ]),
    ],
  },
  ["docker.io/library/ubuntu", "quay.io/pypa/manylinux_2_28_x86_64"],
);

/** A line of one of the fixture's tables: what a person says is there. */
export interface ExpectedPlace {
  readonly file: string;
  readonly line: number;
  /** `?` where it may be any of several. */
  readonly image: string;
  /** Two hex digits that stand for them 32 times; `-` for none, `malformed` for what is none. */
  readonly digest: string;
  /** `-` for none. */
  readonly tag: string;
}

/** A line with something that must not be taken for a pin. */
export interface Decoy {
  readonly file: string;
  readonly line: number;
  readonly why: string;
}

export interface TreeKind {
  /** Whether it is a repository of git, of which all but one file is tracked. What is none has no submodules either. */
  readonly tracked: boolean;
}

/**
 * The tree of `test/fixtures/pins-tree` in a folder of its own, with what git would not hold: other encodings, links, ignored
 * files, a repository inside.
 */
export class PinsTree {
  readonly root: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.root = join(folder, "tree");
  }

  static async make({ tracked }: TreeKind): Promise<PinsTree> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "slipway-pins-tree-")));
    const tree = new PinsTree(folder);
    await cp(join(FIXTURE, "tree"), tree.root, { recursive: true });
    await tree.#encode();
    await tree.#add(ADDED);
    await tree.#link(folder);
    await tree.#nest();
    if (tracked) {
      tree.#git(tree.root, "init", "--quiet");
      tree.#git(tree.root, "add", "--all");
    }
    await tree.#add({ "untracked.yml": `image: ${PINNED}\n` });
    return tree;
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #encode(): Promise<void> {
    for (const [path, encode] of Object.entries(ENCODED)) {
      const file = join(this.root, path);
      await writeFile(file, encode(await readFile(file, "utf8")));
    }
  }

  async #add(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.root, path)), { recursive: true });
      await writeFile(join(this.root, path), text);
    }
  }

  /** Out of the tree, into it, and to nothing. */
  async #link(folder: string): Promise<void> {
    await mkdir(join(folder, "outside"));
    await writeFile(join(folder, "outside/image.yml"), `image: ${PINNED}\n`);
    await symlink("../outside/image.yml", join(this.root, "link-to-file.yml"));
    await symlink("../outside", join(this.root, "link-to-folder"));
    await symlink("src/fixtures/default.yml", join(this.root, "link-inside.yml"));
    await symlink("nowhere", join(this.root, "link-to-nothing.yml"));
  }

  /** Git lists a repository in a tree as one entry, which is what a submodule is. */
  async #nest(): Promise<void> {
    const nested = join(this.root, "submodule");
    this.#git(nested, "init", "--quiet");
    this.#git(nested, "add", "--all");
    const author = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
    this.#git(nested, ...author, "commit", "--quiet", "--message", "Begin");
  }

  #git(folder: string, ...args: readonly string[]): void {
    execFileSync("git", ["-c", "advice.addEmbeddedRepo=false", ...args], {
      cwd: folder,
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
}

/** Files whose text the fixture has in UTF-8 with LF, and what they are in the tree. */
const ENCODED: Readonly<Record<string, (text: string) => Buffer>> = {
  "encodings/windows.ps1": (text) => Buffer.from(text.replaceAll("\n", "\r\n")),
  "encodings/mark.yml": (text) => Buffer.from(`\uFEFF${text}`),
  "encodings/latin.txt": (text) => Buffer.from(text, "latin1"),
  "encodings/little.reg": (text) =>
    Buffer.from(`\uFEFF${text.replaceAll("\n", "\r\n")}`, "utf16le"),
  "encodings/big.strings": (text) => Buffer.from(`\uFEFF${text}`, "utf16le").swap16(),
  "encodings/no-line-end": (text) => Buffer.from(text.trimEnd()),
};

const SUBMODULE = "submodule/image.yml";
/** Files that git would not take into the fixture, or another tool would take for ours. */
const ADDED = {
  ".gitignore": "/build/\n*.tmp\n",
  "build/out.yml": `image: ${PINNED}\n`,
  "image.tmp": `image: ${PINNED}\n`,
  "node_modules/tool/image.js": `export const image = "${PINNED}";\n`,
  "package-lock.json": `{ "packages": { "": { "resolved": "${PINNED}" } } }\n`,
  "assets/logo.bin": `\0\u0001 ${PINNED}\n`,
  [SUBMODULE]: `image: ${PINNED}\n`,
  "docs/picture.png": `\u0089PNG\r\n\u001a\n\0 ${PINNED}\n`,
};

const MADE_DECOYS: readonly Decoy[] = [
  { file: "build/out.yml", line: 1, why: "an ignored folder" },
  { file: "image.tmp", line: 1, why: "an ignored file" },
  { file: "node_modules/tool/image.js", line: 1, why: "vendored" },
  { file: "package-lock.json", line: 1, why: "a lock file" },
  { file: "assets/logo.bin", line: 1, why: "a binary" },
  { file: "docs/picture.png", line: 3, why: "a binary" },
  { file: SUBMODULE, line: 1, why: "a submodule" },
  { file: "link-to-file.yml", line: 1, why: "a link out of the tree" },
  { file: "link-to-folder/image.yml", line: 1, why: "behind a link out of the tree" },
  { file: "link-inside.yml", line: 1, why: "a link to a file that is looked at itself" },
];

/** Every place of the tree, as a person wrote it down, in no order. */
export async function expectedPlaces({ tracked }: TreeKind): Promise<readonly ExpectedPlace[]> {
  const rows = await table("places.txt");
  const written = rows.map(([file = "", line, image = "", digest = "", tag = ""]) => {
    return { file, line: Number(line), image, digest, tag };
  });
  return [...written, ...pinsOf(["untracked.yml", ...(tracked ? [] : [SUBMODULE])])];
}

/** Every line of the tree that must not be taken for a pin. */
export async function decoys({ tracked }: TreeKind): Promise<readonly Decoy[]> {
  const rows = await table("decoys.txt");
  const written = rows.map(([file = "", line, why = ""]) => ({ file, line: Number(line), why }));
  return [...written, ...MADE_DECOYS].filter(({ file }) => tracked || file !== SUBMODULE);
}

/** Files that have {@link PINNED} in their first line. */
function pinsOf(files: readonly string[]): readonly ExpectedPlace[] {
  const image = "no_rocm_image_ubuntu24_04";
  return files.map((file) => ({ file, line: 1, image, digest: "b1", tag: "-" }));
}

/** Rows of a table with columns two blanks or more apart, without its head. */
async function table(name: string): Promise<readonly (readonly string[])[]> {
  const lines = (await readFile(join(FIXTURE, name), "utf8")).trimEnd().split("\n");
  return lines.slice(1).map((line) => line.split(/ {2,}/));
}

function family(name: string, hosts: readonly string[], ...more: readonly string[]) {
  const isOne = hosts.length === 1;
  const accelerators = isOne ? [] : ["cpu", "cuda12.8", ...more];
  return { name, hosts, accelerators, otherHosts: isOne ? ["docker.io"] : [] };
}
