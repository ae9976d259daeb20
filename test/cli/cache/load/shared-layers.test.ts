import { equal } from "node:assert/strict";
import fc from "fast-check";
import { countShared } from "../../../../cli/cache/load/shared-layers.ts";

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
});
