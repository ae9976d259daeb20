import { forLog, warningLine } from "../../print/for-log.ts";
import { table } from "../../print/table.ts";
import { promote, type Promotion } from "./promote.ts";
import type { ImageOutcome } from "./promote-image.ts";

export interface PinsPromoteOptions {
  readonly stack: string;
  readonly commit?: string;
  readonly json: boolean;
}

/**
 * Takes candidates over and tells image by image what was done. Returns the exit code: 1 when an image has its name on some
 * registries alone. What is rebuilt is a warning, since the run must go on and bring the pins to what is built.
 */
export async function runPinsPromote({ stack, commit, json }: PinsPromoteOptions): Promise<number> {
  const say = json ? () => undefined : (line: string) => console.log(line);
  const promotion = await promote(stack, commit, say);
  if (json) console.log(JSON.stringify(promotionJson(promotion), undefined, 2));
  // What is told of a candidate was written by whoever made it.
  else console.log(forLog([...promotionLines(promotion)].join("\n")));
  if (!json && process.env["GITHUB_ACTIONS"] === "true") {
    for (const warning of warnings(promotion)) console.log(warningLine(warning));
  }
  return promotion.images.some(({ state }) => state === "failed") ? 1 : 0;
}

/** What `--json` prints. */
function promotionJson({ stack, commit, pullRequest, reason, images }: Promotion): object {
  return {
    ...{ stack, commit, pullRequest: pullRequest ?? null, reason: reason ?? null },
    images: images.map(({ label, contentName, state, digest, reasons }) => ({
      ...{ image: label, contentName, state, digest: digest ?? null, reasons },
    })),
  };
}

const WORDS: Readonly<Record<ImageOutcome["state"], string>> = {
  there: "has its content",
  promoted: "promoted",
  built: "to be built",
  unknown: "to be built, since somebody did not answer",
  failed: "named on some registries alone",
};

/** What follows where nothing is taken over. */
const FOLLOWS = "images are built anew, and pins follow in a pull request";

/** What somebody who waits for a candidate should see on the run's page; nothing where nobody made one. */
export function* warnings(promotion: Promotion): Generator<string> {
  const { pullRequest, reason, pinsCandidates, images } = promotion;
  const isUnknown = images.some(({ state }) => state === "unknown");
  if (reason !== undefined && (pullRequest !== undefined || pinsCandidates === true || isUnknown)) {
    yield `${FOLLOWS}: ${reason}`;
  }
  for (const { label, state, reasons, expires } of images) {
    if ((state === "there" && expires !== true) || reasons.length === 0) continue;
    yield `${label}: ${WORDS[state]}: ${reasons.join("; ")}`;
  }
}

/** What is told of a promotion, line by line. */
export function* promotionLines({ reason, images }: Promotion): Generator<string> {
  yield table(
    images.map(({ label, state, digest }) => [
      ...["", label, WORDS[state], digest?.slice(0, "sha256:".length + 12) ?? ""],
    ]),
  );
  for (const { label, reasons } of images) {
    for (const one of reasons) yield `! ${label}: ${one}`;
  }
  if (reason !== undefined) yield `nothing was taken over, ${FOLLOWS}: ${reason}`;
}
