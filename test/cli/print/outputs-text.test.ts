import assert from "node:assert/strict";
import { outputsText } from "../../../cli/print/outputs-text.ts";
import { runJson } from "../../../cli/print/run-json.ts";
import { table } from "../../../cli/print/table.ts";
import { UserError } from "../../../rules/problems.ts";
import { failure, result, step } from "../support/results.ts";

const output = <T>(value: T) => ({ value, secret: false });

describe("the print of outputs", () => {
  it("nests maps by indentation, joins lists of plain values and says where there is nothing", () => {
    const text = outputsText({
      registries: output({ ecr: "a.example", "ghcr.io": "ghcr.io" }),
      variables: output(["A", "B"]),
      environments: output({}),
      count: output(3),
      absent: output(null),
      groups: output([{ name: "x" }]),
    });
    assert.equal(
      text,
      [
        "registries:",
        "  ecr: a.example",
        "  ghcr.io: ghcr.io",
        "variables: A, B",
        "environments: none",
        "count: 3",
        "absent: null",
        "groups:",
        "  0:",
        "    name: x",
      ].join("\n"),
    );
  });

  it("shows an image as its reference and, for each repository, the names that point to it", () => {
    const digest = `sha256:${"0".repeat(64)}`;
    const text = outputsText({
      images: output({
        ci: {
          cpu: {
            reference: `localhost:5001/org/ci@${digest}`,
            references: { "localhost:5001/org/ci": `localhost:5001/org/ci@${digest}` },
            names: {
              "localhost:5001/org/ci:cpu-k1": digest,
              "ghcr.io/org/ci:cpu": digest,
              "ghcr.io/org/ci:cpu-main": digest,
            },
          },
        },
      }),
    });
    assert.equal(
      text,
      [
        "images:",
        "  ci:",
        `    cpu: localhost:5001/org/ci@${digest}`,
        "      localhost:5001/org/ci: cpu-k1",
        "      ghcr.io/org/ci: cpu, cpu-main",
      ].join("\n"),
    );
  });

  it("shows an image that is not known yet", () => {
    const cpu = { reference: "[unknown]", references: "[unknown]", names: "[unknown]" };
    const text = outputsText({ images: output({ ci: { cpu } }) });
    assert.equal(text, ["images:", "  ci:", "    cpu: [unknown]"].join("\n"));
  });

  it("gives --json the resources alone, and of a failure its message and never the thrown value", () => {
    const thrown = Object.assign(new UserError("no"), { password: "marker" });
    const steps = [step({ note: "gone" }), step({ name: "family", kind: "component" })];
    const text = runJson(
      result(steps, {
        ok: false,
        failures: [failure(thrown)],
        outputs: { token: { value: "[secret]", secret: true } },
      }),
      "embedded",
    );
    const json = JSON.parse(text) as Record<string, unknown>;
    const { urn, type, name } = step();
    assert.deepEqual(json["resources"], [
      { urn, type, name, change: "create", diff: [], note: "gone" },
    ]);
    assert.deepEqual(json["failures"], [{ urn, type, name, message: "no" }]);
    assert.deepEqual(json["outputs"], { token: "[secret]" });
    assert.equal(json["engine"], "embedded");
    assert.doesNotMatch(text, /marker/);
  });

  it("aligns the columns of a table and leaves no blanks at the end of a line", () => {
    const rows = [["service", "state", "log"], ["moto", "running", ""], ["x"]];
    assert.equal(table(rows), "service  state    log\nmoto     running\nx");
  });
});
