/*
 * The process that moves the pins of a pull request's tree: `node moved-pins-process.ts ROOT REQUEST`, the latter a file with a
 * MovedPinsRequest. Writes no file; prints one MovedPinsText.
 */
import { readFile } from "node:fs/promises";
import { attribute } from "../../../rules/pins/attribution.ts";
import { managedImages } from "../../../rules/pins/managed-images.ts";
import { UserError } from "../../../rules/problems.ts";
import { planMoves } from "../bump/plan.ts";
import type { DigestFacts, DigestReference } from "../digest-facts.ts";
import { fromLists } from "../known-images.ts";
import { findPlaces } from "../tree/find-places.ts";
import { pinsFileOf } from "../tree/pins-file.ts";
import type { MovedPinsRequest, MovedPinsText } from "./moved-pins.ts";

const [root = "", path = ""] = process.argv.slice(2);
const request = JSON.parse(await readFile(path, "utf8")) as MovedPinsRequest;

let text: MovedPinsText;
try {
  text = await moved();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  text = { failure: error.message };
}
process.stdout.write(JSON.stringify(text));

async function moved(): Promise<MovedPinsText> {
  const { published, targets, digests, today } = request;
  const { images } = await pinsFileOf(root);
  const managed = managedImages(published, images);
  const found = await findPlaces(root, managed);
  // What a name nearby tells alone nobody confirms here: no registry is asked.
  const places = attribute(found.places, new Map(digests)).filter((one) => !("nearby" in one));
  const sources = { root, managed, places, known: fromLists([]), facts: factsOf, today };
  const plan = await planMoves(sources, new Map(targets.map((one) => [one.image, one])));
  return {
    files: plan.files.map(({ path: of, before, after }) => ({
      ...{ path: of, before: before.toString("base64"), after: after.toString("base64") },
    })),
    moved: plan.moves.map(({ image }) => image),
    left: plan.left.map(({ place: { file, line }, why }) => `${file}:${line}: ${why}`),
  };
}

/** A candidate is signed once all places of its family's candidates have it. */
async function factsOf({ host, path: at, digest }: DigestReference): Promise<DigestFacts> {
  const target = request.targets.find((one) => {
    return one.digest === digest && one.candidatePlaces.includes(`${host}/${at}`);
  });
  if (target === undefined) return { state: "missing", detail: "no candidate is published there" };
  const { created } = target;
  return { state: "there", platforms: [], size: 0, ...(created !== undefined && { created }) };
}
