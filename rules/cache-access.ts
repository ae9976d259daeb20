/** What lstat says of a path. */
export interface PathFacts {
  readonly path: string;
  readonly kind: "folder" | "file" | "link" | "other";
  readonly uid: number;
  readonly gid: number;
  /** The twelve permission bits. */
  readonly mode: number;
  /** Whether it has an access control list beside its mode; its group bits are the list's mask then. */
  readonly hasList: boolean;
}

/** A folder, or a link to one, on the way to a store. */
export interface WayFacts extends PathFacts {
  /** The path that comes next on the way. */
  readonly next: string;
}

/** A user and its groups, by number. */
export interface UserFacts {
  readonly name: string;
  readonly uid: number;
  readonly gids: readonly number[];
}

/** What was seen of a store. */
export interface StoreFacts {
  /** What leads from / to the store, without it. */
  readonly above: readonly WayFacts[];
  /** The store's folder, then all that is in it. */
  readonly inside: readonly PathFacts[];
  /** Links that belong to a store, by path: they lead to its own blobs. */
  readonly ownLinks: ReadonlySet<string>;
}

/** Names for messages; a number without one is shown as it is. */
export interface OwnerNames {
  readonly users: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
}

/** Somebody who could write what is not theirs. */
export interface AccessFinding {
  /** The first such path. */
  readonly path: string;
  /** Who could write what, in one sentence. */
  readonly message: string;
  /** What mends it, for a shell of root or the owner. */
  readonly command: string;
}

const ROOT = 0;
const STICKY = 0o1000;

/** Those who may write a path, besides its owner. */
type Class = "group" | "everybody" | "list";

/**
 * Who could write a store, or put another in its place: a job that can chooses what later jobs run. Root and the store's owner
 * are to be able to.
 * @param jobs the user of the jobs; without one, anybody else who could is told
 * @see https://man7.org/linux/man-pages/man7/path_resolution.7.html
 */
export function accessFindings(
  { above, inside, ownLinks }: StoreFacts,
  names: OwnerNames,
  jobs?: UserFacts,
): readonly AccessFinding[] {
  const [store] = inside;
  if (store === undefined) return [];
  if (jobs?.uid === ROOT) {
    return [
      {
        path: store.path,
        message: `the jobs' user ${jobs.name} is root, who writes everything`,
        command: "let jobs run as a user of their own",
      },
    ];
  }
  if (jobs?.uid === store.uid) {
    return [
      {
        path: store.path,
        message: `the store belongs to the jobs' user ${jobs.name}, who could write all of it`,
        command: `chown -R slipway-cache: ${quoted(store.path)}, and let that user refresh it`,
      },
    ];
  }
  const judge = new Judge(store, names, jobs);
  for (const facts of above) judge.above(facts);
  for (const facts of inside) judge.inside(facts, ownLinks.has(facts.path));
  return judge.findings();
}

interface Group {
  readonly first: PathFacts;
  count: number;
  readonly tell: (first: PathFacts, count: number) => Omit<AccessFinding, "path">;
}

/** Collects findings; what many paths of a store have in common is told once. */
class Judge {
  readonly #store: PathFacts;
  readonly #names: OwnerNames;
  readonly #jobs: UserFacts | undefined;
  readonly #groups = new Map<string, Group>();

  constructor(store: PathFacts, names: OwnerNames, jobs: UserFacts | undefined) {
    this.#store = store;
    this.#names = names;
    this.#jobs = jobs;
  }

