/* The work of the commands `slipway cache ...`, by the functions that they call. */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import type { OnStep } from "../../../../cli/cache/store/steps.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import { TransferProgress } from "../../../../cli/print/transfer-progress.ts";
import { UserError } from "../../../../rules/problems.ts";
import { type CacheHosts, cacheStack } from "./cache-stack.ts";

/** What a process does; paths are absolute. */
export type CacheRun = { readonly store: string } & (
  | {
      readonly action: "refresh";
      readonly channel: string;
      /** File of the list of images. */
      readonly list: string;
      readonly family: string;
      readonly accelerators: readonly string[];
      readonly hosts: CacheHosts;
    }
  /** All that may go. */
  | { readonly action: "collect" }
  /** A whole channel. */
  | { readonly action: "remove"; readonly channel: string }
  | { readonly action: "export"; readonly channel: string; readonly directory: string }
  /** Every byte; what is damaged is taken away. */
  | { readonly action: "verify" }
);

/** @throws Error saying what the command would, when it failed or found something */
export async function runCache(run: CacheRun, onStep: OnStep): Promise<unknown> {
  switch (run.action) {
    case "refresh":
      return refresh(run, onStep);
    case "collect": {
      const { collectStore } = await import("../../../../cli/cache/collect/collect-store.ts");
      const store = await Store.open(run.store, { onStep });
      const limit = { maxBytes: 0, keptSince: Number.POSITIVE_INFINITY };
      const collection = await collectStore(store, limit);
      throwReasons(collection.notes.filter((note) => !note.startsWith("what is left is above ")));
      return collection;
    }
    case "remove":
      return (await Store.create(run.store, { onStep })).remove(run.channel, undefined);
    case "export": {
      const { exportImages } = await import("../../../../cli/cache/export/export-images.ts");
      await mkdir(run.directory, { recursive: true });
      const exported = await exportImages(await Store.open(run.store, { onStep }), {
        channel: run.channel,
        folder: run.directory,
        images: [],
        progress: new TransferProgress(undefined),
      });
      throwReasons(
        exported.map((image) =>
          "reason" in image ? `${image.image.label}: ${image.reason}` : undefined,
        ),
      );
      return exported;
    }
    case "verify": {
      const verify = await import("../../../../cli/cache/verify/verify-store.ts");
      const store = await Store.open(run.store, { onStep });
      const { findings } = await verify.verifyStore(store);
      await verify.discardDamaged(store, findings);
      assert.deepEqual(
        findings.map(({ kind, path, message }) => `${kind} ${path}: ${message}`),
        [],
      );
      return undefined;
    }
  }
}

/** As the command does, with a stack that is read from nowhere. */
async function refresh(
  run: Extract<CacheRun, { readonly action: "refresh" }>,
  onStep: OnStep,
): Promise<unknown> {
  const { listedImages } = await import("../../../../cli/cache/refresh/listed-images.ts");
  const { refreshImages } = await import("../../../../cli/cache/refresh/refresh-images.ts");
  const { RegistryClients } = await import("../../../../cli/cache/refresh/registry-clients.ts");
  const stack = cacheStack(run.family, run.accelerators, run.hosts);
  const listRead = Date.now();
  const { images } = await listedImages(stack, run.channel, run.list);
  const clients = new RegistryClients(stack);
  const refreshed = await refreshImages({
    store: await Store.create(run.store, { onStep }),
    channel: run.channel,
    images,
    listRead,
    only: undefined,
    from: undefined,
    reserve: 0,
    client: (registry, repository) => clients.client(registry, repository),
    say: () => undefined,
  });
  throwReasons(
    refreshed.map(({ label, reason }) =>
      reason === undefined ? undefined : `${label}: ${reason}`,
    ),
  );
  return refreshed;
}

function throwReasons(reasons: readonly (string | undefined)[]): void {
  const told = reasons.filter((reason) => reason !== undefined);
  if (told.length > 0) throw new UserError(told.join("\n"));
}
