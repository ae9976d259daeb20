// Does not run the Pulumi CLI: the pack is started by the SDK's own runner, and asked over the protocol that the CLI speaks.
import assert from "node:assert/strict";
import { policies } from "../../policy/all.ts";
import { enforcement, UNKNOWN } from "../../policy/policy.ts";
import { TYPES } from "../../policy/types.ts";
import { resource } from "./support/judged.ts";
import { RunningPack, urn } from "./support/pack.ts";
import { planOf } from "./support/plans.ts";
import { set } from "./support/changes.ts";

describe("the policy pack", () => {
  let pack: RunningPack;
  before(async () => {
    pack = await RunningPack.start();
  });
  after(() => pack.stop());

  it("offers every policy under its name, with what it demands and how it is enforced", async () => {
    const info = await pack.info();
    assert.equal(info.getName(), "slipway");
    assert.equal(info.getVersion(), "0.1.0");
    const levels = ["advisory", "mandatory"];
    const offered = info.getPoliciesList().map((one) => ({
      name: one.getName(),
      level: levels[one.getEnforcementlevel()],
      description: one.getDescription(),
    }));
    const own = [...policies.resource, ...policies.stack].map((one) => ({
      name: one.name,
      level: enforcement(one.severity),
      description: one.description,
    }));
    assert.deepEqual(offered, own);
  });

  it("passes every resource of stack main, and the stack", async () => {
    const plan = await planOf("main");
    for (const one of plan) assert.deepEqual((await pack.analyze(one)).violations, [], one.name);
    assert.deepEqual((await pack.analyzeStack(plan)).violations, []);
  });

  it("refuses a resource, with what to write", async () => {
    const bad = resource(TYPES.repository, {
      name: "pytorch/ci-image",
      imageTagMutability: "MUTABLE",
    });
    const { violations } = await pack.analyze(bad);
    const [names, scan] = violations;
    assert.equal(violations.length, 2);
    assert.match(names!, /^repository-names-are-immutable /);
    assert.match(names!, /its names are "MUTABLE"\. Write imageTagMutability: "IMMUTABLE"/);
    assert.match(scan!, /^repository-is-scanned /);
  });

  it("refuses a stack, and says at which resource", async () => {
    const plan = set("ci-image-repository", { forceDelete: true })(await planOf("main"));
    const bad = plan.find(({ name }) => name === "ci-image-repository")!;
    const { violations } = await pack.analyzeStack(plan);
    assert.equal(violations.length, 1);
    assert.ok(violations[0]!.startsWith(`repository-is-not-force-deletable ${urn(bad)}: `));
  });

  it("says that it did not judge what the engine does not know or does not tell", async () => {
    const unknown = await pack.analyze(
      resource(TYPES.role, {
        path: "/slipway/",
        assumeRolePolicy: UNKNOWN,
        permissionsBoundary: UNKNOWN,
      }),
    );
    assert.deepEqual(unknown, {
      violations: [],
      notApplicable: [
        "trust-has-no-hole: not judged: assumeRolePolicy is not known yet",
        "role-has-a-boundary: not judged: permissionsBoundary is not known yet",
      ],
    });
    const image = await pack.analyze(resource(TYPES.image, { push: false }));
    assert.deepEqual(image, {
      violations: [],
      notApplicable: [
        "image-is-retained: not judged: the engine does not tell whether it is retained",
      ],
    });
  });

  it("finds an unknown however deep it is", async () => {
    const { violations, notApplicable } = await pack.analyze(
      resource(TYPES.image, {
        context: { named: { base: { location: UNKNOWN } } },
        exports: [UNKNOWN],
      }),
    );
    assert.deepEqual(violations, []);
    assert.ok(
      notApplicable.includes(
        "image-stands-on-digests: not judged: context.named.base is not known yet",
      ),
    );
    assert.ok(
      notApplicable.includes("image-is-pushed-by-digest: not judged: exports[0] is not known yet"),
    );
  });
});
