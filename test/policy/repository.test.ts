import { type Properties, UNKNOWN } from "../../policy/policy.ts";
import { TYPES } from "../../policy/types.ts";
import { assertFires, assertOpen, assertSilent, resource } from "./support/judged.ts";

const repository = (properties: Properties, protect = false) =>
  resource(TYPES.repository, properties, { protect });

describe("policies on repositories", () => {
  it("let the names of caches move, and leave open what may be one", () => {
    const name = "repository-names-are-immutable";
    assertSilent(name, repository({ name: "o/f-cache", imageTagMutability: "MUTABLE" }));
    assertFires(name, 'its names are "MUTABLE"', repository({ name: "o/f" }));
    assertOpen(name, "name is not known yet", repository({ name: UNKNOWN }));
  });

  it("leave open whether a repository has a lifecycle policy while nobody knows whose one is", () => {
    const name = "repository-has-a-lifecycle";
    const lifecycle = (of: string | typeof UNKNOWN) =>
      resource(TYPES.lifecyclePolicy, { repository: of });
    assertSilent(name, repository({ name: "o/f" }), lifecycle("o/f"));
    assertFires(name, "has no lifecycle policy", repository({ name: "o/f" }), lifecycle("o/g"));
    const why = "the repository of a lifecycle policy is not known yet";
    assertOpen(name, why, repository({ name: "o/f" }), lifecycle(UNKNOWN));
  });

  it("let repositories go with their images in a stack that protects nothing", () => {
    const name = "repository-is-not-force-deletable";
    assertSilent(name, repository({ name: "o/f", forceDelete: true }));
    assertFires(name, /with its images/, repository({ name: "o/f", forceDelete: true }, true));
    assertSilent(name, repository({ name: "o/f-cache", forceDelete: true }, true));
  });

  it("refuse a lifecycle policy that ECR would refuse, with its reason", () => {
    const lifecycle = resource(TYPES.lifecyclePolicy, {
      repository: "o/f",
      policy: '{"rules":[]}',
    });
    assertFires("lifecycle-keeps-pins", /^rules: empty/, lifecycle);
  });

  it("refuse a repository's policy that names whom it does not let in", () => {
    const statement = { Effect: "Allow", NotPrincipal: { AWS: "1" }, Action: "ecr:BatchGetImage" };
    const policy = resource(TYPES.repositoryPolicy, { policy: { Statement: statement } });
    assertFires("repository-is-not-public", /everybody but some$/, policy);
  });
});
