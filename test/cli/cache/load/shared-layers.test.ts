import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { countShared, withoutFirst } from "../../../../cli/cache/load/shared-layers.ts";
import type { Descriptor } from "../../../../oci/media-types.ts";

const ids = fc.array(fc.constantFrom<string>("a", "b", "c"), { maxLength: 6 });

describe("layers that an engine has already", () => {
  it("are the longest common beginning with any of its images", () => {
    fc.assert(
      fc.property(ids, fc.array(ids), (own, others) => {
        const count = countShared(own, others);
        const begins = (at: number) =>
          others.some((other) => own.slice(0, at).every((id, place) => other[place] === id));
        equal(count === 0 || begins(count), true);
        equal(count === own.length || !begins(count + 1), true);
      }),
    );
  });

  it("are left out, unless a later layer is of the same bytes", () => {
    fc.assert(
      fc.property(ids, fc.nat(6), (own, count) => {
        const layers = own.map(blob);
        const all = [
          blob("manifest"),
          blob("config"),
          ...new Map(own.map((id) => [id, blob(id)])).values(),
        ];
        const sent = withoutFirst({ all, layers }, count).map(({ digest }) => digest);
        deepEqual(
          sent,
          ["manifest", "config", ...new Set(own)].filter(
            (id) => id === "manifest" || id === "config" || own.slice(count).includes(id),
          ),
        );
      }),
    );
  });
});

function blob(digest: string): Descriptor {
  return { mediaType: "layer", digest, size: 1 };
}
