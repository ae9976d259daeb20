/**
 * Every point between two changes of a store's disk, in the order in which a first refresh, a collection and an export come by
 * them: `...ing` before a change, the past tense after it. A run that is killed at any of them leaves a store that readers find
 * whole and that the next writer goes on with.
 */
export const CACHE_STEPS = [
  "folder-making",
  "folder-made",
  "link-making",
  "link-made",
  "marker-writing",
  "marker-written",
  "marker-moving",
  "marker-moved",
  "layout-writing",
  "layout-written",
  "layout-moving",
  "layout-moved",
  "partial-opening",
  "partial-opened",
  "segment-syncing",
  "segment-synced",
  "segment-recording",
  "segment-recorded",
  "blob-syncing",
  "blob-synced",
  "blob-moving",
  "blob-moved",
  "record-removing",
  "record-removed",
  "damaged-removing",
  "damaged-removed",
  "former-writing",
  "former-written",
  "former-moving",
  "former-moved",
  "index-writing",
  "index-written",
  "index-moving",
  "index-moved",
  "channel-removing",
  "channel-removed",
  "leftover-removing",
  "leftover-removed",
  "blob-deleting",
  "blob-deleted",
  "partial-deleting",
  "partial-deleted",
  "archive-writing",
  "archive-written",
  "archive-moving",
  "archive-moved",
] as const;

/** Where a run is, for its progress line and for tests that kill it there. */
export type CacheStep = (typeof CACHE_STEPS)[number];

/**
 * Called at every step; what it returns is waited for.
 * @param detail what the step is about: a digest, a channel, a path below the store
 */
export type OnStep = (step: CacheStep, detail: string) => void | Promise<void>;
