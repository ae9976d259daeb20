/*
 * Values that must show nowhere, and the search for them in whatever form they could show: as they are, and in base64,
 * hex, URLs and JSON.
 */
import { randomBytes } from "node:crypto";

/** A secret by the name of the input that it was given by. */
export interface Marker {
  readonly name: string;
  /** What the input was given. */
  readonly value: string;
}

/** Characters that JSON, URLs and shells write in another way; then a part that all of those leave alone. */
export function marker(name: string): Marker {
  return { name, value: `${name}/"é' +%&=\\$-${randomBytes(12).toString("hex")}` };
}

/** Shortest part of a secret that is looked for: no word of a program is that long by chance. */
const SHORTEST = 12;

/** Looks for markers. */
export class MarkerSearch {
  /** Forms in lower case for hex alone; all others tell letters apart. */
  readonly #needles: readonly {
    readonly name: string;
    readonly form: string;
    readonly bytes: Buffer;
  }[];

  constructor(markers: readonly Marker[]) {
    this.#needles = markers.flatMap(({ name, value }) => {
      const core = coreOf(value);
      const forms: readonly (readonly [string, string])[] = [
        ["in clear", core],
        ...[0, 1, 2].map((shift) => ["in base64", insideBase64(core, shift)] as const),
        ["in hex", Buffer.from(core).toString("hex")],
        ["in hex", Buffer.from(core).toString("hex").toUpperCase()],
      ];
      return forms.map(([form, text]) => ({ name, form, bytes: Buffer.from(text) }));
    });
  }

  /** The names and forms of the markers in some bytes, each once. */
  in(bytes: Buffer | string): readonly string[] {
    const buffer = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    const found = this.#needles.filter((needle) => buffer.includes(needle.bytes));
    return [...new Set(found.map(({ name, form }) => `${name} ${form}`))];
  }
}

/** The longest part that JSON, URLs, shells and HTML write as it is. */
function coreOf(value: string): string {
  const parts = value.split(/[^A-Za-z0-9_-]+/).sort((a, b) => b.length - a.length);
  const [core = ""] = parts;
  if (core.length < SHORTEST) throw new Error("a secret that nobody could search for");
  return core;
}

/**
 * What base64 makes of a text in the middle of another one, without the letters that its neighbours decide.
 * @param shift bytes before it, modulo 3
 */
function insideBase64(text: string, shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]).toString("base64url");
  const first = Math.ceil((shift * 8) / 6);
  const whole = Math.floor(((shift + text.length) * 8) / 6);
  return encoded.slice(first, whole);
}
