/* Who could write a store: modes, owners, links, and the folders above it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  accessFindings,
  type PathFacts,
  type UserFacts,
  type WayFacts,
} from "../../rules/cache-access.ts";

const CACHE = 900;
const names = {
  users: new Map([
    [CACHE, "slipway-cache"],
    [1001, "runner"],
  ]),
  groups: new Map([[120, "jobs"]]),
};
const runner: UserFacts = { name: "runner", uid: 1001, gids: [1001, 120] };

function folder(path: string, more: Partial<PathFacts> = {}): PathFacts {
  return { path, kind: "folder", uid: 0, gid: 0, mode: 0o755, hasList: false, ...more };
}
function own(path: string, more: Partial<PathFacts> = {}): PathFacts {
  return { ...folder(path), kind: "file", uid: CACHE, gid: CACHE, mode: 0o644, ...more };
}
function way(path: string, next: string, more: Partial<PathFacts> = {}): WayFacts {
  return { ...folder(path, more), next };
}
const root = way("/", "/data");
const store = own("/data/cache", { kind: "folder", mode: 0o755 });
const link = own("/data/cache/channels/main/blobs", { kind: "link", mode: 0o777 });
const ownLinks = new Set([link.path]);

function tell(facts: { above?: WayFacts[]; inside?: PathFacts[] }, jobs?: UserFacts): string[] {
  const { above = [root, way("/data", store.path)], inside = [store] } = facts;
  return accessFindings({ above, inside, ownLinks }, names, jobs).map(
    ({ path, message, command }) => `${path}: ${message}; ${command}`,
  );
}

describe("who could write a store", () => {
  it("nobody could whom root or the store's owner did not let", () => {
    const inside = [store, own("/data/cache/blobs/sha256/aa"), link];
    assert.deepEqual(tell({ inside }), []);
    assert.deepEqual(tell({ inside }, runner), []);
  });

  it("tells a folder above that a group or everybody could rename things in, unless its sticky bit forbids", () => {
    const above = (mode: number): WayFacts[] => [
      root,
      way("/data", store.path, { gid: 120, mode }),
    ];
    assert.deepEqual(tell({ above: above(0o775) }), [
      "/data: group jobs (mode 0775) could put another folder in the place of /data/cache; chmod g-w /data",
    ]);
    assert.deepEqual(tell({ above: above(0o777) }), [
      "/data: everybody (mode 0777) could put another folder in the place of /data/cache; chmod go-w /data",
    ]);
    assert.deepEqual(tell({ above: above(0o1777) }), []);
    assert.deepEqual(tell({ above: above(0o775) }, runner), [
      "/data: the jobs' user runner, in group jobs (mode 0775), could put another folder in the place of /data/cache; chmod g-w /data",
    ]);
    assert.deepEqual(tell({ above: above(0o775) }, { ...runner, gids: [1001] }), []);
  });

  it("tells a folder above that belongs to a stranger, whose sticky bit does not hold its owner", () => {
    const above = [root, way("/data", store.path, { uid: 1001, mode: 0o1755 })];
    const could = "could put another folder in the place of /data/cache; chown root /data";
    assert.deepEqual(tell({ above }), [`/data: user runner owns it and ${could}`]);
    assert.deepEqual(tell({ above }, runner), [
      `/data: the jobs' user runner owns it and ${could}`,
    ]);
    assert.deepEqual(tell({ above }, { name: "other", uid: 1002, gids: [] }), []);
  });

  it("tells a link on the way that belongs to a stranger, by its owner and not by its mode", () => {
    const above = (uid: number): WayFacts[] => [
      root,
      way("/data", "/disk", { kind: "link", mode: 0o777, uid }),
    ];
    assert.deepEqual(tell({ above: above(0) }), []);
    assert.deepEqual(tell({ above: above(1001) }, runner), [
      "/data: the jobs' user runner owns it and could put another folder in the place of /disk; chown root /data",
    ]);
  });

  it("tells once how much of the store a class could write, with the first path", () => {
    const inside = [
      store,
      own("/data/cache/blobs/sha256/aa", { mode: 0o666 }),
      own("/data/cache/blobs/sha256/bb", { mode: 0o666 }),
      own("/data/cache/channels/main/index.json", { gid: 120, mode: 0o664 }),
    ];
    assert.deepEqual(tell({ inside }), [
      "/data/cache/blobs/sha256/aa: everybody (mode 0666) could write this and 1 more of the store; chmod -R go-w /data/cache",
      "/data/cache/channels/main/index.json: group jobs (mode 0664) could write this of the store; chmod -R g-w /data/cache",
    ]);
  });

  it("goes by the first class that a user is in", () => {
    const inside = [store, own("/data/cache/x", { gid: 120, mode: 0o606 })];
    assert.deepEqual(tell({ inside }, runner), []);
    assert.match(tell({ inside })[0]!, /^\/data\/cache\/x: everybody \(mode 0606\)/);
  });

  it("tells what belongs to another than the store's owner", () => {
    const inside = [store, own("/data/cache/x", { uid: 1001 }), own("/data/cache/y", { uid: 0 })];
    assert.deepEqual(tell({ inside }), [
      "/data/cache/x: user runner owns this of the store and could write it; chown -R slipway-cache /data/cache",
    ]);
    assert.equal(tell({ inside }, runner).length, 1);
  });

  it("tells links that no store has, and what is neither file nor folder", () => {
    const inside = [
      store,
      own("/data/cache/blobs/it's", { kind: "link" }),
      own("/data/cache/pipe", { kind: "other" }),
    ];
    assert.deepEqual(tell({ inside }), [
      "/data/cache/blobs/it's: is a link that no store has; rm '/data/cache/blobs/it'\\''s'",
      "/data/cache/pipe: is neither file nor folder; rm /data/cache/pipe",
    ]);
  });

  it("tells an access control list whose mask lets write", () => {
    const listed = (mode: number): PathFacts[] => [
      store,
      own("/data/cache/x", { mode, hasList: true }),
    ];
    assert.deepEqual(tell({ inside: listed(0o664) }), [
      "/data/cache/x: whoever its access control list names (mode 0664) could write this of the store; setfacl -R -b /data/cache, then chmod -R go-w /data/cache",
    ]);
    assert.equal(tell({ inside: listed(0o664) }, { name: "x", uid: 7, gids: [] }).length, 1);
    assert.deepEqual(tell({ inside: listed(0o644) }), []);
  });

  it("says in one sentence that the jobs' user is root or owns the store", () => {
    const inside = [store, own("/data/cache/x", { mode: 0o666 })];
    assert.deepEqual(tell({ inside }, { name: "root", uid: 0, gids: [0] }), [
      "/data/cache: the jobs' user root is root, who writes everything; let jobs run as a user of their own",
    ]);
    assert.deepEqual(tell({ inside }, { ...runner, name: "slipway-cache", uid: CACHE }), [
      "/data/cache: the store belongs to the jobs' user slipway-cache, who could write all of it; chown -R slipway-cache: /data/cache, and let that user refresh it",
    ]);
  });

  it("agrees with the kernel's rule for any owner, group and mode of a file", () => {
    const bits = fc.integer({ min: 0, max: 0o777 });
    const ids = fc.constantFrom(0, CACHE, 1001, 120, 7);
    fc.assert(
      fc.property(bits, ids, ids, (mode, uid, gid) => {
        const found = tell({ inside: [store, own("/data/cache/x", { mode, uid, gid })] }, runner);
        const shift = uid === runner.uid ? undefined : runner.gids.includes(gid) ? 3 : 0;
        // An owner may always give itself the right.
        const may = shift === undefined || ((mode >> shift) & 0o2) !== 0;
        assert.equal(found.length > 0, may);
      }),
    );
  });
});