  findings(): readonly AccessFinding[] {
    return [...this.#groups.values()].map(({ first, count, tell }) => ({
      path: first.path,
      ...tell(first, count),
    }));
  }

  /** A folder on the way to the store: who writes it renames what is in it, unless its sticky bit forbids. */
  above(facts: WayFacts): void {
    const could = `could put another folder in the place of ${facts.next}`;
    const path = quoted(facts.path);
    if (this.#isStrange(facts.uid)) {
      this.#add(`above owner ${facts.path}`, facts, () => ({
        message: `${this.#user(facts.uid)} owns it and ${could}`,
        command: `chown root ${path}`,
      }));
    }
    if (facts.kind === "link" || (facts.mode & STICKY) !== 0) return;
    for (const someone of this.#classes(facts)) {
      this.#add(`above ${someone} ${facts.path}`, facts, () => ({
        message: `${this.#who(someone, facts)} ${could}`,
        command: mendMode(someone, path, ""),
      }));
    }
  }

  inside(facts: PathFacts, isOwnLink: boolean): void {
    const store = quoted(this.#store.path);
    if ((facts.kind === "link" && !isOwnLink) || facts.kind === "other") {
      this.#add(`${facts.kind} ${facts.path}`, facts, () => ({
        message:
          facts.kind === "link" ? "is a link that no store has" : "is neither file nor folder",
        command: `rm ${quoted(facts.path)}`,
      }));
      return;
    }
    if (facts.uid !== this.#store.uid && this.#isStrange(facts.uid)) {
      this.#add(`owner ${facts.uid}`, facts, (first, count) => ({
        message: `${this.#user(first.uid)} owns ${amount(count)} of the store and could write it`,
        command: `chown -R ${this.#userName(this.#store.uid)} ${store}`,
      }));
    }
    // A link's own mode means nothing.
    if (facts.kind === "link") return;
    for (const someone of this.#classes(facts)) {
      this.#add(`${someone} ${someone === "group" ? facts.gid : ""}`, facts, (first, count) => ({
        message: `${this.#who(someone, first)} could write ${amount(count)} of the store`,
        command: mendMode(someone, store, "-R "),
      }));
    }
  }

  #add(key: string, first: PathFacts, tell: Group["tell"]): void {
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { first, count: 1, tell });
    else group.count += 1;
  }

  /** Whether somebody's owning a path is a finding. */
  #isStrange(uid: number): boolean {
    if (this.#jobs !== undefined) return uid === this.#jobs.uid;
    return uid !== ROOT && uid !== this.#store.uid;
  }

  /** Which classes besides the owner may write, of those that are asked about. */
  #classes(facts: PathFacts): readonly Class[] {
    const { gid, hasList } = facts;
    const group = mayWrite(facts, 3);
    const everybody = mayWrite(facts, 0);
    if (this.#jobs === undefined) {
      // Everybody includes the group, whose own bits are then of no matter.
      if (everybody) return ["everybody"];
      if (group) return [hasList ? "list" : "group"];
      return [];
    }
    // The first class that a user is in decides: a group that may not write is not everybody.
    if (hasList && group) return ["list"];
    if (this.#jobs.gids.includes(gid)) return group ? ["group"] : [];
    return everybody ? ["everybody"] : [];
  }

  #who(someone: Class, { gid, mode }: PathFacts): string {
    const bits = `(mode ${(mode & 0o7777).toString(8).padStart(4, "0")})`;
    const group = `group ${this.#names.groups.get(gid) ?? gid}`;
    if (someone === "list") return `whoever its access control list names ${bits}`;
    if (this.#jobs === undefined) return `${someone === "group" ? group : "everybody"} ${bits}`;
    const as = someone === "group" ? `in ${group}` : "as everybody";
    return `the jobs' user ${this.#jobs.name}, ${as} ${bits},`;
  }

  #user(uid: number): string {
    return `${this.#jobs === undefined ? "user" : "the jobs' user"} ${this.#userName(uid)}`;
  }

  #userName(uid: number): string {
    return this.#names.users.get(uid) ?? String(uid);
  }
}

/** @param shift of the class's bits: 3 the group's, 0 everybody's */
function mayWrite({ kind, mode }: PathFacts, shift: number): boolean {
  const bits = (mode >> shift) & 0o7;
  // In a folder nobody changes anything without the right to search it.
  return kind === "folder" ? (bits & 0o3) === 0o3 : (bits & 0o2) !== 0;
}

function mendMode(someone: Class, path: string, recursive: string): string {
  if (someone === "list") {
    return `setfacl ${recursive}-b ${path}, then chmod ${recursive}go-w ${path}`;
  }
  return `chmod ${recursive}${someone === "group" ? "g" : "go"}-w ${path}`;
}

function amount(count: number): string {
  return count === 1 ? "this" : `this and ${count - 1} more`;
}

/** A path as a word of a shell. */
function quoted(path: string): string {
  return /^[\w./:@%+=-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
