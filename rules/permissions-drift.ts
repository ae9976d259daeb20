import { logIn } from "./permissions.ts";
import { type PolicyDocument, policyDocument } from "./policy-document.ts";
import type { RolesArgs } from "./roles.ts";

export function driftPermissions(args: RolesArgs): PolicyDocument {
  void args;
  return policyDocument([logIn]);
}
