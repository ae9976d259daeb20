import * as pulumi from "@pulumi/pulumi";
import { type Configuration, NAMESPACE } from "./rules/configuration.ts";
import {
  declaredSecrets,
  type DeclaredSecret,
  type SealedValue,
  sealedValue,
} from "./rules/declared-secrets.ts";
import type { LocalCloud } from "./rules/local-cloud.ts";
import type { Problem } from "./rules/problems.ts";
import { SECRET_VARIABLES } from "./rules/registry-variables.ts";

/** A user name and a password, both secret. */
export interface Login {
  readonly username: pulumi.Output<string>;
  readonly password: pulumi.Output<string>;
}

/** A declared secret with what an environment is given of it. */
export interface GivenSecret {
  readonly secret: DeclaredSecret;
  /** Undefined for a sealed one that nobody sealed yet. */
  readonly given:
    | { readonly value: pulumi.Output<string> }
    | { readonly sealed: Pick<SealedValue, "keyId" | "value"> }
    | undefined;
}

/** What secrets are read from. */
export interface SecretsSource {
  readonly stack: string;
  /** Text by full key, as Pulumi hands it to a program. */
  readonly config: Readonly<Record<string, string>>;
  /** A plan or a preview: what is missing there may stay unknown. */
  readonly dryRun: boolean;
  /** Environment variables of the process. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Full keys that the stack's file holds a value of that is not encrypted. */
  readonly clearKeys: readonly string[];
}

/** Reads secrets; a missing one is unknown in a plan and a fault in an update. */
export class Secrets {
  readonly #source: SecretsSource;
  readonly #problems = new Map<string, Problem>();

  constructor(source: SecretsSource) {
    this.#source = source;
  }

  /** What was found wrong so far, each key once. */
  get problems(): readonly Problem[] {
    return [...this.#problems.values()];
  }

  /** The token for GitHub's API. */
  githubToken(): pulumi.Output<string> {
    const key = "githubToken";
    return this.#read(key, this.#first([key]));
  }

  /** A login at a registry by the keys of its two halves. */
  login(user: string, password: string): Login {
    const first = this.#first([user, password]);
    return { username: this.#read(user, first), password: this.#read(password, first) };
  }

  /** The secrets that a stack declares, each with what it comes to. */
  declared(
    configuration: Pick<Configuration, "secrets" | "sealedSecrets" | "local">,
    cloud: LocalCloud | undefined,
  ): readonly GivenSecret[] {
    return declaredSecrets(configuration).map((secret) => {
      if (secret.source === "sealed") {
        const sealed = sealedValue(configuration, secret);
        const given = sealed && { sealed: { keyId: sealed.keyId, value: sealed.value } };
        return { secret, given };
      }
      const value = configuration.local
        ? pulumi.secret(this.#standIn(secret, cloud))
        : this.#valueOf(secret);
      return { secret, given: { value } };
    });
  }

  /**
   * Tells of every secret key that the stack's file holds in clear; the value is in nothing that is told.
   * @param secretKeys without their namespace
   */
  refuseClear(secretKeys: readonly string[]): void {
    const { clearKeys, stack } = this.#source;
    for (const key of secretKeys) {
      if (!clearKeys.includes(`${NAMESPACE}${key}`)) continue;
      this.#tell(
        key,
        `in clear in Pulumi.${stack}.yaml, and so in git once that is committed; renew it where it was issued, and then set it encrypted: ${setCommand(key, stack)}`,
      );
    }
  }

  /**
   * Where values are looked for first: in a workflow in the variables, if they have all of them. A job's own tokens are short-lived,
   * and what somebody stored once may have ended or be another's.
   */
  #first(keys: readonly string[]): "configuration" | "variables" {
    const isJob = this.#source.variables["GITHUB_ACTIONS"] === "true";
    return isJob && keys.every((key) => this.#variable(key)) ? "variables" : "configuration";
  }

  /** The value of a secret key of the configuration, or of the environment variable that stands in for it. */
  #read(key: string, first: "configuration" | "variables"): pulumi.Output<string> {
    const set = this.#source.config[`${NAMESPACE}${key}`];
    const texts = first === "variables" ? [this.#variable(key)] : [set, this.#variable(key)];
    const value = texts.find((text) => text);
    return this.#known(value, key, `missing; ${this.#remedy(key)}`);
  }

  #variable(key: string): string | undefined {
    const { variables } = this.#source;
    const name = SECRET_VARIABLES.get(key);
    return name === undefined ? undefined : variables[name];
  }

  #remedy(key: string): string {
    const { stack, variables } = this.#source;
    const command = setCommand(key, stack);
    if (key !== "githubToken" || variables["GITHUB_ACTIONS"] !== "true") {
      return `set it: ${command}`;
    }
    return (
      `no GitHub App made a token for this job: set ${NAMESPACE}deployApp in Pulumi.${stack}.yaml and seal the App's key as SLIPWAY_APP_KEY ` +
      `(docs/workflows.md, Set up); a person's standing token would do as well: ${command}`
    );
  }

  #valueOf({ environment, name, source }: DeclaredSecret): pulumi.Output<string> {
    if (source === "sealed") throw new Error(`${environment}.${name} has no value to read`);
    if ("config" in source) return this.#read(source.config, "configuration");
    return this.#known(
      this.#source.variables[source.variable],
      `secrets.${environment}.${name}.source.variable`,
      `the environment variable ${source.variable} is not set; set it for this run, or give the secret another source`,
    );
  }

  /** On the local cloud nothing of the world counts: its own login, what is set, or a word for it. */
  #standIn({ name, source }: DeclaredSecret, cloud: LocalCloud | undefined): string {
    const { config, variables } = this.#source;
    const login = cloud?.registries["docker.io"];
    if (source === "sealed") throw new Error(`${name} is sealed, and has nothing to stand in for`);
    const own =
      "variable" in source
        ? variables[source.variable]
        : new Map([
            ["dockerId", login?.username],
            ["dockerToken", login?.password],
          ]).get(source.config);
    const set = "config" in source ? config[`${NAMESPACE}${source.config}`] : undefined;
    return [own, set].find((text) => text) ?? `stand-in for ${name}`;
  }

  #known(value: string | undefined, path: string, missing: string): pulumi.Output<string> {
    if (value) return pulumi.secret(value);
    if (!this.#source.dryRun) this.#tell(path, missing);
    return pulumi.secret(pulumi.output(pulumi.unknown).apply((): string => ""));
  }

  #tell(path: string, message: string): void {
    if (this.#problems.has(path)) return;
    this.#problems.set(path, { path: `${NAMESPACE}${path}`, message });
  }
}

function setCommand(key: string, stack: string): string {
  return `pulumi config set --secret ${NAMESPACE}${key} --stack ${stack}`;
}
