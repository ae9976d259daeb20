/** Bytes of each unit: powers of 1000, and with an i powers of 1024. @see https://physics.nist.gov/cuu/Units/binary.html */
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  ...{ kB: 1000, KB: 1000, MB: 1000 ** 2, GB: 1000 ** 3, TB: 1000 ** 4 },
  ...{ KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 },
};
const SIZE = /^(?<count>[0-9]{1,16}(?:\.[0-9]{1,6})?)(?<unit>[kKMGT]?i?B)?$/;

/** What sizes are written like, for errors and help texts. */
export const BYTE_SIZE_EXAMPLES = "10GiB, 500MB, or a number of bytes";

/** The bytes of a size: `10GiB`, `1.5TB`, `500MB`, `1048576`; undefined when the text is none, or too many to count exactly. */
export function parseByteSize(text: string): number | undefined {
  const { count = "", unit = "B" } = SIZE.exec(text)?.groups ?? {};
  const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  if (count === "" || factor === undefined) return undefined;
  const bytes = Math.round(Number(count) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

const SHOWN = ["B", "kB", "MB", "GB", "TB", "PB"];

/** A size for people, in powers of 1000 as engines and registries show sizes: `0 B`, `999 B`, `1.5 GB`. */
export function formatBytes(bytes: number): string {
  let power = 0;
  let value = bytes;
  // What would be shown as 1000.0 of a unit is 1.0 of the next.
  while (value >= (power === 0 ? 1000 : 999.95) && power < SHOWN.length - 1) {
    value /= 1000;
    power += 1;
  }
  return `${power === 0 ? value : value.toFixed(1)} ${SHOWN[power] ?? ""}`;
}
