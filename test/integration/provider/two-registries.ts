/*
 * Two registries for a test of names, each test with a repository of its own on both. The second one is behind a proxy
 * that records what it is asked, and fails when told to.
 */
import {
  Registries,
  type CredentialsByHost,
  type RepositoryClient,
} from "../../../oci/registries.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { startProxy, type Proxy } from "../oci/proxy.ts";

const policy = { attempts: 2, delay: 2, longestDelay: 5, longestRetryAfter: 100 };

export class TwoRegistries {
  /** As a command uses them; made anew for each test. */
  registries = new Registries(policy);
  readonly first: TestRegistry;
  readonly second: TestRegistry;
  readonly proxy: Proxy;
  #path = "";
  #tests = 0;

  private constructor(first: TestRegistry, second: TestRegistry, proxy: Proxy) {
    this.first = first;
    this.second = second;
    this.proxy = proxy;
  }

  static async start(): Promise<TwoRegistries> {
    const first = await startRegistry();
    const second = await startRegistry();
    return new TwoRegistries(first, second, await startProxy(second.port));
  }

  async stop(): Promise<void> {
    await Promise.all([this.first.stop(), this.second.stop(), this.proxy.stop()]);
  }

  /** Forgets what was seen, and gives the next test a repository. */
  next(): void {
    this.proxy.reset();
    this.registries = new Registries(policy);
    this.#path = `image${++this.#tests}`;
  }

  get authority(): string {
    return `${this.first.host}/${this.#path}`;
  }

  get mirror(): string {
    return `${this.proxy.host}/${this.#path}`;
  }

  get credentials(): CredentialsByHost {
    const { username, password } = this.second;
    return { ...this.first.credentials, [this.proxy.host]: { username, password } };
  }

  /** Of a repository, past the proxy. */
  client(repository: string): RepositoryClient {
    const direct = repository.replace(this.proxy.host, this.second.host);
    const credentials = { ...this.first.credentials, ...this.second.credentials };
    return this.registries.repository(direct, credentials, "push");
  }

  /** What a tag of a repository stands for. */
  async at(repository: string, tag: string): Promise<string | undefined> {
    return this.client(repository).manifests.digest(tag);
  }

  /** What was written through the proxy: `PUT manifests/a-main`, without look-ups. */
  get writes(): readonly string[] {
    return this.proxy.seen
      .filter(({ method }) => !["GET", "HEAD"].includes(method))
      .map(({ method, url }) => `${method} ${url.split("/").slice(3).join("/")}`);
  }
}
