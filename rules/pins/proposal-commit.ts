/** A commit, as far as it tells whose it is. */
export interface ToldCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
}

/** An image that a proposal moves. */
export interface ProposedImage {
  readonly image: string;
  /** `sha256:...` */
  readonly digest: string;
  /** That the image was published for; undefined where no list tells. */
  readonly commit?: string;
}

const OWN = /^Slipway-Tree: (?<tree>[0-9a-f]{40}) on (?<parent>[0-9a-f]{40})$/m;
const IMAGE =
  /^Slipway-Image: (?<image>\S+) (?<digest>sha256:[0-9a-f]{64}) (?<commit>[0-9a-f]{40,64})$/gm;

/**
 * The message of a proposal's commit. It names its own tree and parent, so that what anybody changes in it afterwards is told
 * from what Slipway wrote, and each image's commit, which the next proposal compares with.
 */
export function proposalMessage(
  title: string,
  images: readonly ProposedImage[],
  { tree, parent }: { readonly tree: string; readonly parent: string },
): string {
  const moved = images.map(({ image, digest }) => `- ${image}: ${digest}`);
  const told = images.flatMap(({ image, digest, commit }) =>
    commit === undefined ? [] : [`Slipway-Image: ${image} ${digest} ${commit}`],
  );
  return [title, "", ...moved, "", ...told, `Slipway-Tree: ${tree} on ${parent}`].join("\n");
}

/** Whether a commit is a proposal's, with nothing changed since. */
export function isOwnCommit({ tree, parents, message }: ToldCommit): boolean {
  const told = OWN.exec(message)?.groups;
  return told?.["tree"] === tree && parents.length === 1 && told["parent"] === parents[0];
}

/** The commit that an image was published for, by a message that names it; undefined where it does not. */
export function commitOfImage(
  message: string,
  { image, digest }: Pick<ProposedImage, "image" | "digest">,
): string | undefined {
  return [...message.matchAll(IMAGE)].find(
    ({ groups }) => groups?.["image"] === image && groups["digest"] === digest,
  )?.groups?.["commit"];
}

/** What {@link commitOfImage} looks for: to be searched in a history. */
export function imageLine({ image, digest }: Pick<ProposedImage, "image" | "digest">): string {
  return `Slipway-Image: ${image} ${digest} `;
}
