import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { printable } from "../../rules/printable.ts";
import { type DataFault, entriesOf, type FoundFile, walkData } from "./take-data-walk.ts";

const MEBIBYTE = 1 << 20;
/** All files together, in bytes; a real images/ has less than one mebibyte. */
const MOST_BYTES = 64 * MEBIBYTE;
const LARGEST_FILE = 16 * MEBIBYTE;
/** Of what is parsed whole: descriptions of images and stacks, Dockerfiles and ignore files. */
const LARGEST_TEXT = MEBIBYTE / 2;
const PARSED =
  /(?:^|\/)(?:image\.yaml|Dockerfile|[^/]*\.dockerignore|(?:Pulumi|Pins)\.[^/]*\.yaml)$/;
/** Entries of the checkout's own folder that are looked at. */
const MOST_TOP_ENTRIES = 200_000;
const MOST_STACKS = 200;
const STACK_FILE = /^(Pulumi|Pins)\.(.+)\.yaml$/s;
const STACK_NAME = /^[A-Za-z0-9][\w.-]{0,99}$/;
const LONGEST_SHOWN = 200;
const PIECE = 64 * 1024;

/**
 * Copies the data of a checkout, `images/` and the stacks' files, to an empty folder. The checkout may hold anything: what is no
 * plain file is a fault, links are never followed, and nothing is written but below the folder.
 * @param checkout absolute path of the folder that holds Pulumi.yaml
 * @param into absolute path of a folder that exists and has neither images/ nor a stack's file
 * @returns every fault; where there is one, nothing was copied
 */
export function takeData(checkout: string, into: string): readonly DataFault[] {
  const stacks = stackFiles(checkout);
  const images = imagesOf(checkout);
  const files = [...stacks.files, ...images.files];
  const faults = [...stacks.faults, ...images.faults, ...sizeFaults(files)];
  if (faults.length > 0) return faults;
  const room = { bytes: MOST_BYTES };
  mkdirSync(join(into, "images"));
  for (const { path } of files) {
    const fault = copy(checkout, into, path, room);
    if (fault !== undefined) return [{ where: path, message: fault }];
  }
  return [];
}

interface Found {
  readonly files: readonly FoundFile[];
  readonly faults: readonly DataFault[];
}

function imagesOf(checkout: string): Found {
  const stats = lstatSync(join(checkout, "images"), { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) return walkData(checkout, "images");
  const message =
    stats === undefined
      ? "missing; the folder of the image families"
      : stats.isSymbolicLink()
        ? "is a symbolic link, which is not followed; put the folder itself there"
        : "is no folder; the image families are in it";
  return { files: [], faults: [{ where: "images", message }] };
}

/** `Pulumi.NAME.yaml` and `Pins.NAME.yaml`, and nothing else that lies beside: `Pulumi.yaml` says what runs. */
function stackFiles(checkout: string): Found {
  const files: FoundFile[] = [];
  const faults: DataFault[] = [];
  const names = new Map<string, string>();
  let entries = 0;
  for (const { name: bytes } of entriesOf(checkout)) {
    entries += 1;
    if (entries > MOST_TOP_ENTRIES || files.length + faults.length > MOST_STACKS) {
      const message = `more than ${MOST_STACKS} stacks' files or ${MOST_TOP_ENTRIES} entries`;
      faults.push({ where: "(checkout)", message });
      break;
    }
    const name = bytes.toString("utf8");
    const [, kind, stack] = STACK_FILE.exec(name) ?? [];
    if (kind === undefined || stack === undefined) continue;
    const fault = stackFault(checkout, { name, kind, stack }, names);
    if (fault !== undefined) {
      faults.push({ where: printable(name, LONGEST_SHOWN), message: fault });
      continue;
    }
    const { size } = lstatSync(join(checkout, name));
    names.set(name.toLowerCase(), name);
    files.push({ path: name, size });
  }
  return { files, faults };
}

function stackFault(
  checkout: string,
  { name, kind, stack }: { readonly name: string; readonly kind: string; readonly stack: string },
  names: ReadonlyMap<string, string>,
): string | undefined {
  if (!STACK_NAME.test(stack)) {
    return `is not called ${kind}.NAME.yaml, with a name of letters, digits and _ . -; rename it`;
  }
  const twin = names.get(name.toLowerCase());
  if (twin !== undefined) {
    return `differs from ${twin} by case alone, which some file systems take for one; rename one`;
  }
  const stats = lstatSync(join(checkout, name), { throwIfNoEntry: false });
  if (stats?.isFile() === true) return undefined;
  return stats?.isSymbolicLink() === true
    ? "is a symbolic link, which is not followed; put the file itself there"
    : "is no file; a stack's configuration is one";
}

function sizeFaults(files: readonly FoundFile[]): readonly DataFault[] {
  const faults = files.flatMap(({ path, size }) => {
    const most = mostOf(path);
    return size > most ? [{ where: path, message: tooLarge(size, most) }] : [];
  });
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes <= MOST_BYTES) return faults;
  return [...faults, { where: "(checkout)", message: tooLarge(bytes, MOST_BYTES) }];
}

function mostOf(path: string): number {
  return PARSED.test(path) ? LARGEST_TEXT : LARGEST_FILE;
}

function tooLarge(bytes: number, most: number): string {
  return `${bytes} bytes; at most ${most} are taken, for a preview is not where large files are tried`;
}

/**
 * Copies a file with its executable bit.
 * @param room that is left, which it takes from
 * @returns what keeps it from being copied: it may be another since it was looked at
 */
function copy(
  checkout: string,
  into: string,
  path: string,
  room: { bytes: number },
): string | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  // What became a link or a pipe meanwhile is neither followed nor waited for.
  const source = openSync(join(checkout, path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = fstatSync(source);
    if (!stats.isFile()) return "was replaced meanwhile; run this again";
    const to = join(into, path);
    mkdirSync(dirname(to), { recursive: true });
    const target = openSync(to, "wx", (stats.mode & 0o100) !== 0 ? 0o755 : 0o644);
    try {
      const piece = Buffer.allocUnsafe(PIECE);
      let left = Math.min(mostOf(path), room.bytes);
      for (;;) {
        const length = readSync(source, piece);
        if (length === 0) return undefined;
        left -= length;
        room.bytes -= length;
        if (left < 0) return "grew while it was read; run this again";
        for (let written = 0; written < length;) {
          written += writeSync(target, piece, written, length - written);
        }
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}
