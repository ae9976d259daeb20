import { dateComment } from "./date-comment.ts";
import { readHold, saysHold } from "./hold.ts";
import { imageOf, imagesText } from "./image-of.ts";
import type { JoinedText } from "./joints.ts";
import type { ManagedRepository } from "./managed-images.ts";
import type { Hold, Part, Place } from "./place.ts";
import type { Found } from "./scan-found.ts";
import { Lines } from "./scan-lines.ts";
import { type Located, type Nearby, NearbyNames } from "./scan-nearby.ts";
import type { Range } from "./scan-rest.ts";
import { readable, type TextFile } from "./text-file.ts";

/** Characters of a long line before and after a place that are looked at for what is said about it. */
const AROUND = 500;
const ALGORITHM = "sha256:";
/** Of a digest alone, until the whole tree is known: see attribution.ts. */
const NO_NAME = "no name of an image stands beside it";
const WHICH_IMAGE = "nothing says which of the family's images it is";

/** Why nobody knows the image of a digest. */
function unattributedTo(
  repository: ManagedRepository | undefined,
  possible: readonly string[] | undefined,
): string {
  if (possible !== undefined) {
    return `it may be of ${imagesText(possible)}: their names stand beside it`;
  }
  if (repository === undefined) return NO_NAME;
  const { family, host, published = true } = repository;
  return published ? WHICH_IMAGE : `${family ?? ""} is not published on ${host}`;
}

/** Makes places of what is found in a file: with their lines, and with what is said beside them. */
export class ScannedFile {
  readonly #file: TextFile;
  readonly #joined: JoinedText;
  readonly #lines: Lines;
  readonly #hasHolds: boolean;

  constructor(file: TextFile, joined: JoinedText) {
    this.#file = file;
    this.#joined = joined;
    this.#lines = new Lines(file);
    this.#hasHolds = saysHold(file.text);
  }

  /** @param found in the order of the text */
  places(found: readonly Found[]): readonly Place[] {
    const located = found.map((one) => this.#located(one));
    const near = new NearbyNames(located, this.#joined.text).all((index) => {
      const raw = this.#joined.rawIndex(index);
      return this.#partOfLine(this.#lines.lineOf(raw), raw);
    });
    const pins = located.filter(({ kind }) => kind !== "mention");
    return pins.map((one, index) =>
      this.#place(one, near.get(one), pins[index - 1], pins[index + 1]),
    );
  }

  #located(found: Found): Located {
    const first = this.#joined.rawIndex(found.start);
    const last = this.#joined.rawIndex(found.end - 1);
    return {
      ...found,
      firstLine: this.#lines.lineOf(first),
      lastLine: this.#lines.lineOf(last),
    };
  }

  #place(
    one: Located,
    near: Nearby | undefined,
    before: Located | undefined,
    after: Located | undefined,
  ): Place {
    const { kind, start, end, name, hex } = one;
    const tag = one.tag && this.#part(one.tag, "");
    const digest = hex && this.#part(hex, ALGORITHM);
    const repository = near && "repository" in near ? near.repository : one.repository;
    const possible = near && "possible" in near ? near.possible : undefined;
    const image = repository && imageOf(repository, tag?.text);
    const unattributed = unattributedTo(repository, possible);
    const malformed = one.malformed && this.#text(one.malformed);
    const date = hex && this.#date(one, hex, after);
    const hold = this.#hold(one, before);
    return {
      file: this.#file.path,
      ...this.#lines.positionOf(this.#joined.rawIndex(start)),
      kind: kind === "reference" ? kind : "digest",
      ...(repository && { repository }),
      written: this.#written({ start, end }),
      ...(image === undefined ? { unattributed } : { image }),
      repositorySpans: name ? this.#joined.spans(name.start, name.end) : [],
      ...(tag && { tag }),
      ...(digest && { digest }),
      ...(malformed !== undefined && { malformed }),
      ...(date && { date }),
      ...(hold && { hold }),
      ...(possible && { possible }),
    };
  }

  #part(range: Range, before: string): Part {
    return {
      text: before + this.#text(range),
      spans: this.#joined.spans(range.start, range.end),
    };
  }

  #text({ start, end }: Range): string {
    return readable(this.#joined.text.slice(start, end), this.#file.encoding);
  }

  #written({ start, end }: Range): string {
    const pieces = this.#joined
      .spans(start, end)
      .map((span) => this.#file.text.slice(span.start, span.end));
    return readable(pieces.join(""), this.#file.encoding);
  }

  /** The date that a comment gives a digest, before whatever else is found on its line. */
  #date(one: Located, hex: Range, after: Located | undefined): Place["date"] {
    const from = this.#joined.rawIndex(hex.end - 1) + 1;
    const line = this.#lines.span(one.lastLine);
    const to = after?.firstLine === one.lastLine ? this.#joined.rawIndex(after.start) : line.end;
    const date = dateComment(this.#file.text, from, to);
    return date && { ...date, text: readable(date.text, this.#file.encoding) };
  }

  /** The hold on a place's lines, or on the line before it that has no place of its own. */
  #hold(one: Located, before: Located | undefined): Hold | undefined {
    if (!this.#hasHolds) return undefined;
    const start = this.#joined.rawIndex(one.start);
    const end = this.#joined.rawIndex(one.end - 1);
    const first = before?.lastLine === one.firstLine - 1 ? one.firstLine : one.firstLine - 1;
    for (let line = one.lastLine; line >= Math.max(1, first); line--) {
      const part = this.#partOfLine(line, line === one.lastLine ? end : start);
      const hold = readHold(readable(part, this.#file.encoding));
      if (hold !== undefined) return hold;
    }
    return undefined;
  }

  /** A line, or of a long one what stands around an index that is in it, else its beginning. */
  #partOfLine(line: number, index: number): string {
    const { start, end } = this.#lines.span(line);
    const center = index >= start && index < end ? index : start;
    return this.#file.text.slice(Math.max(start, center - AROUND), Math.min(end, center + AROUND));
  }
}
