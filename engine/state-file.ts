import { mkdir, readFile, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { UserError } from "../rules/problems.ts";
import { messageOf } from "./messages.ts";
import { SecretBox } from "./secret-box.ts";
import { ciphertext, parseState, stateVersion } from "./state-form.ts";
import type { ResourceState, StackState } from "./state.ts";
import { containsSecret, isList, isMap, isSecret, secret, unwrap } from "./values.ts";
import type { PropertyMap, PropertyValue, SecretEnvelope } from "./values.ts";

/**
 * A stack's state on disk: JSON, in which every secret is encrypted. It is replaced as a whole, so that a reader, or a
 * run after one that was killed, finds what was last recorded and never half of it.
 */
export class StateFile {
  readonly path: string;
  /** Absent until something is encrypted: who only looks makes no key. */
  #box: SecretBox | undefined;
  #writing: Promise<void> = Promise.resolve();
  #next: { readonly state: StackState; readonly done: Promise<void> } | undefined;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Reads the state of a stack; an empty one when there is no file.
   *
   * @throws {UserError} when the file or its key is damaged, of another version or of another stack.
   */
  static async open(
    path: string,
    owner: { readonly project: string; readonly stack: string },
  ): Promise<{ file: StateFile; state: StackState }> {
    const file = new StateFile(path);
    const stored = await readState(path);
    if (stored === undefined) return { file, state: { ...owner, resources: [], pending: [] } };
    if (stored.project !== owner.project || stored.stack !== owner.stack) {
      throw new UserError(
        `${path}: holds the state of stack ${stored.stack} of ${stored.project}, not of ${owner.stack} of ${owner.project}; ` +
          "give each stack a state file of its own",
      );
    }
    if (!containsEncrypted(stored)) return { file, state: stored };
    const box = (file.#box = await SecretBox.open(file.#keyFile, false));
    const opened = (r: ResourceState): ResourceState =>
      withProperties(r, (map, place) => decrypted(map, place, box));
    const [resources, pending] = [stored.resources.map(opened), stored.pending.map(opened)];
    return { file, state: { ...owner, resources, pending } };
  }

  /**
   * Removes what writers that were killed left beside a state file whose lock is held: each the whole of a state that
   * never took its place.
   * @see https://github.com/npm/write-file-atomic names its temporary files by a number after the file's name
   */
  static async sweep(path: string): Promise<void> {
    const left = `${basename(path)}.`;
    for (const name of await readdir(dirname(path))) {
      if (!name.startsWith(left) || !/^\d+$/.test(name.slice(left.length))) continue;
      await rm(join(dirname(path), name), { force: true });
    }
  }

  /** Writes a state. States that come while one is being written are written together, the last of them. */
  async write(state: StackState): Promise<void> {
    if (this.#next === undefined) {
      const done = this.#writing.then(async () => {
        const last = this.#next?.state ?? state;
        this.#next = undefined;
        await this.#replace(last);
      });
      this.#next = { state, done };
      this.#writing = done.catch(() => undefined);
      return done;
    }
    this.#next = { state, done: this.#next.done };
    return this.#next.done;
  }

  get #keyFile(): string {
    return `${this.path}.key`;
  }

  async #replace(state: StackState): Promise<void> {
    const { project, stack } = state;
    const box = (this.#box ??= await SecretBox.open(this.#keyFile, true));
    const sealed = (r: ResourceState): ResourceState =>
      withProperties(r, (map, place) => encrypted(map, place, box));
    const [pending, resources] = [state.pending.map(sealed), state.resources.map(sealed)];
    const text = JSON.stringify(
      { version: stateVersion, project, stack, pending, resources },
      undefined,
      2,
    );
    await mkdir(dirname(this.path), { recursive: true });
    await writeFileAtomic(this.path, `${text}\n`, { mode: 0o600 });
  }
}

/** What lies in the file: as {@link StackState}, with ciphertext in the envelopes. Undefined when there is no file. */
export async function readState(path: string): Promise<StackState | undefined> {
  let text;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UserError(
      `${path}: cannot be read (${messageOf(error)}); make it a file that you may read`,
      { cause: error },
    );
  }
  return parseState(path, text);
}

/** Where a value lies, down from its resource. */
type Place = readonly (string | number | null)[];

/** An old copy and its replacement have one URN and two ids. */
function withProperties(
  resource: ResourceState,
  change: (map: PropertyMap, place: Place) => PropertyMap,
): ResourceState {
  const { urn, id = null, inputs, outputs } = resource;
  return {
    ...resource,
    inputs: change(inputs, [urn, id, "inputs"]),
    outputs: change(outputs, [urn, id, "outputs"]),
  };
}

function encrypted(map: PropertyMap, place: Place, box: SecretBox): PropertyMap {
  return changeSecrets(map, place, ({ value, ...signature }, at) => ({
    ...signature,
    [ciphertext]: box.encrypt(JSON.stringify(unwrap(value)), JSON.stringify(at)),
  }));
}

function decrypted(map: PropertyMap, place: Place, box: SecretBox): PropertyMap {
  return changeSecrets(map, place, (envelope, at) => {
    const sealed = envelope[ciphertext];
    if (typeof sealed !== "string") {
      throw new Error("a state was taken without its form being checked");
    }
    const text = box.decrypt(sealed, JSON.stringify(at));
    return secret(JSON.parse(text) as PropertyValue);
  });
}

function changeSecrets(
  map: PropertyMap,
  place: Place,
  change: (envelope: SecretEnvelope, place: Place) => PropertyMap,
): PropertyMap {
  const visit = (value: PropertyValue, at: Place): PropertyValue => {
    if (isList(value)) return value.map((item, index) => visit(item, [...at, index]));
    if (!isMap(value)) return value;
    return isSecret(value) ? change(value, at) : visitAll(value, at);
  };
  const visitAll = (items: PropertyMap, at: Place): PropertyMap =>
    Object.fromEntries(
      Object.entries(items).map(([key, item]) => [key, visit(item, [...at, key])]),
    );
  return visitAll(map, place);
}

function containsEncrypted({ resources, pending }: StackState): boolean {
  return [...resources, ...pending].some(
    (r) => containsSecret(r.inputs) || containsSecret(r.outputs),
  );
}
