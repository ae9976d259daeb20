// Does not prove what the Pulumi CLI prints: its source says so, and no CLI runs here.
import assert from "node:assert/strict";
import { previewLook } from "../../../cli/drift/preview-judgement.ts";
import { previewedByPulumi } from "../../../cli/drift/pulumi-preview.ts";

const URN = "urn:pulumi:main::slipway::slipway:index:WorkflowRoles$aws:iam/role:Role::push-role";
const same = { op: "same", urn: "urn:pulumi:main::slipway::pulumi:pulumi:Stack::slipway-main" };

function look(digest: unknown, exitCode: number) {
  const text = typeof digest === "string" ? digest : JSON.stringify(digest, undefined, 4);
  return previewLook(previewedByPulumi(text, exitCode), { hidesBypassActors: false });
}

describe("drift that a preview by the Pulumi CLI shows", () => {
  it("is nothing where it ends well and lists no change", () => {
    const nothing = { findings: [], notes: [], unasked: [] };
    assert.deepEqual(look({ steps: [same], changeSummary: { same: 1 } }, 0), nothing);
    assert.deepEqual(look({ config: {}, changeSummary: null }, 0), nothing);
  });

  it("is every step that changes something, without the states that stand beside it", () => {
    const state = { inputs: { password: "marker" } };
    const steps = [
      same,
      { op: "refresh", urn: URN },
      { op: "update", urn: URN, diffReasons: ["tags", "path"], oldState: state, newState: state },
      { op: "replace", urn: `${URN}::2`, replaceReasons: ["name"], diffReasons: ["name"] },
      { op: "create-replacement", urn: `${URN}::2` },
      { op: "delete-replaced", urn: `${URN}::2` },
      { op: "delete", urn: URN },
    ];
    const found = look({ steps }, 255);
    assert.deepEqual(found.findings, [
      { subject: "push-role", message: "up would update this aws.iam.Role: tags, path" },
      { subject: "push-role::2", message: "up would replace this aws.iam.Role: name" },
      { subject: "push-role", message: "up would delete this aws.iam.Role" },
    ]);
    assert.doesNotMatch(JSON.stringify(found), /marker/);
  });

  it("is what it counts and does not list, too", () => {
    const digest = { steps: [same], changeSummary: { same: 80, update: 2, refresh: 3 } };
    assert.deepEqual(look(digest, 255).findings, [
      {
        subject: "preview",
        message: "the Pulumi CLI finds changes that it does not list: 2 update",
      },
    ]);
  });

  it("is not known where it failed or printed something else", () => {
    const diagnostics = [
      { severity: "warning", message: "old" },
      { severity: "error", message: "no credentials\nat stack" },
    ];
    assert.deepEqual(look({ diagnostics }, 255).unasked, ["no credentials"]);
    for (const [text, exitCode] of [
      ["", 255],
      ["error: no stack", 1],
      ["[]", 0],
    ] as const) {
      const { findings, unasked } = look(text, exitCode);
      assert.deepEqual(findings, []);
      assert.match(
        unasked?.[0] ?? "",
        /^pulumi preview ended with code \d+ and printed no preview/,
      );
    }
    assert.match(look({}, 1).unasked?.[0] ?? "", /ended with code 1; the log of the run/);
  });
});
