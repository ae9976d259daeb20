import { constants } from "node:fs";
import { lstat, open, readdir, readlink } from "node:fs/promises";
import { join, parse, resolve, sep } from "node:path";
import { execa } from "execa";
import { listAttrs } from "fs-native-extensions";
import {
  accessFindings,
  type AccessFinding,
  type PathFacts,
  type UserFacts,
  type WayFacts,
} from "../../rules/cache-access.ts";
import { UserError } from "../../rules/problems.ts";
import { codeOf } from "./store/disk-faults.ts";
import { LOST_AND_FOUND } from "./store/store-folder.ts";
import { Store } from "./store/store.ts";
import { isOwnLink } from "./store-links.ts";

/** Who could write a store. */
export interface StoreAccess {
  readonly findings: readonly AccessFinding[];
  /** What modes say nothing of, in sentences. */
  readonly notes: readonly string[];
}

/** Links that are followed on the way to a store before they are taken for a circle, as by the kernel. */
const MOST_LINKS = 40;
/** Groups whose members are root on a machine, or become it. */
const ROOT_GROUPS = ["docker", "incus-admin", "lxd", "sudo", "wheel", "disk"];

/**
 * Looks who could write a store, by owners and modes of it and of every folder above.
 * @param jobUser name of the user whose jobs use it; without one, all but root and the store's owner are looked for
 * @throws UserError where there is no store, or no such user
 */
export async function examineAccess(folder: string, jobUser?: string): Promise<StoreAccess> {
  await Store.open(folder);
  const jobs = jobUser === undefined ? undefined : await userFacts(jobUser);
  const { above, folder: real } = await wayTo(folder);
  const notes: string[] = [];
  const inside = await everythingIn(real, notes);
  const ownLinks = new Set<string>();
  for (const { kind, path } of inside) {
    if (kind === "link" && isOwnLink(real, path, await readlink(path))) ownLinks.add(path);
  }
  const names = {
    users: await namesOf(
      "passwd",
      [...above, ...inside].map(({ uid }) => uid),
    ),
    groups: await namesOf(
      "group",
      [...above, ...inside].map(({ gid }) => gid),
    ),
  };
  const findings = accessFindings({ above, inside, ownLinks }, names, jobs);
  const groups = jobs === undefined ? [] : await rootGroups(jobs, real);
  return { findings: [...findings, ...groups], notes };
}

/** Every folder and link from / to a folder, and the folder without links on its way. */
async function wayTo(folder: string): Promise<{ above: readonly WayFacts[]; folder: string }> {
  const above = new Map<string, WayFacts>();
  let links = 0;
  let at = parse(folder).root;
  let rest = resolve(folder).slice(at.length).split(sep).filter(Boolean);
  for (;;) {
    const [name, ...others] = rest;
    if (name === undefined) return { above: [...above.values()], folder: at };
    const next = join(at, name);
    above.set(at, { ...(await factsOf(at)), next });
    const facts = await factsOf(next);
    if (facts.kind !== "link") {
      at = next;
      rest = others;
      continue;
    }
    if (++links > MOST_LINKS) throw new UserError(`${folder}: its links lead in a circle`);
    const target = resolve(at, await readlink(next));
    above.set(next, { ...facts, next: target });
    at = parse(target).root;
    rest = [...target.slice(at.length).split(sep).filter(Boolean), ...others];
  }
}

/** The folder, then all below it; links are not followed. */
async function everythingIn(folder: string, notes: string[]): Promise<readonly PathFacts[]> {
  const found: PathFacts[] = [];
  const add = async (path: string): Promise<void> => {
    try {
      const facts = await factsOf(path);
      found.push(facts);
      if (facts.kind !== "folder") return;
      for (const name of await readdir(path)) {
        if (path !== folder || name !== LOST_AND_FOUND) await add(join(path, name));
      }
    } catch (error) {
      const code = codeOf(error);
      if (code === "EACCES") {
        notes.push(`${path} cannot be looked into; ask as root or the store's owner`);
      }
      // What a writer makes and moves meanwhile is gone.
      else if (code !== "ENOENT") throw error;
    }
  };
  await add(folder);
  return found;
}

async function factsOf(path: string): Promise<PathFacts> {
  const stats = await lstat(path);
  const { uid, gid } = stats;
  const mode = stats.mode & 0o7777;
  const kind = stats.isDirectory()
    ? "folder"
    : stats.isFile()
      ? "file"
      : stats.isSymbolicLink()
        ? "link"
        : "other";
  // The group's bits are the most that a list gives anybody, so that only these need a look at it.
  const mayHaveList = (kind === "folder" || kind === "file") && (mode & 0o020) !== 0;
  return { path, kind, uid, gid, mode, hasList: mayHaveList && (await hasList(path)) };
}

/** @see https://man7.org/linux/man-pages/man5/acl.5.html */
async function hasList(path: string): Promise<boolean> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return (await listAttrs(file.fd)).includes("system.posix_acl_access");
    } finally {
      await file.close();
    }
  } catch {
    // What cannot be opened, or has no attributes, is told by its mode.
    return false;
  }
}

/** A user and its groups, from wherever this machine has its users. */
async function userFacts(name: string): Promise<UserFacts> {
  const ask = async (option: string): Promise<string[]> => {
    const { failed, stdout } = await execa("id", [option, "--", name], { reject: false });
    if (failed) {
      throw new UserError(
        `--job-user ${JSON.stringify(name)}: this machine has no such user; name the one that the runner's jobs run as`,
      );
    }
    return stdout.trim().split(" ");
  };
  const [[uid], gids] = await Promise.all([ask("-u"), ask("-G")]);
  return { name, uid: Number(uid), gids: gids.map(Number) };
}

/** Names by number; a number without one is left out. */
async function namesOf(
  database: "passwd" | "group",
  numbers: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const asked = [...new Set(numbers)].map(String);
  // Partly unknown is a failure of getent, and has the others on its output.
  const { exitCode, stdout } = await execa("getent", [database, ...asked], { reject: false });
  // Not every machine has getent.
  if (exitCode === undefined) return new Map();
  const lines = stdout.split("\n").map((line) => line.split(":"));
  return new Map(lines.map(([name = "", , number]) => [Number(number), name]));
}

/** What no mode holds back. @see https://docs.docker.com/engine/security/#docker-daemon-attack-surface */
async function rootGroups({ name }: UserFacts, path: string): Promise<readonly AccessFinding[]> {
  const { stdout } = await execa("id", ["-Gn", "--", name]);
  return stdout
    .split(" ")
    .filter((group) => ROOT_GROUPS.includes(group))
    .map((group) => ({
      path,
      message: `the jobs' user ${name} is in group ${group}, whose members can make themselves root: no mode keeps them from writing the store`,
      command: `give each job a machine that is thrown away, with the store mounted read-only; or run jobs on an engine without root; or gpasswd -d ${name} ${group}, and let the store's own user load the images when the runner comes up`,
    }));
}
