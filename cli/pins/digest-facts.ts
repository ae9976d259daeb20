import pLimit from "p-limit";
import { DamagedContentFault, isLoginFault, RegistryFault } from "../../oci/faults.ts";
import { Registries } from "../../oci/registries.ts";
import { parseEcrHost } from "../../rules/aws-partition.ts";
import { formatRepository, parseImageReference } from "../../rules/image-reference.ts";
import type { DigestFacts } from "../../rules/pins/finding-facts.ts";
import { UserError } from "../../rules/problems.ts";
import type { Stack } from "../stack.ts";
import { RepositoryLook } from "./check/repository-look.ts";
import type { KnownImages } from "./known-images.ts";
import { RegistryLogins } from "./registry-logins.ts";

export type { DigestFacts };

/** A digest and where it has to be. */
export interface DigestReference {
  readonly host: string;
  readonly path: string;
  /** `sha256:...` */
  readonly digest: string;
}

export interface DigestChecksOptions {
  /** Whose local cloud, if it is one of it, has logins of its own. */
  readonly stack?: Stack;
  /** What published lists vouch for where a registry wants a login that this machine has not. */
  readonly known?: Pick<KnownImages, "all">;
  /** Nothing is asked of any registry. */
  readonly offline?: boolean;
}

/** Of a registry, which may want a login. */
type Answer = DigestFacts | { readonly refused: string };

/** Requests at once, to all registries together. */
const PARALLEL = 8;
/** What an incomplete image lacks, before the rest is only counted. */
const MOST_TOLD = 3;

/** Looks digests up on their registries: every manifest and blob of all platforms, each digest once, a few at a time. */
export class DigestChecks {
  readonly #options: DigestChecksOptions;
  readonly #logins: RegistryLogins;
  readonly #registries: Registries;
  readonly #limit = pLimit(PARALLEL);
  readonly #looks = new Map<string, RepositoryLook>();
  readonly #answers = new Map<string, Promise<Answer>>();
  /** Why a registry gave no answer at all, by host: it is not waited for again. */
  readonly #silent = new Map<string, string>();

  constructor(options: DigestChecksOptions = {}, registries = new Registries()) {
    this.#options = options;
    this.#logins = new RegistryLogins(options.stack);
    this.#registries = registries;
  }

  /**
   * What a registry says of a digest; where it refuses, what the published lists say: a list is written when everything in
   * it is there. A registry that does not answer makes it `unchecked`.
   * @throws UserError when this machine's logins cannot be read
   */
  async facts(reference: DigestReference): Promise<DigestFacts> {
    const answer = await this.#answer(reference);
    return "refused" in answer ? this.#listed(reference, answer.refused) : answer;
  }

  #answer(reference: DigestReference): Promise<Answer> {
    const key = referenceText(reference);
    const answer = this.#answers.get(key) ?? this.#ask(reference);
    this.#answers.set(key, answer);
    return answer;
  }

  async #ask(reference: DigestReference): Promise<Answer> {
    const { host, digest } = reference;
    if (this.#options.offline === true) {
      return { state: "unchecked", reason: "no registry was asked (--offline)" };
    }
    const login = await this.#logins.of(host);
    if (login === undefined && parseEcrHost(host) !== undefined) {
      return { refused: `${host} wants a login, and AWS's tools have none on this machine` };
    }
    try {
      return await this.#look(reference);
    } catch (error) {
      if (error instanceof DamagedContentFault) {
        return { state: "incomplete", detail: error.message };
      }
      if (!(error instanceof UserError)) throw error;
      // Without the digest, so that what is said of several of a repository is said once.
      const reason = error.message.replaceAll(`: get manifest ${digest}`, "");
      if (isLoginFault(error)) return { refused: reason };
      if (!(error instanceof RegistryFault)) this.#silent.set(host, reason);
      return { state: "unchecked", reason };
    }
  }

  async #look(reference: DigestReference): Promise<DigestFacts> {
    const { host, digest } = reference;
    // Asked when it is its turn: what was asked before it may have told that nobody answers.
    const silent = await this.#limit(() => this.#silent.get(host));
    if (silent !== undefined) return { state: "unchecked", reason: silent };
    const look = await (await this.#repository(reference)).at(digest);
    if (look === undefined) {
      return { state: "missing", detail: `${formatRepository(reference)} has no such digest` };
    }
    const { lacks, ...facts } = look;
    if (lacks.length === 0) return { state: "there", ...facts };
    const more = lacks.length > MOST_TOLD ? ` and ${lacks.length - MOST_TOLD} more` : "";
    return { state: "incomplete", detail: `${lacks.slice(0, MOST_TOLD).join("; ")}${more}` };
  }

  async #repository(reference: DigestReference): Promise<RepositoryLook> {
    const { host } = reference;
    const name = formatRepository(reference);
    const login = await this.#logins.of(host);
    const known = this.#looks.get(name);
    if (known !== undefined) return known;
    const logins = login === undefined ? {} : { [host]: login };
    const look = new RepositoryLook(this.#registries.repository(name, logins), this.#limit);
    this.#looks.set(name, look);
    return look;
  }

  /** When and how large it was built is asked of a registry that carries it too, and shows it to this machine. */
  async #listed(reference: DigestReference, reason: string): Promise<DigestFacts> {
    const known = this.#options.known?.all.find(({ references }) =>
      references.includes(referenceText(reference)),
    );
    if (known === undefined) {
      return { state: "unchecked", reason: `${reason}; no list of images that is known has it` };
    }
    const { references, platforms = [] } = known;
    for (const text of references) {
      const { host, path, digest = "" } = parseImageReference(text);
      const answer = await this.#answer({ host, path, digest });
      if ("state" in answer && answer.state === "there") return { ...answer, platforms };
    }
    return { state: "there", platforms };
  }
}

function referenceText(reference: DigestReference): string {
  return `${formatRepository(reference)}@${reference.digest}`;
}
