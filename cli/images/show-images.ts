import writeFileAtomic from "write-file-atomic";
import { imageReference } from "../../reader/images.js";
import { type ImageList, imageListText, ONLY_IMAGE } from "../../rules/image-list.ts";
import { outputFile } from "../named-file.ts";
import { table } from "../print/table.ts";
import { readStack } from "../stack.ts";
import { stackOrOwn } from "../workflows/stack-of-run.ts";
import { publishedList } from "./published-list.ts";

export interface ImagesOptions {
  /** The stack of the workflow run, else `local`, without it. */
  readonly stack?: string;
  readonly channel?: string;
  /** File for the list, relative to the caller's folder. */
  readonly output?: string;
  readonly json: boolean;
}

/** Gets a channel's list of images, and prints it as a table or JSON or writes it to a file. */
export async function showImages({
  stack: given,
  channel,
  output,
  json,
}: ImagesOptions): Promise<void> {
  const file = output === undefined ? undefined : outputFile("--output", output);
  const { list, name } = await publishedList(await readStack(await stackOrOwn(given)), channel);
  const text = imageListText(list);
  if (file !== undefined) await writeFileAtomic(file, text);
  if (json) process.stdout.write(text);
  else if (file !== undefined) console.log(`${output ?? ""} has ${summary(list, name)}`);
  else console.log(imagesText(list, name));
}

/** The list for people: one line an image, with the reference that consumers get who ask for no registry. */
function imagesText(list: ImageList, name: string): string {
  const rows = imagesOf(list).map(({ family, accelerator, image }) => {
    const { platforms, commit, references, digest } = image;
    const isCarried = Object.keys(references).length > 0;
    return [
      accelerator === ONLY_IMAGE ? family : `${family}/${accelerator}`,
      commit.slice(0, 12),
      platforms.join(", "),
      isCarried ? imageReference(list, { family, accelerator }) : digest,
    ];
  });
  const heading = ["image", "commit", "platforms", "reference"];
  return `${summary(list, name)}\n\n${table([heading, ...rows])}`;
}

function summary(list: ImageList, name: string): string {
  const count = imagesOf(list).length;
  return `${count} image${count === 1 ? "" : "s"} of ${list.repository}, channel ${list.channel}, at ${list.commit} (${name})`;
}

function imagesOf({ families }: ImageList) {
  return Object.entries(families).flatMap(([family, { images }]) =>
    Object.entries(images).map(([accelerator, image]) => ({ family, accelerator, image })),
  );
}
