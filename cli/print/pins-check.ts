import {
  type FindingKind,
  isFault,
  type NewerImage,
  type PinFinding,
  shortDigest,
} from "../../rules/pins/finding-kind.ts";
import type { ManagedImages } from "../../rules/pins/managed-images.ts";
import type { Place } from "../../rules/pins/place.ts";
import { printable } from "../../rules/printable.ts";
import { forLog } from "./for-log.ts";
import { table } from "./table.ts";
import { wrapped } from "./wrapped.ts";

/** What was looked at, and what was found. */
export interface PinsCheckReport {
  readonly places: readonly Place[];
  readonly findings: readonly PinFinding[];
  /** Images that are published anew. */
  readonly newer: readonly NewerImage[];
  readonly managed: ManagedImages;
  /** Name of the stack whose images are meant. */
  readonly stack: string;
  /** How many files were read. */
  readonly files: number;
  /** Paths of files that were not read since they are too large. */
  readonly large: readonly string[];
  /** Of the registries that were asked. */
  readonly hosts: readonly string[];
  readonly offline: boolean;
}

/** Characters of what others wrote that are shown. */
const LONGEST = 1000;

/** The findings for people, image by image, each with its places and what to do; at the end what was looked at. */
export function pinsCheckText(report: PinsCheckReport): string {
  const faults = report.findings.filter(isFault);
  const groups = [...Map.groupBy(faults, ({ place }) => imageOf(place))].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const text = [
    ...groups.map(([image, findings]) => [image, ...imageLines(findings)].join("\n")),
    [...notes(report), ...wrapped(summary(report, faults), "", "  ")].join("\n"),
  ].join("\n\n");
  return process.env["GITHUB_ACTIONS"] === "true" ? forLog(text) : text;
}

/**
 * The same for machines: an object for each place, in the order of the tree, with the word of its finding or null; a place with
 * several findings has an object for each.
 */
export function pinsCheckJson(places: readonly Place[], findings: readonly PinFinding[]): string {
  const found = Map.groupBy(findings, ({ place }) => place);
  const rows = places.flatMap((place) => {
    const kinds: (FindingKind | null)[] = (found.get(place) ?? []).map(({ kind }) => kind);
    return (kinds.length === 0 ? [null] : kinds).map((finding) => ({
      file: place.file,
      line: place.line,
      column: place.column,
      image: place.image ?? null,
      digest: place.digest?.text ?? null,
      tag: place.tag?.text ?? null,
      finding,
    }));
  });
  return JSON.stringify(rows, undefined, 2);
}

/** What is the same at several places is said once, above them. */
function imageLines(findings: readonly PinFinding[]): readonly string[] {
  const same = Map.groupBy(findings, ({ kind, message, command, remedy }) =>
    JSON.stringify([kind, message, command, remedy]),
  );
  return [...same.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const { kind, message, command, remedy } = first;
    const rows = own.map(({ place }) => [whereText(place), pinText(place)]);
    return [
      ...wrapped(`${kind}: ${shown(message)}`, "  ", "    "),
      ...table(rows)
        .split("\n")
        .map((line) => `    ${line}`),
      // In one line, however long: people copy it.
      ...(command === undefined ? [] : [`    -> ${shown(command)}`]),
      ...(remedy === undefined
        ? []
        : wrapped(shown(remedy), command === undefined ? "    -> " : "       ", "       ")),
    ];
  });
}

/** What nobody must act on. */
function notes({ findings, newer, large, offline }: PinsCheckReport): readonly string[] {
  const unchecked = findings.filter(({ kind }) => kind === "unchecked");
  const reasons = offline ? [] : [...Map.groupBy(unchecked, ({ message }) => message)];
  const told = reasons.map(([reason, own]) => {
    const digests = new Set(own.map(({ place }) => place.digest?.text)).size;
    return `not checked: ${count(digests, "digest")} at ${count(own.length, "place")}: ${shown(reason)}`;
  });
  const skipped = large.map((path) => `not read, since it is larger than 16 MiB: ${shown(path)}`);
  return [
    ...newer.map(newerLine),
    ...[...told, ...skipped].flatMap((note) => wrapped(`note: ${note}`, "", "  ")),
  ];
}

/** In one line, however long: it ends with a command. */
function newerLine({ image, digest, channel, command }: NewerImage): string {
  const where = channel === undefined ? "" : ` (channel ${shown(channel)})`;
  return `note: ${shown(image)}: a newer one is published, ${shortDigest(digest)}${where}: ${shown(command)}`;
}

function summary(report: PinsCheckReport, faults: readonly PinFinding[]): string {
  const { places, findings, newer, files, hosts, offline } = report;
  if (places.length === 0) {
    return `${noPinText(report)}; read ${count(files, "file")} that may have some`;
  }
  const digests = new Set(places.flatMap(({ digest }) => digest?.text ?? [])).size;
  const images = new Set(places.map(imageOf)).size;
  const asked = offline ? "no registry (--offline)" : hosts.join(", ") || "no registry";
  const looked = [
    ...[count(images, "image"), count(digests, "digest"), `read ${count(files, "file")}`],
    `asked ${asked}`,
  ].join(", ");
  const unchecked = findings.filter(({ kind }) => kind === "unchecked").length;
  const rest = unchecked === 0 ? "" : `, ${unchecked} not checked`;
  const all = count(places.length, "place");
  if (faults.length > 0) {
    const at = new Set(faults.map(({ place }) => place)).size;
    return `${count(faults.length, "finding")} at ${at} of ${all}${rest}; ${looked}`;
  }
  const isDone = unchecked === 0 && newer.length === 0;
  return `${isDone ? "nothing to do" : "no finding"}: ${all}${rest}, ${looked}`;
}

/** That a tree has no pin, and of what it might have some. */
export function noPinText({ stack, managed }: Pick<PinsCheckReport, "stack" | "managed">): string {
  const own = managed.repositories;
  const families = [...new Set(own.flatMap(({ family }) => family ?? []))];
  const hosts = [...new Set(own.filter(({ family }) => family !== undefined).map(hostOf))];
  const listed = own.flatMap(({ family, host, path }) =>
    family === undefined ? [`${host}/${path}`] : [],
  );
  const looked = [
    ...(families.length === 0 ? [] : [`${families.join(", ")} on ${hosts.join(", ")}`]),
    ...listed,
  ];
  return `no pin found of the images of stack ${stack}; looked for ${shown(looked.join("; "))}`;
}

function hostOf({ host }: { readonly host: string }): string {
  return host;
}

function imageOf({ image, repository }: Place): string {
  if (image !== undefined) return image;
  if (repository === undefined) return "(an image that nobody knows)";
  if (repository.published === false) return `${repository.family} on ${repository.host}`;
  return `${repository.family ?? `${repository.host}/${repository.path}`} (which of its images is not known)`;
}

function whereText({ file, line, column }: Place): string {
  return `${shown(file)}:${line}:${column}`;
}

function pinText({ tag, digest, malformed }: Place): string {
  const name = tag === undefined ? "" : printable(tag.text, 60);
  if (malformed !== undefined) return `${name}@${printable(malformed, 80)}`;
  if (digest === undefined) return `:${name}`;
  return `${name === "" ? "" : `${name}@`}${shortDigest(digest.text)}`;
}

function shown(text: string): string {
  return printable(text, LONGEST);
}

function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}
