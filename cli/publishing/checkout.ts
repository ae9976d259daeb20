import { git, type GitAnswer } from "../../context/git.ts";
import { COMMIT } from "../../rules/image-list.ts";
import { UserError } from "../../rules/problems.ts";

/** What git knows of a project's folder. It is only read, no network is asked and nothing of the repository is run. */
export class Checkout {
  readonly #folder: string;
  /** The whole name of the commit that is checked out. */
  readonly head: string;
  /** Whether history was cut off when the repository was cloned. */
  readonly #shallow: boolean;

  private constructor(folder: string, head: string, shallow: boolean) {
    this.#folder = folder;
    this.head = head;
    this.#shallow = shallow;
  }

  /**
   * Undefined without git, and where the folder is in no work tree, or only lies in one that does not track it.
   * @throws UserError when git refuses to look, e.g. at a folder of another user
   */
  static async open(folder: string): Promise<Checkout | undefined> {
    const [head, tracked] = await Promise.all([
      git(folder, ["rev-parse", "--is-shallow-repository", "HEAD"]),
      git(folder, ["ls-files", "--error-unmatch", "--", "Pulumi.yaml"]),
    ]);
    const absent = /not a git repository|ambiguous argument 'HEAD'|must be run in a work tree/;
    if (head.missing || absent.test(head.stderr) || tracked.exitCode === 1) return undefined;
    for (const { exitCode, stderr } of [head, tracked]) {
      if (exitCode !== 0) throw new UserError(`git in ${folder}: ${stderr}`);
    }
    const [shallow = "", commit = ""] = head.stdout.split("\n");
    return new Checkout(folder, commit, shallow === "true");
  }

  /** The commit that a tag stands for in this clone; undefined where there is no such tag. */
  async commitOfTag(ref: string): Promise<string | undefined> {
    const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
    const { exitCode, stdout } = await this.#ask(args, [0, 1, 128]);
    return exitCode === 0 ? stdout.trim() : undefined;
  }

  /** Paths below some folders of the project that are not as they were committed, new files included. */
  async changes(...folders: readonly string[]): Promise<readonly string[]> {
    const { stdout } = await this.#ask(
      ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", ...folders],
      [0],
    );
    return stdout.split("\0").flatMap((line) => line.slice(3) || []);
  }

  /**
   * Whether a commit is an ancestor of the one that was published, and not that one itself. History that went apart, after
   * a force push, makes neither older.
   * @throws UserError with the command to run when history that would tell is not in this clone
   */
  async isOlder(commit: string, published: string): Promise<boolean> {
    if (commit === published) return false;
    await this.#require(commit, "the commit of this run");
    await this.#require(published, "the commit that was published last");
    if (await this.#isAncestor(commit, published)) return true;
    if (!this.#shallow || (await this.#isAncestor(published, commit))) return false;
    throw new UserError(
      `this clone is shallow and does not tell whether ${commit} is older than ${published}, which was published last; ` +
        "fetch the history: git fetch --unshallow origin",
    );
  }

  async #require(commit: string, what: string): Promise<void> {
    if (!COMMIT.test(commit)) {
      throw new UserError(
        `${JSON.stringify(commit)} is not a whole commit; write the 40 hex digits of git rev-parse HEAD`,
      );
    }
    const { exitCode } = await this.#ask(["cat-file", "-e", `${commit}^{commit}`], [0, 1, 128]);
    if (exitCode === 0) return;
    const fetch = this.#shallow
      ? `git fetch --unshallow origin && git fetch origin ${commit}`
      : `git fetch origin ${commit}`;
    throw new UserError(
      `${what}, ${commit}, is not in this clone, so nothing tells which is older; fetch it: ${fetch}`,
    );
  }

  async #isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    const args = ["merge-base", "--is-ancestor", ancestor, descendant];
    return (await this.#ask(args, [0, 1])).exitCode === 0;
  }

  async #ask(args: readonly string[], expected: readonly number[]): Promise<GitAnswer> {
    const answer = await git(this.#folder, args);
    if (expected.includes(answer.exitCode)) return answer;
    throw new UserError(`git ${args[0] ?? ""} in ${this.#folder}: ${answer.stderr}`);
  }
}
