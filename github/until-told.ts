import { setTimeout as wait } from "node:timers/promises";

/** How often GitHub is asked, and milliseconds between. */
const ATTEMPTS = 8;
const PAUSE = 2000;

/** What comes between two questions. */
export type Pause = () => Promise<unknown>;

/**
 * Asks GitHub again for what it works out by itself a while after what caused it: whether a pull request can be merged, and which
 * one a commit came in by.
 * @param ask undefined: GitHub does not tell yet
 * @returns undefined where it never did
 */
export async function untilTold<Told>(
  ask: () => Promise<Told | undefined>,
  pause: Pause = () => wait(PAUSE),
): Promise<Told | undefined> {
  for (let attempt = 1; ; attempt++) {
    const told = await ask();
    if (told !== undefined || attempt === ATTEMPTS) return told;
    await pause();
  }
}
