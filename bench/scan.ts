import { managedImages } from "../rules/pins/managed-images.ts";
import { scanText } from "../rules/pins/scan.ts";
import { median } from "./measure.ts";

const HEX = "0123456789abcdef".repeat(4);
const NAME = "ghcr.io/rocm/ci-image";
/** What a hostile file repeats: each once made some scanner's work grow faster than its text. */
const REPEATED: Readonly<Record<string, string>> = {
  "a pin a line": `${NAME}@sha256:${HEX}\n`,
  "pins on one line": `${NAME}@sha256:${HEX} `,
  "digests on one line": `sha256:${HEX} `,
  "names as a path": "ci-image/",
  hosts: "ghcr.io/",
  quotes: '"',
  "letters in quotes": 'a"',
  backslashes: "a\\",
  "lines that go on": "a\\\n",
  "comments after quotes": `${'a"#'.repeat(100)}\n`,
  "pieces of strings": 'a"+',
  "split names": '"ghcr.io/rocm/" "ci-" ',
  "open braces": "${",
  "interpolations before digests": `$A/$B:$C@sha256:${HEX} `,
  "interpolations without end": `${"$A".repeat(200)}/`.repeat(10) + `@sha256:${HEX} `,
  "names and digests": `ghcr.io/rocm/base ${NAME} sha256:${HEX} `,
  "digests of two names": `ghcr.io/rocm/base ${NAME} ${`sha256:${HEX} `.repeat(40)}`,
  "faulty digests": `${NAME}@sha256:${"g".repeat(64)} `,
  "interpolated names": "%A%/ci-image",
};
const [LESS, MORE] = [2_500_000, 5_000_000];
const TIMES = 5;

/** Scanning hostile files of 5 MB, beside half as much of the same: twice the text takes about twice the time. */
export function scanBenchmark(): string {
  const images = managedImages(
    {
      owner: "ROCm",
      families: ["ci-image", "base"].map((name) => ({
        ...{ name, accelerators: [], hosts: ["ghcr.io"], otherHosts: ["docker.io"] },
      })),
    },
    [],
  );
  const lines = Object.entries(REPEATED).map(([what, unit]) => {
    const [half, whole] = [LESS, MORE].map((length) => {
      const text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
      const times = Array.from({ length: TIMES }, () => {
        const start = performance.now();
        scanText({ path: "a.txt", text, encoding: "bytes" }, images);
        return (performance.now() - start) / 1000;
      });
      return median(times);
    });
    const ratio = (whole ?? 0) / (half ?? 1);
    return `  ${what.padEnd(29)} ${whole?.toFixed(2)} s   ratio ${ratio.toFixed(1)}`;
  });
  return [
    `scanning hostile files of ${MORE / 1e6} MB, and the ratio to half of that, median of ${TIMES}`,
    ...lines,
  ].join("\n");
}
