import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { UserError } from "../rules/problems.ts";
import { SecretBox } from "./secret-box.ts";
import type { ResourceState, StackState } from "./state.ts";
import { containsSecret, isList, isMap, isSecret, mapValues, secret, unwrap } from "./values.ts";
import type { PropertyMap, PropertyValue, SecretEnvelope } from "./values.ts";

const version = 1;

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
   * @throws {UserError} when the file is damaged, of another version or of another stack.
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
    if (containsEncrypted(stored)) file.#box = await SecretBox.open(file.#keyFile, false);
    const decrypted = (r: ResourceState): ResourceState =>
      withProperties(r, (m) => file.#decrypt(m));
    const [resources, pending] = [stored.resources.map(decrypted), stored.pending.map(decrypted)];
    return { file, state: { ...owner, resources, pending } };
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
    const sealed = (r: ResourceState): ResourceState => withProperties(r, (m) => encrypted(m, box));
    const [pending, resources] = [state.pending.map(sealed), state.resources.map(sealed)];
    const text = JSON.stringify({ version, project, stack, pending, resources }, undefined, 2);
    await mkdir(dirname(this.path), { recursive: true });
    await writeFileAtomic(this.path, `${text}\n`, { mode: 0o600 });
  }

  #decrypt(value: PropertyMap): PropertyMap {
    return changeSecrets(value, (envelope) => {
      const text = envelope[ciphertext];
      if (typeof text !== "string" || this.#box === undefined) {
        throw damaged(this.path, "a secret has no ciphertext");
      }
      return secret(JSON.parse(this.#box.decrypt(text)) as PropertyValue);
    });
  }
}

/** Name of the member that takes the place of an envelope's value. */
const ciphertext = "ciphertext";

/** What lies in the file: as {@link StackState}, with ciphertext in the envelopes. Undefined when there is no file. */
export async function readState(path: string): Promise<StackState | undefined> {
  let text;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  let stored: Partial<StackState> & { version?: unknown };
  try {
    stored = JSON.parse(text) as typeof stored;
  } catch (error) {
    throw damaged(path, error instanceof Error ? error.message : String(error));
  }
  if (stored.version !== version) {
    throw new UserError(
      `${path}: is a state of version ${JSON.stringify(stored.version)}; this Slipway reads version ${version}`,
    );
  }
  const { project, stack, resources, pending } = stored;
  if (
    typeof project !== "string" ||
    typeof stack !== "string" ||
    !Array.isArray(resources) ||
    !Array.isArray(pending)
  ) {
    throw damaged(path, "project, stack, resources and pending must all be there");
  }
  return { project, stack, resources, pending };
}

function damaged(path: string, why: string): UserError {
  return new UserError(`${path}: is no state file (${why}); put back a copy, or remove it`);
}

function withProperties(
  resource: ResourceState,
  change: (map: PropertyMap) => PropertyMap,
): ResourceState {
  return { ...resource, inputs: change(resource.inputs), outputs: change(resource.outputs) };
}

function encrypted(map: PropertyMap, box: SecretBox): PropertyMap {
  return changeSecrets(map, ({ value, ...signature }) => ({
    ...signature,
    [ciphertext]: box.encrypt(JSON.stringify(unwrap(value))),
  }));
}

function changeSecrets(
  map: PropertyMap,
  change: (envelope: SecretEnvelope) => PropertyMap,
): PropertyMap {
  const visit = (value: PropertyValue): PropertyValue => {
    if (isList(value)) return value.map(visit);
    if (!isMap(value)) return value;
    return isSecret(value) ? change(value) : mapValues(value, visit);
  };
  return mapValues(map, visit);
}

function containsEncrypted({ resources, pending }: StackState): boolean {
  return [...resources, ...pending].some(
    (r) => containsSecret(r.inputs) || containsSecret(r.outputs),
  );
}
