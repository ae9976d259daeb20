import { UserError } from "../../rules/problems.ts";
import { suggestion } from "../../rules/suggestion.ts";
import type { Store } from "./store/store.ts";

/**
 * Makes sure that a store has a channel.
 * @throws UserError that says which ones it has
 */
export async function checkedChannel(store: Store, channel: string): Promise<void> {
  const channels = await store.channels();
  if (channels.includes(channel)) return;
  const has = channels.length === 0 ? "none yet" : channels.join(", ");
  throw new UserError(
    `${store.folder} has no channel ${JSON.stringify(channel)}; it has ${has}${suggestion(channel, channels)}`,
  );
}
