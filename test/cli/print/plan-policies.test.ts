import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import {
  judgementJson,
  judgementMarkdown,
  judgementText,
} from "../../../cli/print/plan-policies.ts";
import type { Judgement } from "../../../policy/judgement.ts";

const IMAGE = "docker-build:index:Image";
const judgement: Judgement = {
  violations: [
    {
      policy: "repository-is-scanned",
      severity: "medium",
      type: "aws:ecr/repository:Repository",
      resource: "a",
      message: "nothing is scanned",
      remediation: "Scan it.",
    },
    {
      policy: "repository-is-scanned",
      severity: "medium",
      type: "aws:ecr/repository:Repository",
      resource: "b",
      message: "nothing | is scanned",
      remediation: "Scan it.",
    },
    {
      policy: "tidy",
      severity: "low",
      type: IMAGE,
      resource: "c",
      message: "is untidy",
      remediation: "Tidy it.",
    },
  ],
  notJudged: ["1", "2", "3", "4"].map((resource) => ({
    policy: "image-is-retained",
    type: IMAGE,
    resource,
    why: "nobody knows",
  })),
};

describe("what policies say of a plan", () => {
  it("is each policy once, with what it found where, what to write, and what nobody can judge", () => {
    const [heading, ...lines] = stripVTControlCharacters(judgementText(judgement)).split("\n");
    assert.match(heading!, /^\d+ policies: 3 violations, 4 not judged$/);
    assert.deepEqual(lines, [
      "",
      "  medium   repository-is-scanned",
      "    a (aws.ecr.Repository): nothing is scanned",
      "    b (aws.ecr.Repository): nothing | is scanned",
      "    -> Scan it.",
      "",
      "  low      tidy  (advice)",
      "    c (docker-build.Image): is untidy",
      "    -> Tidy it.",
      "",
      "  not judged  image-is-retained: nobody knows (1, 2 and 2 more)",
    ]);
  });

  it("fits on a screen", () => {
    const [violation] = judgement.violations;
    assert.ok(violation !== undefined);
    const [message, remediation] = [
      "is not as it should be ".repeat(10),
      "Mend it well. ".repeat(20),
    ];
    const [open] = judgement.notJudged;
    assert.ok(open !== undefined);
    const text = judgementText({
      violations: [{ ...violation, message, remediation }],
      notJudged: [{ ...open, why: "nobody can know it yet ".repeat(10) }],
    });
    const lines = stripVTControlCharacters(text).split("\n");
    assert.ok(
      lines.every((line) => line.length <= 100),
      text,
    );
    assert.ok(lines.length > 10);
  });

  it("is one line where there is nothing to say", () => {
    const text = judgementText({ violations: [], notJudged: [] });
    assert.match(text, /^\d+ policies: 0 violations$/);
  });

  it("is a table for a pull request, which no message leaves", () => {
    const markdown = judgementMarkdown(judgement);
    assert.ok(
      markdown.includes(
        "| medium | `repository-is-scanned` | `b` | `nothing \\| is scanned` | `Scan it.` |",
      ),
    );
    assert.ok(markdown.includes("- `image-is-retained`: `nobody knows` (`1, 2 and 2 more`)"));
  });

  it("says in JSON which violations would end an update", () => {
    const { policies } = judgementJson(judgement) as {
      policies: { violations: { enforcement: string }[]; notJudged: unknown[] };
    };
    assert.deepEqual(
      policies.violations.map(({ enforcement }) => enforcement),
      ["mandatory", "mandatory", "advisory"],
    );
    assert.equal(policies.notJudged.length, 4);
  });
});
