import type { Credentials } from "./authorization.ts";

/** A login and when it ends, in milliseconds since 1970; undefined when that is not known. */
export interface EndingLogin {
  readonly credentials: Credentials;
  readonly expires?: number | undefined;
}

/**
 * Asks for a login.
 * @param refused what a registry took no longer: another is wanted
 */
export type AskLogin = (refused: Credentials | undefined) => Promise<EndingLogin | undefined>;

/** Milliseconds after which a login is asked for again where the last time brought none. */
const PAUSE = 60_000;

/**
 * A login that is asked for when it is needed first, again when a tenth of its life is left, and when a registry refuses
 * it; requests at the same time share what is asked.
 */
export class RenewedLogin {
  readonly #ask: AskLogin;
  #kept: Credentials | undefined;
  /** Milliseconds since 1970. */
  #renewal = 0;
  #asking: Promise<void> | undefined;

  constructor(ask: AskLogin) {
    this.#ask = ask;
  }

  /**
   * The login to use now; undefined when there is none.
   * @param refused one that a registry just refused; the same comes back when there is no other
   */
  async current(refused?: Credentials): Promise<Credentials | undefined> {
    const isRefused = refused !== undefined && refused.password === this.#kept?.password;
    if (isRefused || Date.now() >= this.#renewal) {
      this.#asking ??= this.#renew(isRefused ? refused : undefined).finally(() => {
        this.#asking = undefined;
      });
    }
    await this.#asking;
    return this.#kept;
  }

  async #renew(refused: Credentials | undefined): Promise<void> {
    const asked = Date.now();
    const login = await this.#ask(refused);
    if (login === undefined) {
      this.#renewal = asked + PAUSE;
      return;
    }
    this.#kept = login.credentials;
    const life = (login.expires ?? 0) - asked;
    // An end that is over already is a clock's fault, or a stand-in's: such a login is good until it is refused.
    this.#renewal = life > 0 ? asked + life * 0.9 : Infinity;
  }
}
