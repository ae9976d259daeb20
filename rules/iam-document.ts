import { type IamOperator, readOperator, valueProblem } from "./iam-operator.ts";
import type { Problem } from "./problems.ts";

/** A trust policy as its words mean it; everything that may stand alone or in a list is a list. */
export interface IamPolicy {
  /** Whether `${...}` is a policy variable: in version 2012-10-17 alone. */
  readonly variables: boolean;
  readonly statements: readonly IamStatement[];
}

export interface IamStatement {
  /** Its Sid, else its place: `Statement[0]`. */
  readonly name: string;
  readonly effect: "Allow" | "Deny";
  readonly principals: readonly IamPrincipal[];
  /** Of `NotAction`, when `except`: all actions besides these. */
  readonly actions: { readonly except: boolean; readonly patterns: readonly string[] };
  /** All must hold. */
  readonly conditions: readonly IamCondition[];
}

export interface IamPrincipal {
  readonly kind: (typeof PRINCIPALS)[number];
  /** ARN, account or name of a service; `*` for everybody. */
  readonly value: string;
}

/** One key under one operator. */
export interface IamCondition {
  readonly operator: IamOperator;
  /** As the policy writes it; the case of letters means nothing. */
  readonly key: string;
  /** One must hold; none may, under a negated operator. */
  readonly values: readonly string[];
}

const PRINCIPALS = ["Federated", "AWS", "Service", "CanonicalUser"] as const;
const VERSIONS = ["2012-10-17", "2008-10-17"];
const ELEMENTS = ["Sid", "Effect", "Principal", "Action", "NotAction", "Condition"];
/** Words of the policy language that a trust policy may not or should not hold, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  NotPrincipal:
    "is not judged: it names who is left out, and so lets in everybody else; write Principal",
  Resource: "does not belong in a trust policy: its resource is the role",
  NotResource: "does not belong in a trust policy: its resource is the role",
};

/** What keeps a document from being read, or the policy that it is. */
export type ReadPolicy = { readonly policy: IamPolicy } | { readonly problems: readonly Problem[] };

/**
 * Reads the JSON of a trust policy.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function readIamPolicy(document: unknown): ReadPolicy {
  const reader = new Reader();
  const policy = reader.policy(document);
  return reader.problems.length > 0 ? { problems: reader.problems } : { policy };
}

/** Collects every fault while it reads; what it returns is of use only when there is none. */
class Reader {
  readonly problems: Problem[] = [];

  policy(document: unknown): IamPolicy {
    const {
      Version = "2008-10-17",
      Statement,

      ...others
    } = this.#object(document, "policy");
    if (!VERSIONS.includes(String(Version))) {
      this.#add("Version", `${JSON.stringify(Version)} is not ${VERSIONS.join(" or ")}`);
    }
    for (const name of Object.keys(others)) {
      if (name !== "Id") this.#add(name, "is no element of a policy");
    }
    const statements = Array.isArray(Statement) ? (Statement as unknown[]) : [Statement];
    if (Statement === undefined || statements.length === 0) {
      this.#add("Statement", "missing; a trust policy without one trusts nobody");
    }
    return {
      variables: Version === "2012-10-17",
      statements: (Statement === undefined ? [] : statements).map((statement, index) =>
        this.#statement(statement, `Statement[${index}]`),
      ),
    };
  }

  #statement(value: unknown, path: string): IamStatement {
    const statement = this.#object(value, path);
    const { Sid, Effect, Principal, Action, NotAction, Condition } = statement;
    for (const name of Object.keys(statement)) {
      const why =
        REFUSED[name] ?? (ELEMENTS.includes(name) ? undefined : "is no element of a statement");
      if (why !== undefined) this.#add(`${path}.${name}`, why);
    }
    if (Effect !== "Allow" && Effect !== "Deny") {
      this.#add(`${path}.Effect`, `${shown(Effect)} is not Allow or Deny`);
    }
    if (Action === undefined ? NotAction === undefined : NotAction !== undefined) {
      this.#add(`${path}.Action`, "write Action or NotAction, one of them");
    }
    if (Principal === undefined && statement["NotPrincipal"] === undefined) {
      this.#add(`${path}.Principal`, "missing; a trust policy says whom it trusts");
    }
    const except = Action === undefined;
    const actions = Action ?? NotAction ?? [];
    return {
      name: typeof Sid === "string" && Sid !== "" ? Sid : path,
      effect: Effect === "Deny" ? "Deny" : "Allow",
      principals: this.#principals(Principal ?? {}, `${path}.Principal`),
      actions: {
        except,
        patterns: this.#texts(actions, `${path}.${except ? "NotAction" : "Action"}`),
      },
      conditions: this.#conditions(Condition ?? {}, `${path}.Condition`),
    };
  }

  #principals(value: unknown, path: string): readonly IamPrincipal[] {
    if (value === "*") return [{ kind: "AWS", value: "*" }];
    return Object.entries(this.#object(value, path)).flatMap(([name, values]) => {
      const kind = PRINCIPALS.find((one) => one === name);
      if (kind === undefined) {
        this.#add(`${path}.${name}`, `is none of ${PRINCIPALS.join(", ")}`);
        return [];
      }
      return this.#texts(values, `${path}.${name}`).map((text) => ({ kind, value: text }));
    });
  }

  #conditions(value: unknown, path: string): readonly IamCondition[] {
    return Object.entries(this.#object(value, path)).flatMap(([written, keys]) => {
      const operator = readOperator(written);
      if ("problem" in operator) {
        this.#add(`${path}.${written}`, operator.problem);
        return [];
      }
      return Object.entries(this.#object(keys, `${path}.${written}`)).map(([key, wanted]) => {
        const values = this.#texts(wanted, `${path}.${written}.${key}`);
        for (const text of values) {
          const problem = valueProblem(operator.name, text);
          if (problem !== undefined) this.#add(`${path}.${written}.${key}`, problem);
        }
        return { operator, key, values };
      });
    });
  }

  /** AWS takes numbers and booleans for their text, too. */
  #texts(value: unknown, path: string): readonly string[] {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (values.length === 0) this.#add(path, "empty; write at least one");
    return values.flatMap((one) => {
      if (["string", "number", "boolean"].includes(typeof one)) return String(one);
      this.#add(path, `${shown(one)} is not a text`);
      return [];
    });
  }

  #object(value: unknown, path: string): Readonly<Record<string, unknown>> {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
    this.#add(path, `${shown(value)} is not a JSON object`);
    return {};
  }

  #add(path: string, message: string): void {
    this.problems.push({ path, message });
  }
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80);
}
