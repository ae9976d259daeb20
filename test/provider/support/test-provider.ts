import { defaultRetryPolicy } from "../../../oci/retry.ts";
import { slipwayProvider, type SlipwayProvider } from "../../../provider/slipway.ts";

/** Slipway's provider as a run starts it, without the waits before something is asked again. */
export function testProvider(options: { readonly token?: string } = {}): SlipwayProvider {
  return slipwayProvider({ ...options, retryPolicy: { ...defaultRetryPolicy, delay: 1 } });
}
