/*
 * The process that looks for candidates that a pull request's tree pins: `node pinned-process.ts ROOT MANAGED-IMAGES FAMILY`, the
 * second as JSON. Prints one PinnedText.
 */
import type { ManagedImages } from "../../rules/pins/managed-images.ts";
import { UserError } from "../../rules/problems.ts";
import { findPlaces } from "../pins/tree/find-places.ts";
import type { PinnedText } from "./pinned.ts";

const [root = "", managed = "", family = ""] = process.argv.slice(2);

let text: PinnedText;
try {
  const { places } = await findPlaces(root, JSON.parse(managed) as ManagedImages);
  const digests = places.flatMap(({ repository, digest }) =>
    repository?.candidate === true && repository.family === family ? (digest?.text ?? []) : [],
  );
  text = { digests: [...new Set(digests)] };
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  text = { failure: error.message };
}
process.stdout.write(JSON.stringify(text));
