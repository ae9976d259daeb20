import type { Configuration } from "./configuration.ts";

/**
 * How a change of each key of the configuration is told: by the resources that follow from it, as a setting of the stack, by
 * the texts of the stack's file, or not at all for a reason. What follows from a key for one kind of stack alone, and where a
 * build or a login goes, is a setting.
 */
export const KEYS_TOLD: {
  readonly [K in keyof Configuration]:
    "resources" | "setting" | "texts" | { readonly harmless: string };
} = {
  owner: "setting",
  repository: "setting",
  ownerId: "setting",
  repositoryId: "setting",
  subjectForm: "setting",
  families: "resources",
  channel: "setting",
  owns: "setting",
  awsAccountId: "setting",
  awsRegion: "setting",
  oidcProvider: "setting",
  readBuckets: "resources",
  pullAccounts: "resources",
  builders: "setting",
  baseMirror: "setting",
  environments: "resources",
  secrets: "resources",
  sealedSecrets: "texts",
  // Rulesets have the numbers of teams, which no plan knows.
  refCreators: "setting",
  stateBucket: "resources",
  stateKmsKey: "resources",
  deployApp: "resources",
  driftApp: "resources",
  pinsApp: "resources",
  candidates: "setting",
  pinRepositories: "setting",
  protect: "setting",
  forceDelete: "resources",
  local: "setting",
  standIns: "setting",
};

/** What people call a setting, where that is not its key. */
export const SETTING_WORDS: Readonly<Record<string, string>> = {
  protect: "protected from deletion",
  refCreators: "makes refs that publish (team)",
};
