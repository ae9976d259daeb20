import assert from "node:assert/strict";
import { untilTold } from "../../github/until-told.ts";

describe("asking GitHub for what it tells late", () => {
  const asked = async (tells: number) => {
    const done: string[] = [];
    const told = await untilTold(
      async () => {
        done.push("ask");
        return done.filter((one) => one === "ask").length === tells ? "told" : undefined;
      },
      async () => done.push("pause"),
    );
    return { told, done };
  };

  it("ends with the first answer, without a pause", async () => {
    assert.deepEqual(await asked(1), { told: "told", done: ["ask"] });
  });

  it("asks again after a pause", async () => {
    const { told, done } = await asked(3);
    assert.deepEqual([told, ...done], ["told", "ask", "pause", "ask", "pause", "ask"]);
  });

  it("gives up after some answers, not after a pause", async () => {
    const { told, done } = await asked(9);
    assert.equal(told, undefined);
    assert.equal(done.filter((one) => one === "ask").length, 8);
    assert.equal(done.at(-1), "ask");
  });
});
