import { isLoginFault } from "../../oci/faults.ts";
import { Registries } from "../../oci/registries.ts";
import type { ImageList } from "../../rules/image-list.ts";
import { UserError } from "../../rules/problems.ts";
import { loadProject } from "../../engine/project.ts";
import type { EngineName } from "../engine-choice.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { readStack } from "../stack.ts";
import { Checkout } from "./checkout.ts";
import { type ImageListTag, openImageListTag } from "./image-list-tag.ts";

/** What tells which of two commits is older. */
export type History = Pick<Checkout, "isOlder">;

/** A run of `up`, held against what its channel was published for. */
export class CommitGuard {
  readonly #history: History;
  readonly #tag: Pick<ImageListTag, "name" | "read">;
  readonly #stack: string;
  readonly #commit: string;
  /** The commit of the list at the first look. */
  #before: string | undefined;

  constructor(
    history: History,
    tag: Pick<ImageListTag, "name" | "read">,
    run: { readonly stack: string; readonly commit: string },
  ) {
    this.#history = history;
    this.#tag = tag;
    this.#stack = run.stack;
    this.#commit = run.commit;
  }

  /**
   * The guard of a stack; undefined where nothing tells: no git, or no registry with names that move.
   * @param commit the checked-out one without it
   */
  static async open(
    stackName: string,
    engine: EngineName,
    commit?: string,
  ): Promise<CommitGuard | undefined> {
    const checkout = await Checkout.open(PROJECT_ROOT);
    if (checkout === undefined) return undefined;
    const { config } = await loadProject(PROJECT_ROOT, stackName);
    // The embedded engine refuses a stack of the world, and says why.
    if (engine === "embedded" && config["slipway:local"] !== "true") return undefined;
    const tag = await openImageListTag(await readStack(stackName), new Registries());
    const run = { stack: stackName, commit: commit ?? checkout.head };
    return tag && new CommitGuard(checkout, tag, run);
  }

  /**
   * Why the run has to do nothing, in one line: the channel was published for a later commit already, and a run that comes
   * late must not take its names back. Undefined when it may go on.
   * @throws UserError when history that would tell is not in this clone, or the list cannot be read
   */
  async older(): Promise<string | undefined> {
    const published = await this.#read();
    this.#before = published?.commit;
    const older = await whyOlder(this.#history, this.#commit, published);
    return older && `${older}; if that is meant: slipway up --stack ${this.#stack} --even-if-older`;
  }

  /**
   * What went wrong after a run that {@link older} let go on: registries cannot write on condition, so that a later run
   * that ended meanwhile may have had its names taken back. Undefined when the channel was published for no later commit.
   */
  async overtaken(): Promise<string | undefined> {
    const here = `slipway up --stack ${this.#stack}`;
    try {
      const published = await this.#read();
      if (published === undefined || published.commit === this.#before) return undefined;
      const { channel, commit: later } = published;
      if (!(await this.#history.isOlder(this.#commit, later))) return undefined;
      return (
        `channel ${channel} was published for the later commit ${later} while this ran for ${this.#commit}, ` +
        `so that names may lead back to this commit's images; put them right from the later one: git checkout ${later} && ${here}`
      );
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return `nothing tells whether the channel was published for a later commit while this ran for ${this.#commit}: ${error.message}; if it was, run ${here} from that commit again`;
    }
  }

  async #read(): Promise<ImageList | undefined> {
    try {
      return await this.#tag.read();
    } catch (error) {
      if (!isLoginFault(error)) throw error;
      throw new UserError(
        `${error.message}. slipway up looks up in ${this.#tag.name} what the channel was published for, with this machine's login and not with that of the stack's configuration`,
        { cause: error },
      );
    }
  }
}

/** Why a run for a commit does nothing, in one line; undefined when it is not older than what a list was published for. */
export async function whyOlder(
  history: History | undefined,
  commit: string,
  published: ImageList | undefined,
): Promise<string | undefined> {
  if (history === undefined || published === undefined) return undefined;
  if (!(await history.isOlder(commit, published.commit))) return undefined;
  return `commit ${commit} is older than ${published.commit}, for which channel ${published.channel} was published: nothing is done`;
}
