/*
 * A copy of the project whose files a test may change, with a folder for an instance of the local cloud. Installed
 * packages and built tools are the checkout's own, by symbolic links. Both folders are removed when the process of the
 * tests ends, however it ends.
 */
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { execa } from "execa";
import { removeCloud } from "../../../local/remove.ts";
import { cloudFolder } from "../../support/cloud.ts";

const CHECKOUT = join(import.meta.dirname, "../../..");
const LEFT_OUT = new Set(["node_modules", ".git", ".slipway", "coverage"]);

/** How a command of `slipway` ended. */
export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class ProjectCopy {
  /** Absolute path of the copy. */
  readonly root: string;
  /** Absolute path of the folder for an instance. */
  readonly home: string;

  private constructor(root: string, home: string) {
    this.root = root;
    this.home = home;
  }

  static async make(): Promise<ProjectCopy> {
    // In this order: the instance's services run from the copy.
    const home = await cloudFolder();
    const root = await cloudFolder();
    await cp(CHECKOUT, root, {
      recursive: true,
      filter: (path) => !LEFT_OUT.has(relative(CHECKOUT, path)),
    });
    const tools = join(CHECKOUT, ".slipway/tools");
    await mkdir(tools, { recursive: true });
    await mkdir(join(root, ".slipway"));
    await symlink(tools, join(root, ".slipway/tools"));
    await symlink(join(CHECKOUT, "node_modules"), join(root, "node_modules"));
    await mkdir(join(home, "tmp"));
    return new ProjectCopy(root, home);
  }

  /** A process of `slipway`, on the instance's folder. */
  spawn(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}) {
    return execa(process.execPath, [join(this.root, "cli/main.ts"), ...args], {
      cwd: this.root,
      env: {
        SLIPWAY_HOME: this.home,
        // What a killed run leaves goes with the instance.
        TMPDIR: join(this.home, "tmp"),
        NO_COLOR: "1",
        FORCE_COLOR: undefined,
        // The run of the tests is none of a stack.
        GITHUB_ACTIONS: undefined,
        ...env,
      },
      stdin: "ignore",
      reject: false,
      timeout: 10 * 60_000,
    });
  }

  /** Runs `slipway` to its end. */
  async slipway(
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>> = {},
  ): Promise<CliResult> {
    const { exitCode, stdout, stderr, message } = await this.spawn(args, env);
    if (exitCode === undefined) throw new Error(message);
    return { exitCode, stdout, stderr };
  }

  /** Runs git in the copy, as somebody whose settings are none. Returns what it prints. */
  async git(...args: readonly string[]): Promise<string> {
    const settings = ["user.name=Test", "user.email=test@localhost", "commit.gpgsign=false"];
    const given = settings.flatMap((setting) => ["-c", setting]);
    const { stdout } = await execa("git", [...given, ...args], { cwd: this.root });
    return stdout;
  }

  /** Commits all that changed, or nothing. Returns the commit. */
  async commit(message: string): Promise<string> {
    await this.git("add", "-A");
    await this.git("commit", "-q", "--allow-empty", "-m", message);
    return this.git("rev-parse", "HEAD");
  }

  /** Changes a file of the copy by its path in it. Returns what puts the file back. */
  async edit(path: string, change: (text: string) => string): Promise<() => Promise<void>> {
    const file = join(this.root, path);
    const text = await readFile(file, "utf8");
    const changed = change(text);
    if (changed === text) throw new Error(`the edit of ${path} changed nothing`);
    await writeFile(file, changed);
    return () => writeFile(file, text);
  }

  /** Stops the instance's services and removes both folders. */
  async remove(): Promise<void> {
    await removeCloud(this.home);
    for (const folder of [this.home, this.root]) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
