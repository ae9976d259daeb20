// Does not prove what ECR accepts: only what its documentation and its known errors say.
import assert from "node:assert/strict";
import { readLifecyclePolicy } from "../../rules/lifecycle-policy.ts";

const expire = { type: "expire" };
const archive = { type: "transition", targetStorageClass: "archive" };
const byCount = { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 };
const byAge = {
  tagStatus: "any",
  countType: "sinceImagePushed",
  countUnit: "days",
  countNumber: 1,
};

function rule(rulePriority: unknown, selection: object, action: object = expire) {
  return { rulePriority, selection, action };
}

/** Every fault of a policy, as `path: message`, in the order of the rules. */
function faults(policy: unknown): string[] {
  const read = readLifecyclePolicy(JSON.stringify(policy));
  return "policy" in read ? [] : read.problems.map(({ path, message }) => `${path}: ${message}`);
}

describe("lifecycle policy of ECR", () => {
  it("takes every kind of rule that ECR documents", () => {
    const rules = [
      rule(1, { ...byAge, tagStatus: "tagged", tagPatternList: ["*test*1*2*3", "test*1*2*3*"] }),
      rule(20, { ...byAge, tagStatus: "tagged", tagPrefixList: ["v"], storageClass: "standard" }),
      rule(30, { ...byCount, tagStatus: "untagged" }),
      rule(
        40,
        { tagStatus: "any", countType: "sinceImagePulled", countUnit: "days", countNumber: 90 },
        archive,
      ),
      rule(50, {
        tagStatus: "any",
        storageClass: "archive",
        countType: "sinceImageTransitioned",
        countUnit: "days",
        countNumber: 365,
      }),
    ];
    assert.deepEqual(faults({ rules }), []);
  });

  it("is refused with all its faults at once", () => {
    const tagged = { ...byCount, tagStatus: "tagged" };
    const rules = [
      rule(0, { ...byCount, tagStatus: "some", countNumber: 1.5, countKind: "x" }),
      { ...rule(2, byCount), descripton: "a", description: 5 },
      rule(3, { ...byAge, countUnit: "hours", countNumber: 0 }),
      rule(4, tagged),
      rule(5, { ...tagged, tagPrefixList: ["a"], tagPatternList: ["a*"] }),
      rule(6, { ...byCount, tagStatus: "untagged", tagPrefixList: ["a"] }),
      rule(7, { ...tagged, tagPatternList: ["*a*b*c*d*", "release/2.10*", ""] }),
      rule(8, { ...tagged, tagPrefixList: ["v*", "x".repeat(129)] }),
      rule(9, { ...byAge, tagStatus: "tagged", tagPrefixList: [], countUnit: undefined }),
      "rule",
      rule(11, byCount, { type: "delete" }),
    ];
    assert.deepEqual(faults({ rules }).sort(), [
      "rules[0].rulePriority: 0 is not a whole number from 1",
      "rules[0].selection.countKind: unknown key; the keys here are tagStatus, tagPatternList, tagPrefixList, storageClass, countType, countUnit, countNumber",
      "rules[0].selection.countNumber: 1.5 is not a whole number from 1",
      'rules[0].selection.tagStatus: "some" is not one of tagged, untagged, any',
      'rules[10].action.type: "delete" is not one of expire, transition',
      "rules[1].description: 5 is not a text",
      'rules[1].descripton: unknown key (did you mean "description"?); the keys here are rulePriority, description, selection, action',
      "rules[2].selection.countNumber: 0 is not a whole number from 1",
      'rules[2].selection.countUnit: "hours" is not "days", the only unit',
      'rules[3].selection.tagPatternList: missing; ECR wants tagPatternList or tagPrefixList for tagged, e.g. ["*"]',
      "rules[4].selection: has both tagPatternList and tagPrefixList; keep one",
      "rules[5].selection.tagPrefixList: only for tagStatus tagged, which is untagged",
      'rules[6].selection.tagPatternList: "" can match no tag; tags are of letters, digits, ".", "_" and "-"',
      'rules[6].selection.tagPatternList: "*a*b*c*d*" holds 5 wildcards; ECR takes 4',
      'rules[6].selection.tagPatternList: "release/2.10*" can match no tag; tags are of letters, digits, ".", "_" and "-"',
      'rules[7].selection.tagPrefixList: "v*" holds a wildcard; a prefix has none, tagPatternList does',
      "rules[7].selection.tagPrefixList: a text of 129 characters can match no tag; tags have at most 128",
      "rules[8].selection.tagPrefixList: [] is not a list with at least one entry",
      'rules[9]: "rule" is not a map',
    ]);
  });

  it("is refused where count, unit, storage class and action do not go together", () => {
    const pulled = { ...byAge, countType: "sinceImagePulled" };
    const moved = { ...byAge, countType: "sinceImageTransitioned" };
    const tagged = { tagStatus: "tagged", tagPrefixList: ["a"] };
    const rules = [
      rule(1, { ...byCount, ...tagged, countUnit: "days" }),
      rule(2, { ...byAge, tagStatus: "untagged", countUnit: undefined }),
      rule(3, { ...pulled, ...tagged, tagPrefixList: ["b"] }),
      rule(4, { ...moved, ...tagged }, archive),
      rule(5, { ...moved, tagStatus: "untagged", storageClass: "archive" }),
      rule(6, { ...byAge, ...tagged, storageClass: "archive" }),
      rule(7, { ...byAge, ...tagged, tagPrefixList: ["c"] }, { type: "transition" }),
      rule(8, { ...byAge, tagStatus: "any" }, { ...archive, type: "expire" }),
    ];
    assert.deepEqual(faults({ rules }), [
      "rules[0].selection.countUnit: imageCountMoreThan counts images; leave the unit out",
      'rules[1].selection.countUnit: missing; sinceImagePushed counts days, so write "days"',
      'rules[2].action.type: sinceImagePulled can only archive; write "transition", or sinceImagePushed to delete',
      'rules[3].selection.storageClass: sinceImageTransitioned is for archived images; write "archive"',
      'rules[3].action.type: sinceImageTransitioned can only delete; write "expire"',
      "rules[3].selection.countNumber: 1 is too few; ECR keeps archived images at least 90 days",
      "rules[4].selection.countNumber: 1 is too few; ECR keeps archived images at least 90 days",
      'rules[5].selection.storageClass: sinceImagePushed selects standard images only; write "standard"',
      'rules[6].action.targetStorageClass: missing; a transition goes to "archive"',
      "rules[7].action.targetStorageClass: an image that is deleted goes nowhere; leave it out",
      "rules[3].selection: selects the same images as rules[0], and ECR takes one such rule; keep one",
    ]);
  });

  it("is refused where rules do not go together: priorities, any before others, one selection twice", () => {
    const rules = [
      rule(3, byCount),
      rule(1, { ...byCount, tagStatus: "untagged" }),
      rule(2, { ...byAge, tagStatus: "untagged" }),
      rule(7, { ...byAge, tagStatus: "tagged", tagPrefixList: ["a", "b"] }),
      rule(7, { ...byAge, tagStatus: "tagged", tagPrefixList: ["b", "a", "a"] }),
      rule(8, { ...byAge, tagStatus: "tagged", tagPatternList: ["a", "b"] }),
    ];
    assert.deepEqual(faults({ rules }), [
      "rules[4].rulePriority: 7 is the priority of rules[3] too; give each rule its own",
      "rules[2].selection: selects the same images as rules[1], and ECR takes one such rule; keep one",
      "rules[4].selection: selects the same images as rules[3], and ECR takes one such rule; keep one",
      "rules[0].rulePriority: 3 for any image, while another rule has 8; ECR wants any to have the highest number",
    ]);
  });

  it("is refused when it is no policy, empty, of too many rules or too long", () => {
    assert.deepEqual(faults([]), ["(document): [] is not a map"]);
    assert.deepEqual(faults({}), ["rules: missing; must be a list of rules"]);
    assert.deepEqual(faults({ rules: [] }), [
      "rules: empty; ECR wants at least one rule, or no policy at all",
    ]);
    const rules = Array.from({ length: 51 }, (_, index) => ({
      ...rule(index + 1, { ...byAge, tagStatus: "tagged", tagPatternList: [`a${index}`] }),
      description: "x".repeat(256),
    }));
    assert.deepEqual(faults({ rules }), ["rules: 51 rules; ECR takes 50"]);
    const long = readLifecyclePolicy(
      `${JSON.stringify({ rules: [rule(1, byCount)] })}${" ".repeat(31_000)}`,
    );
    assert.ok("problems" in long);
    assert.match(long.problems[0]!.message, /^31\d{3} characters; ECR takes 30720/);
    const broken = readLifecyclePolicy("{");
    assert.ok("problems" in broken);
    assert.match(broken.problems[0]!.message, /^is no JSON; /);
  });
});
