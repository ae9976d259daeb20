import assert from "node:assert/strict";
import fc from "fast-check";
import {
  failedBuild,
  lastLook,
  memoryLines,
  memoryOf,
  newTroubles,
  troublesOf,
} from "../../rules/drift-issue.ts";
import { driftBody } from "../../rules/drift-markdown.ts";
import { FINDING, newsOf, randomLooks, RUN } from "./support/drift-reports.ts";

const FAILED = { result: "failure", runUrl: `${RUN}0` } as const;
const NOTHING = { failedBuild: undefined, known: new Set<string>(), look: "" };

describe("what the issue on drift remembers", () => {
  it("is all that was told, and the build that failed", () => {
    fc.assert(
      fc.property(randomLooks, fc.constantFrom(undefined, FAILED), (looks, build) => {
        const news = newsOf(looks, { failedBuild: build });
        const memory = memoryOf(driftBody(news));
        assert.deepEqual(memory?.failedBuild, build);
        assert.deepEqual(memory?.known, new Set(troublesOf(news).keys()));
        assert.deepEqual(newTroubles(news, memory), []);
      }),
    );
  });

  it("is nothing in the text of another issue, and in one that quotes it", () => {
    const [marker = ""] = memoryLines(newsOf({}));
    for (const body of ["", "text", `text\n${marker}`, ` ${marker}`, `${marker}x`, `> ${marker}`]) {
      assert.equal(memoryOf(body), undefined, body);
    }
    assert.deepEqual(memoryOf(marker), NOTHING);
    assert.deepEqual(memoryOf(`${marker}\r\ntext`), NOTHING);
  });

  it("is no build that a person wrote in another form", () => {
    const [marker = ""] = memoryLines(newsOf({}));
    for (const line of [
      "<!-- real base success https://github.com/o/r/actions/runs/1 -->",
      "<!-- real base failure javascript:alert(1) -->",
      "<!-- real base failure https://github.com/o/r/actions/runs/1)[x](y -->",
      "<!-- real base failure https://github.com/o/r -->",
    ]) {
      assert.equal(memoryOf(`${marker}\n${line}`)?.failedBuild, undefined, line);
    }
  });
});

describe("the last look, in a run that did not look", () => {
  it("stays as it is told, and what is known of it, whatever became of the build", () => {
    const builds = fc.constantFrom(undefined, FAILED);
    fc.assert(
      fc.property(randomLooks, builds, builds, (looks, build, next) => {
        const night = newsOf(looks, { look: "success", failedBuild: build });
        const before = memoryOf(driftBody(night));
        const week = newsOf({}, { found: { before: lastLook(before) }, failedBuild: next });
        const after = memoryOf(driftBody(week));
        assert.equal(after?.look, before?.look);
        assert.deepEqual(after?.failedBuild, next);
        const look = troublesOf({ ...night, failedBuild: undefined });
        assert.deepEqual(lastLook(after).known, new Set(look.keys()));
        assert.equal(troublesOf(week).size, look.size + (next === undefined ? 0 : 1));
      }),
    );
  });

  it("is nothing where no issue is open", () => {
    assert.deepEqual(lastLook(undefined), { known: new Set(), text: "" });
  });
});

describe("the last build on a real base", () => {
  const before = { ...NOTHING, failedBuild: FAILED };

  it("is that of the run, where the run made one", () => {
    assert.equal(failedBuild("success", RUN, before), undefined);
    assert.deepEqual(failedBuild("failure", RUN, before), { result: "failure", runUrl: RUN });
    assert.deepEqual(failedBuild("cancelled", RUN, undefined), {
      result: "cancelled",
      runUrl: RUN,
    });
  });

  it("is the one before, on the six days without", () => {
    assert.deepEqual(failedBuild("skipped", RUN, before), FAILED);
    assert.equal(failedBuild("skipped", RUN, NOTHING), undefined);
    assert.equal(failedBuild("skipped", RUN, undefined), undefined);
  });
});

describe("what somebody must see to", () => {
  it("is what was found and what could not be asked, and no news", () => {
    const news = newsOf({
      preview: { findings: [{ subject: "push-role", message: "up would update this" }] },
      secrets: { notes: [FINDING] },
      bases: { unasked: ["ci-image/noble: no answer", "ci-image/jammy: no answer"] },
    });
    assert.deepEqual(
      [...troublesOf(news).values()],
      ["preview: push-role", "bases: could not be asked"],
    );
  });

  it("is nothing after a clean look and no failed build", () => {
    assert.equal(troublesOf(newsOf({ preview: {} }, { look: "success" })).size, 0);
  });

  it("is a job that failed after a clean look, a look without a report, and a failed build", () => {
    const words = (news: Parameters<typeof troublesOf>[0]) => [...troublesOf(news).values()];
    assert.deepEqual(words(newsOf({ preview: {} })), ["look: did not end well"]);
    const absent = { found: { absent: "there is no file" } };
    assert.deepEqual(words(newsOf({}, absent)), ["look: no report"]);
    assert.deepEqual(words(newsOf({}, { ...absent, look: "success" })), ["look: no report"]);
    assert.deepEqual(words(newsOf({ preview: {} }, { look: "success", failedBuild: FAILED })), [
      "real base: the build failed",
    ]);
  });

  it("is told as new once, though its words change from day to day", () => {
    const yesterday = newsOf({ secrets: { findings: [FINDING] } });
    const memory = memoryOf(driftBody(yesterday)) ?? NOTHING;
    const later = { ...FINDING, message: "worked until 2026-11-20, 2 days ago" };
    assert.deepEqual(newTroubles(newsOf({ secrets: { findings: [later] } }), memory), []);
    const more = { ...FINDING, subject: "docker-build/DOCKER_ID" };
    assert.deepEqual(newTroubles(newsOf({ secrets: { findings: [later, more] } }), memory), [
      "secrets: docker-build/DOCKER_ID",
    ]);
    assert.deepEqual(newTroubles(newsOf({ preview: { findings: [later] } }), memory), [
      "preview: docker-build/DOCKER_TOKEN",
    ]);
  });
});
