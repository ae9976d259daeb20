// Does not prove that AWS decides so: the cases are those that its documentation tells, named by page.
import assert from "node:assert/strict";
import fc from "fast-check";
import { readIamPolicy } from "../../rules/iam-document.ts";
import { evaluate, type IamRequest } from "../../rules/iam-evaluation.ts";
import { matchesPattern, patternOf } from "../../rules/iam-pattern.ts";

const provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
const action = "sts:AssumeRoleWithWebIdentity";
type Context = IamRequest["context"];

function allows(statements: readonly object[], context: Context = {}, version = "2012-10-17") {
  const read = readIamPolicy({ Version: version, Statement: statements });
  assert.ok("policy" in read, JSON.stringify(read));
  return evaluate(read.policy, { provider, action, context }).allowed;
}

function statement(more: object = {}): object {
  return { Effect: "Allow", Principal: { Federated: provider }, Action: action, ...more };
}

function holds(condition: object, context: Context, version?: string): boolean {
  return allows([statement({ Condition: condition })], context, version);
}

function problems(document: unknown): readonly string[] {
  const read = readIamPolicy(document);
  return "problems" in read ? read.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

describe("IAM conditions", () => {
  /** Operator, value in the policy, value in the request (or none), whether it holds. */
  type Case = readonly [string, string | string[], string | string[] | undefined, boolean];

  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
  const documented: readonly Case[] = [
    // Strings: exact, case by case; wildcards in the Like operators alone.
    ["StringEquals", "iamuser-admin", "iamuser-admin", true],
    ["StringEquals", "iamuser-admin", "IamUser-Admin", false],
    ["StringEquals", ["a", "b"], "b", true],
    ["StringEquals", "a*", "ab", false],
    ["StringEquals", "a*", "a*", true],
    ["StringNotEquals", "a", "b", true],
    ["StringNotEquals", ["a", "b"], "b", false],
    ["StringEqualsIgnoreCase", "Johndoe", "JOHNDOE", true],
    ["StringNotEqualsIgnoreCase", "Johndoe", "johnDOE", false],
    ["StringNotEqualsIgnoreCase", "Johndoe", "jane", true],
    ["StringLike", "t1.*", "t1.micro", true],
    ["StringLike", "t1.*", "t1", false],
    ["StringLike", "t1.*", "T1.micro", false],
    ["StringLike", "t?.micro", "t2.micro", true],
    ["StringLike", "t?.micro", "t.micro", false],
    ["StringLike", "home/*/x", "home/a/b/x", true],
    ["StringNotLike", "t1.*", "t1.micro", false],
    ["StringNotLike", "t1.*", "m3.large", true],
    // Numbers
    ["NumericEquals", "10", "10.0", true],
    ["NumericNotEquals", "10", "11", true],
    ["NumericLessThan", "10", "9", true],
    ["NumericLessThan", "10", "10", false],
    ["NumericLessThanEquals", "10", "10", true],
    ["NumericLessThanEquals", "10", "11", false],
    ["NumericGreaterThan", "10", "10.5", true],
    ["NumericGreaterThanEquals", "10", "9", false],
    // Dates: ISO 8601 or seconds since 1970
    ["DateEquals", "2020-01-01T00:00:00Z", "1577836800", true],
    ["DateNotEquals", "2020-01-01T00:00:00Z", "2020-01-01T00:00:01Z", true],
    ["DateGreaterThan", "2020-01-01T00:00:01Z", "2020-01-01T00:00:02Z", true],
    ["DateGreaterThan", "2020-01-01T00:00:01Z", "2019-12-31T23:59:59Z", false],
    ["DateGreaterThanEquals", "2020-01-01", "2020-01-01T00:00:00Z", true],
    ["DateLessThan", "2020-01-01T00:00:01Z", "2020-01-01T00:00:01Z", false],
    ["DateLessThanEquals", "2020-01-01T00:00:01Z", "2020-01-01T00:00:01Z", true],
    // Truth
    ["Bool", "false", "false", true],
    ["Bool", "false", "true", false],
    // Addresses: the range 203.0.113.0 to 203.0.113.255, and a prefix of /32 where none is written
    ["IpAddress", "203.0.113.0/24", "203.0.113.255", true],
    ["IpAddress", "203.0.113.0/24", "203.0.114.0", false],
    ["IpAddress", "203.0.113.5", "203.0.113.5", true],
    ["IpAddress", "203.0.113.5", "203.0.113.6", false],
    ["IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], "2001:db8:1234:5678::1", true],
    ["NotIpAddress", "203.0.113.0/24", "203.0.113.7", false],
    ["NotIpAddress", "203.0.113.0/24", "198.51.100.7", true],
    // ARNs: component by component; the example of the page, where StringLike would match
    [
      "StringLike",
      "arn:aws:someservice:*:111122223333:finance/*",
      "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
      true,
    ],
    [
      "ArnLike",
      "arn:aws:someservice:*:111122223333:finance/*",
      "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
      false,
    ],
    ["ArnLike", "arn:aws:sns:*:123456789012:T?", "arn:aws:sns:eu-west-1:123456789012:T1", true],
    ["ArnEquals", "arn:aws:sns:*:123456789012:T?", "arn:aws:sns:eu-west-1:123456789012:T1", true],
    ["ArnNotLike", "arn:aws:sns:*:123456789012:*", "arn:aws:sns:x:123456789012:T:2", false],
    ["ArnNotEquals", "arn:aws:sns:*:123456789012:*", "arn:aws:sns:x:999999999999:T", true],
    // "If the key is not present, the values do not match and the condition is false", unless it is negated.
    ["StringEquals", "a", undefined, false],
    ["StringLike", "*", undefined, false],
    ["NumericLessThanEquals", "10", undefined, false],
    ["Bool", "false", undefined, false],
    ["StringNotEquals", "a", undefined, true],
    ["StringNotLike", "*", undefined, true],
    ["ArnNotLike", "arn:aws:sns:*:*:*", undefined, true],
    ["NotIpAddress", "203.0.113.0/24", undefined, true],
    // ...IfExists
    ["StringLikeIfExists", ["t1.*", "t2.*"], undefined, true],
    ["StringLikeIfExists", ["t1.*", "t2.*"], "t2.large", true],
    ["StringLikeIfExists", ["t1.*", "t2.*"], "m3.large", false],
    ["StringNotEqualsIfExists", "a", undefined, true],
    ["BoolIfExists", "true", undefined, true],
    // Null
    ["Null", "true", undefined, true],
    ["Null", "true", "x", false],
    ["Null", "false", "x", true],
    ["Null", "false", undefined, false],
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    [
      "ForAllValues:StringLike",
      ["PostDateTime", "Message", "Tags"],
      ["PostDateTime", "Message"],
      true,
    ],
    [
      "ForAllValues:StringLike",
      ["PostDateTime", "Message", "Tags"],
      ["PostDateTime", "UserName"],
      false,
    ],
    ["ForAllValues:StringEquals", "a", undefined, true],
    ["ForAllValues:StringEquals", "a", [], true],
    ["ForAllValues:StringEquals", "a", "", true],
    ["ForAllValues:StringNotEquals", ["a", "b"], ["c", "d"], true],
    ["ForAllValues:StringNotEquals", ["a", "b"], ["c", "a"], false],
    [
      "ForAnyValue:StringLike",
      ["ID", "PostDateTime"],
      ["UserName", "Message", "PostDateTime"],
      true,
    ],
    ["ForAnyValue:StringLike", ["ID", "PostDateTime"], ["UserName"], false],
    ["ForAnyValue:StringEquals", "a", undefined, false],
    ["ForAnyValue:StringEquals", "", "", false],
    ["ForAnyValue:StringEqualsIfExists", "a", undefined, true],
    ["ForAllValues:StringEqualsIfExists", "a", "b", false],
  ];
  for (const [operator, wanted, found, expected] of documented) {
    const title = `${operator} ${JSON.stringify(wanted)} ${expected ? "holds" : "fails"} for ${found === undefined ? "a missing key" : JSON.stringify(found)}`;
    it(title, () => {
      const context: Context = found === undefined ? {} : { "aws:Key": found };
      assert.equal(holds({ [operator]: { "aws:Key": wanted } }, context), expected);
    });
  }

  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html: "Key names are case-insensitive"
  it("find a key whatever the case of its letters", () => {
    assert.ok(holds({ StringEquals: { "AWS:currenttime": "x" } }, { "aws:CurrentTime": "x" }));
  });

  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
  it("must all hold: every operator and every key of one", () => {
    const condition = { StringEquals: { a: "1", b: "2" }, StringLike: { c: "3*" } };
    assert.ok(holds(condition, { a: "1", b: "2", c: "33" }));
    for (const key of ["a", "b", "c"]) {
      assert.ok(!holds(condition, { a: "1", b: "2", c: "33", [key]: "x" }), key);
    }
  });

  it("take numbers and booleans of JSON for their text", () => {
    assert.ok(holds({ Bool: { a: true }, NumericEquals: { b: 5 } }, { a: "true", b: "5" }));
  });

  it("do not hold for several values without a set operator", () => {
    assert.ok(!holds({ StringEquals: { a: "1" } }, { a: ["1", "2"] }));
    assert.ok(!holds({ StringNotEquals: { a: "3" } }, { a: ["1", "2"] }));
  });

  describe("with policy variables", () => {
    const page = { "aws:username": "David", "s3:prefix": "home/David/x" };

    it("take the request's value", () => {
      assert.ok(holds({ StringLike: { "s3:prefix": "home/${aws:username}/*" } }, page));
      assert.ok(!holds({ StringLike: { "s3:prefix": "home/${aws:userid}/*" } }, page));
      const byDefault = { StringLike: { "s3:prefix": "home/${aws:userid, 'David'}/*" } };
      assert.ok(holds(byDefault, page));
    });

    it("know literal asterisks, question marks and dollars", () => {
      const condition = { StringLike: { a: "${*}${?}${$}*" } };
      assert.ok(holds(condition, { a: "*?$x" }));
      assert.ok(!holds(condition, { a: "xx$x" }));
    });

    it("do not hold where a variable has no value, not even when negated", () => {
      assert.ok(!holds({ StringNotEquals: { a: "${b}" } }, { a: "x" }));
      assert.ok(!holds({ StringNotEquals: { a: "${b}" } }, { a: "x", b: ["1", "2"] }));
    });

    it("are plain text in the old version of the language", () => {
      const condition = { StringEquals: { a: "${aws:username}" } };
      assert.ok(holds(condition, { ...page, a: "${aws:username}" }, "2008-10-17"));
      assert.ok(!holds(condition, { ...page, a: "David" }, "2008-10-17"));
    });
  });

  it("never make matching slow, however many wildcards there are", () => {
    const pattern = patternOf(`${"*a".repeat(2000)}b`, undefined);
    assert.ok(pattern !== undefined && !matchesPattern(pattern, "a".repeat(4000)));
  });

  it("match wildcards as a regular expression would", () => {
    const text = fc.array(fc.constantFrom("a", "b", "/", "*", "?", "."), { maxLength: 8 });
    fc.assert(
      fc.property(text, text, (wanted, found) => {
        const source = wanted.map((one) => (one === "*" ? ".*" : one === "?" ? "." : `[${one}]`));
        const pattern = patternOf(wanted.join(""), undefined);
        assert.ok(pattern !== undefined);
        const expected = new RegExp(`^${source.join("")}$`, "s").test(found.join(""));
        assert.equal(matchesPattern(pattern, found.join("")), expected);
      }),
    );
  });
});

describe("IAM statements", () => {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
  it("allow nothing that none of them allows, and nothing that one denies", () => {
    const deny = statement({ Effect: "Deny", Condition: { StringEquals: { a: "1" } } });
    assert.ok(!allows([deny], { a: "2" }));
    assert.ok(!allows([statement(), deny], { a: "1" }));
    assert.ok(!allows([deny, statement()], { a: "1" }));
    assert.ok(allows([deny, statement()], { a: "2" }));
  });

  it("allow when any of them does", () => {
    const one = statement({ Condition: { StringEquals: { a: "1" } } });
    const two = statement({ Condition: { StringEquals: { a: "2" } } });
    assert.ok(allows([one, two], { a: "2" }));
    assert.ok(!allows([one, two], { a: "3" }));
  });

  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists
  it("deny by a negated operator with IfExists when the key is missing", () => {
    const condition = { StringNotEqualsIfExists: { a: "1" } };
    assert.ok(!allows([statement(), statement({ Effect: "Deny", Condition: condition })]));
  });

  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
  for (const [actions, expected] of [
    [{ Action: "sts:AssumeRole" }, false],
    [{ Action: "STS:assumerolewithwebidentity" }, true],
    [{ Action: "sts:AssumeRole*" }, true],
    [{ Action: ["sts:TagSession", "*"] }, true],
    [{ Action: "sts:AssumeRole?ithWebIdentity" }, true],
    [{ NotAction: "sts:AssumeRole" }, true],
    [{ NotAction: ["sts:AssumeRole", "sts:*Identity"] }, false],
  ] as const) {
    it(`are about the action with ${JSON.stringify(actions)}: ${expected}`, () => {
      assert.equal(allows([statement({ Action: undefined, ...actions })]), expected);
    });
  }

  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
  for (const [principal, expected] of [
    ["*", true],
    [{ AWS: "*" }, true],
    [{ AWS: "arn:aws:iam::111122223333:root" }, false],
    [{ Service: "ec2.amazonaws.com" }, false],
    [{ Federated: "accounts.google.com" }, false],
    [{ Federated: ["accounts.google.com", provider] }, true],
    [{ Federated: provider.replace("actions", "*") }, false],
  ] as const) {
    it(`speak of a token's holder with Principal ${JSON.stringify(principal)}: ${expected}`, () => {
      assert.equal(allows([statement({ Principal: principal })]), expected);
    });
  }

  it("may stand alone, without a list", () => {
    const read = readIamPolicy({ Version: "2012-10-17", Statement: statement({ Sid: "One" }) });
    assert.ok("policy" in read);
    assert.deepEqual(
      read.policy.statements.map(({ name }) => name),
      ["One"],
    );
  });
});

describe("an IAM policy that cannot be judged", () => {
  it("is refused with every fault and its place", () => {
    const Condition = {
      StringEqual: { a: "1" },
      BinaryEquals: { a: "QQ==" },
      "ForSomeValues:StringEquals": { a: "1" },
      NullIfExists: { a: "true" },
      "ForAllValues:Null": { a: "true" },
      NumericEquals: { a: "ten" },
      DateEquals: { a: "today" },
      IpAddress: { a: "203.0.113.0/33" },
      Bool: { a: "yes" },
      NumericLessThan: { a: "${b}" },
      StringLike: { a: [] },
      StringEquals: "a",
    };
    const document = {
      Version: "2020",
      Statement: [
        statement({ Principal: undefined, Condition, Resource: "*", NotPrincipal: { AWS: "x" } }),
      ],
    };
    const place = "Statement[0].Condition";
    assert.deepEqual(problems(document), [
      'Version: "2020" is not 2012-10-17 or 2008-10-17',
      "Statement[0].Resource: does not belong in a trust policy: its resource is the role",
      "Statement[0].NotPrincipal: is not judged: it names who is left out, and so lets in everybody else; write Principal",
      `${place}.StringEqual: "StringEqual" is no operator that is known here (did you mean "StringEquals"?)`,
      `${place}.BinaryEquals: "BinaryEquals" is no operator that is known here (did you mean "ArnEquals"?)`,
      `${place}.ForSomeValues:StringEquals: "ForSomeValues:StringEquals" is no operator that is known here`,
      `${place}.NullIfExists: NullIfExists asks whether a key is there; write Null alone`,
      `${place}.ForAllValues:Null: ForAllValues:Null asks whether a key is there; write Null alone`,
      `${place}.NumericEquals.a: "ten" is not a number`,
      `${place}.DateEquals.a: "today" is not a date of ISO 8601 or seconds since 1970`,
      `${place}.IpAddress.a: "203.0.113.0/33" is not an IP address or a range, e.g. 203.0.113.0/24`,
      `${place}.Bool.a: "yes" is not true or false`,
      `${place}.NumericLessThan.a: "\${b}" is a variable, which NumericLessThan knows none of`,
      `${place}.StringLike.a: empty; write at least one`,
      `${place}.StringEquals: "a" is not a JSON object`,
    ]);
  });

  for (const [document, message] of [
    [[], "policy: [] is not a JSON object"],
    [{ Version: "2012-10-17" }, "Statement: missing; a trust policy without one trusts nobody"],
    [
      { Statement: statement({ Effect: "allow" }) },
      'Statement[0].Effect: "allow" is not Allow or Deny',
    ],
    [
      { Statement: statement({ NotAction: "*" }) },
      "Statement[0].Action: write Action or NotAction, one of them",
    ],
    [
      { Statement: statement({ Principal: undefined }) },
      "Statement[0].Principal: missing; a trust policy says whom it trusts",
    ],
    [
      { Statement: statement({ Principal: { Everyone: "*" } }) },
      "Statement[0].Principal.Everyone: is none of Federated, AWS, Service, CanonicalUser",
    ],
    [
      { Statement: statement({ Conditions: {} }) },
      "Statement[0].Conditions: is no element of a statement",
    ],
  ] as const) {
    it(`is one that says ${message}`, () => assert.ok(problems(document).includes(message)));
  }
});
