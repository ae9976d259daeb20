import type { IamPolicy, IamStatement } from "./iam-document.ts";
import { ASSUME_BY_TOKEN, coversAction } from "./iam-evaluation.ts";
import { audienceWeaknesses } from "./trust-audience.ts";
import {
  type Bound,
  boundsOf,
  claimOf,
  githubProviderIn,
  isGithubProvider,
  isSame,
  type NamedRepository,
  namesJob,
  namesRef,
  readRepository,
  repositoryIn,
} from "./trust-bounds.ts";
import { parseSubject } from "./trust-subject.ts";
import { whyNobody } from "./trust-unmet.ts";
import { weaknessOf } from "./trust-weakness.ts";
import { type Change, STRANGER, subjectsLike, witness } from "./trust-witness.ts";

/** A way in for somebody who is not meant. */
export interface Hole {
  /** Sid of the statement, or its place. */
  readonly statement: string;
  /** In plain words. */
  readonly what: string;
  /**
   * Claims of a token that gets in, or the principal that does; null where the statement's other conditions left none that
   * was found, so that nothing is certain but the fault. Where they hold for no token at all, see `unmetStatements`.
   */
  readonly example: Readonly<Record<string, string>> | null;
}

const WAYS_IN = ["sts:AssumeRole", "sts:AssumeRoleWithSAML", ASSUME_BY_TOKEN];

/**
 * Every way into a role besides tokens of certain repositories, in certain environments, branches or tags.
 *
 * A statement is judged by what it binds: the audience, the repository (by `sub`, `repository` or `repository_id`) and the
 * job (by `sub`, `environment` or `ref`). What a condition does not demand of every token, it does not bind.
 * @param named the repositories that are meant; without them, those that the policy names itself
 */
export function findHoles(
  policy: IamPolicy,
  named: readonly NamedRepository[] = [],
): readonly Hole[] {
  return policy.statements
    .filter(({ effect }) => effect === "Allow")
    .filter((statement) => WAYS_IN.some((action) => coversAction(statement, action)))
    .flatMap((statement) => new StatementCheck(policy, statement, named).holes());
}

/** Judges one statement of a policy that lets somebody in. */
class StatementCheck {
  readonly #policy: IamPolicy;
  readonly #statement: IamStatement;
  readonly #named: readonly NamedRepository[];
  readonly #provider: string;

  constructor(policy: IamPolicy, statement: IamStatement, named: readonly NamedRepository[]) {
    this.#policy = policy;
    this.#statement = statement;
    this.#named = named;
    this.#provider = githubProviderIn(policy) ?? "";
  }

