/*
 * The process that reads the catalogue of a pull request's data: `node tree-process.ts ROOT STAND-INS`, the latter as JSON or
 * empty. Prints one TreeText.
 */
import { join } from "node:path";
import { readCatalog } from "../../catalog.ts";
import { contentKeys, type StandIns } from "../../context/content-keys.ts";
import { contentName } from "../../rules/names.ts";
import { UserError } from "../../rules/problems.ts";
import { imageLabel } from "../publishing/build-selection.ts";
import type { TreeImage, TreeText } from "./tree.ts";

const [root = "", given = ""] = process.argv.slice(2);
const standIns = given === "" ? undefined : (JSON.parse(given) as StandIns);

let text: TreeText;
try {
  text = { images: await treeImages() };
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  text = { failure: error.message };
}
process.stdout.write(JSON.stringify(text));

async function treeImages(): Promise<readonly TreeImage[]> {
  const catalog = await readCatalog(join(root, "images"));
  const families = await Promise.all(
    [...catalog.values()].map(async (family) => {
      const keys = await contentKeys(family, standIns);
      return family.images.map((image) => ({
        family,
        image,
        label: imageLabel(family, image),
        platforms: family.platforms,
        contentName: contentName(image.accelerator, keys.get(image.accelerator ?? "") ?? ""),
      }));
    }),
  );
  return families.flat();
}
