import assert from "node:assert/strict";
import { BuildLog } from "../../../local/providers/docker-build/build-log.ts";

describe("the log of a build", () => {
  const text = (value: string) => Buffer.from(value).toString("base64");
  const vertex = (name: string, more: object = {}) => ({
    digest: `sha256:${name}`,
    name,
    started: "2026-01-01T00:00:00Z",
    ...more,
  });
  const done = { completed: "2026-01-01T00:00:01.5Z" };

  function log(...statuses: (object | string)[]): { printed: string[]; failure: string } {
    const printed: string[] = [];
    const log = new BuildLog((line) => printed.push(line));
    for (const status of statuses) {
      log.add(typeof status === "string" ? status : JSON.stringify(status));
    }
    return { printed, failure: log.failure() };
  }

  it("tells of each step once, with its time, and passes on whole lines", () => {
    const { printed } = log(
      { vertexes: [vertex("[internal] load"), vertex("RUN a")] },
      { vertexes: [vertex("RUN a")], logs: [{ vertex: "sha256:RUN a", data: text("one\ntw") }] },
      { logs: [{ vertex: "sha256:RUN a", data: text("o\n") }] },
      { vertexes: [vertex("RUN a", done), vertex("COPY b", { ...done, cached: true })] },
      { vertexes: [vertex("RUN a", done)] },
    );
    assert.deepEqual(printed, ["RUN a", "  | one", "  | two", "RUN a (1.5 s)", "COPY b (cached)"]);
  });

  it("shows the last lines of the step that failed, not of one that was cancelled", () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`).join("\n");
    const { failure } = log(
      { vertexes: [vertex("RUN a"), vertex("RUN b")] },
      { logs: [{ vertex: "sha256:RUN b", data: text(lines) }] },
      { vertexes: [vertex("RUN a", { ...done, error: "context canceled: context canceled" })] },
      { vertexes: [vertex("RUN b", { ...done, error: "exit code: 2" })] },
      "error: failed to solve: exit code: 2",
    );
    const shown = failure.split("\n");
    assert.equal(shown[0], "step RUN b: exit code: 2");
    assert.deepEqual([shown.length, shown[1], shown.at(-1)], [21, "  | line 10", "  | line 29"]);
  });

  it("takes no fault of a build cache for the build's, and warns of a cache that is not written", () => {
    const { printed, failure } = log(
      { vertexes: [vertex("importing cache manifest from x", { ...done, error: "not found" })] },
      { vertexes: [vertex("exporting cache to registry", { ...done, error: "denied" })] },
      "error: context deadline exceeded",
    );
    assert.deepEqual(printed, ["warning: the build cache was not written: denied"]);
    assert.equal(failure, "context deadline exceeded");
  });

  it("shows what buildctl says when no step failed", () => {
    assert.equal(
      log("", "error: failed to solve: no such file").failure,
      "failed to solve: no such file",
    );
    assert.equal(log().failure, "buildctl ended without saying why");
  });
});