  holes(): readonly Hole[] {
    const { principals, actions } = this.#statement;
    const byToken =
      coversAction(this.#statement, ASSUME_BY_TOKEN) &&
      principals.some(({ value }) => value === "*" || isGithubProvider(value));
    return [
      ...(actions.except
        ? [this.#hole("NotAction allows every action but those it names", [{}])]
        : []),
      ...this.#principals(),
      ...(byToken
        ? [...this.#weakConditions(), ...this.#audience(), ...this.#repository(), ...this.#job()]
        : []),
    ];
  }

  #hole(what: string, changes: readonly Change[]): Hole {
    const example = witness(this.#policy, this.#statement, this.#provider, changes);
    return { statement: this.#statement.name, what, example };
  }

  #principals(): readonly Hole[] {
    return this.#statement.principals.flatMap(({ kind, value }) => {
      if (kind === "Federated" && isGithubProvider(value)) return [];
      const who =
        value === "*"
          ? "everybody, whatever identity provider vouches for them"
          : `${kind} ${value}, which needs no token of GitHub's provider`;
      const example = { principal: value };
      return { statement: this.#statement.name, what: `the principal is ${who}`, example };
    });
  }

  /** Conditions that read as if they demanded a claim. */
  #weakConditions(): readonly Hole[] {
    return this.#statement.conditions.flatMap((condition) => {
      const weakness = weaknessOf(condition);
      return weakness === undefined ? [] : this.#hole(weakness.what, weakness.changes);
    });
  }

  #audience(): readonly Hole[] {
    return audienceWeaknesses(this.#bounds("aud"), this.#isWeaklyBound("aud")).map(
      ({ what, changes }) => this.#hole(what, changes),
    );
  }

  #repository(): readonly Hole[] {
    const subjects = this.#bounds("sub");
    const names = this.#bounds("repository");
    const ids = this.#bounds("repository_id");
    const isMeant = (found: NamedRepository | undefined) =>
      found !== undefined &&
      (this.#named.length === 0 || this.#named.some((one) => isSame(one, found)));
    const fits = (all: readonly (readonly Bound[])[], test: (one: Bound) => boolean) =>
      all.some((values) => values.every(test));
    const meantById = ({ open, text }: Bound) =>
      !open &&
      (this.#named.length === 0 || this.#named.some(({ ids: own }) => own?.repository === text));
    const meantBySubject = ({ text }: Bound) => isMeant(repositoryIn(text));
    if (
      fits(subjects, meantBySubject) ||
      fits(names, ({ open, text }) => !open && isMeant(readRepository(text))) ||
      fits(ids, meantById)
    ) {
      return [];
    }
    const [values] = subjects;
    if (values === undefined) {
      if (names.length + ids.length > 0) {
        const what = `${listedBounds([...names, ...ids])} is not a repository that is meant`;
        return [this.#hole(what, [{ sub: STRANGER }])];
      }
      if (this.#isWeaklyBound("sub")) return [];
      const what =
        whyNobody(this.#statement) === undefined
          ? "no condition demands sub, so that any repository on GitHub gets in"
          : "no condition demands sub, and no other that can hold names a repository";
      return [this.#hole(what, [{ sub: STRANGER }])];
    }
    return values
      .filter((one) => !meantBySubject(one))
      .map(({ text }) => {
        const found = repositoryIn(text);
        const changes = subjectsLike(text).map((sub) => ({ sub }));
        if (found !== undefined) {
          return this.#hole(
            `sub ${text}: ${found.owner}/${found.name} is not a repository that is meant`,
            changes,
          );
        }
        if (parseSubject(text) === undefined && !/[*?$]/.test(text)) {
          const what = `sub ${text} is no subject of GitHub's own form; a customised template is not judged`;
          return this.#hole(what, [{ sub: text }]);
        }
        return this.#hole(`sub ${text}: the wildcard stands for other repositories, too`, changes);
      });
  }

  #job(): readonly Hole[] {
    const subjects = this.#bounds("sub");
    if (this.#bounds("environment").some((values) => values.every(({ open }) => !open))) return [];
    if (
      this.#bounds("ref").some((values) =>
        values.every(({ text, ignoresCase }) => namesRef(text) && !ignoresCase),
      )
    ) {
      return [];
    }
    const named = ({ text, ignoresCase }: Bound) =>
      namesJob(text) && !(ignoresCase && /:ref:/i.test(text));
    if (subjects.some((values) => values.every(named))) return [];
    const [values] = subjects;
    // Without a subject, that any repository gets in says it already.
    if (values === undefined) {
      if (this.#bounds("repository").length + this.#bounds("repository_id").length === 0) return [];
      const what =
        "no condition demands an environment, a branch or a tag, so that every job of the repository gets in";
      return [this.#hole(what, [{ sub: STRANGER }])];
    }
    return values
      .filter((one) => !named(one) && repositoryIn(one.text) !== undefined)
      .map(({ text, ignoresCase }) => {
        if (text.endsWith(":pull_request")) {
          const what = `sub ${text}: a pull request runs the code of whoever opened it`;
          return this.#hole(what, [{ sub: text }]);
        }
        if (ignoresCase) {
          const other = text.replace(/:ref:refs\/(heads|tags)\/.*$/i, (end) =>
            end.replace(/[^/]*$/, (name) => name.toUpperCase()),
          );
          return this.#hole(
            `sub ${text}: whoever may push may make a ref of the same name in other letters`,
            [{ sub: other }],
          );
        }
        if (!/[*?$]/.test(text)) {
          const what = `sub ${text} is no subject of GitHub's own form; a customised template is not judged`;
          return this.#hole(what, [{ sub: text }]);
        }
        const what = `sub ${text}: the wildcard stands for ${openTo(text)}`;
        return this.#hole(
          what,
          subjectsLike(text).map((sub) => ({ sub })),
        );
      });
  }

  /** Whether a condition on a claim is a hole already. */
  #isWeaklyBound(claim: string): boolean {
    return this.#statement.conditions.some(
      (condition) => claimOf(condition) === claim && weaknessOf(condition) !== undefined,
    );
  }

  #bounds(claim: string): readonly (readonly Bound[])[] {
    return boundsOf(this.#statement, claim, this.#policy);
  }
}

function openTo(subject: string): string {
  if (subject.includes(":environment:")) return "other environments, too";
  if (subject.includes(":ref:refs/heads/")) return "every branch";
  if (subject.includes(":ref:refs/tags/")) return "every tag";
  if (subject.includes(":ref:")) return "every branch and tag";
  return "every branch, tag, environment and pull request of the repository";
}

function listedBounds(bounds: readonly (readonly Bound[])[]): string {
  return bounds
    .flat()
    .map(({ text }) => text)
    .join(", ");
}
