import { isSame } from "./workflow-derived-names.ts";
import type { Served, ServedSecret } from "./workflow-derived.ts";
import { findingAt, type TreeFinding } from "./workflow-tree.ts";

/** What a stack's file says of who reads a secret is who reads it. */
export function userFindings({ secrets }: Pick<Served, "secrets">): readonly TreeFinding[] {
  return secrets.flatMap(userFinding);
}

function userFinding({ file, secret, usedBy }: ServedSecret): readonly TreeFinding[] {
  const { environment, name, users } = secret;
  if (isSame(users, usedBy)) return [];
  const path = ["config", "slipway:secrets", environment, name, "users"];
  const readers = usedBy.length === 0 ? "no workflow" : usedBy.join(", ");
  return [
    findingAt(
      file,
      path,
      {
        rule: "secret-users",
        message: `says that ${users.join(", ") || "nobody"} reads ${name} of ${environment}, and ${readers} does`,
        remedy:
          usedBy.length === 0
            ? "take the secret out, or read it where it is meant"
            : `write users: ${JSON.stringify(usedBy)}`,
      },
      usedBy.length === 0 ? [] : [{ kind: "set", path, value: usedBy }],
    ),
  ];
}
