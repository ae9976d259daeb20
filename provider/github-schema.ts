const text = { type: "string" };
const number = { type: "integer" };
const list = { type: "array", items: text };
const api = { $ref: "#/types/slipway:index:GithubApi" };
const repository = { ...text, description: "owner/name" };

/** Types that resources on GitHub share. */
export const githubTypes = {
  "slipway:index:GithubApi": {
    type: "object",
    description: "Where GitHub is, and as whom to speak to it.",
    properties: {
      baseUrl: {
        ...text,
        description: "https://api.github.com/, or the root of a GitHub Enterprise server.",
      },
      token: { ...text, secret: true, description: "GITHUB_TOKEN of the process without it." },
    },
    required: ["baseUrl"],
  },
  "slipway:index:RefPattern": {
    type: "object",
    properties: {
      kind: { ...text, description: "branch or tag" },
      pattern: { ...text, description: "File.fnmatch of Ruby, where * stops at a slash." },
    },
    required: ["kind", "pattern"],
  },
  "slipway:index:SealedValue": {
    type: "object",
    properties: {
      keyId: { ...text, description: "Id of the environment's public key." },
      value: { ...text, description: "A libsodium sealed box for that key, in base64." },
    },
    required: ["keyId", "value"],
  },
  "slipway:index:SubjectFacts": {
    type: "object",
    properties: {
      immutable: { type: "boolean", description: "Whether subjects hold numbers." },
      customised: { ...list, description: "Claims of a template that is not GitHub's own." },
      prefix: { ...text, description: "What subjects begin with." },
    },
    required: ["immutable"],
  },
};

const environmentInputs = {
  repository,
  environment: { ...text, description: "Name of the environment.", willReplaceOnChanges: true },
  policies: {
    type: "array",
    items: { $ref: "#/types/slipway:index:RefPattern" },
    description: "The refs that may enter, all of them.",
  },
  users: { ...list, description: "Logins of reviewers, with teams at most six." },
  teams: { ...list, description: "Slugs of teams of the repository's owner." },
  waitTimer: { type: "integer", description: "Minutes that a job waits." },
  preventSelfReview: {
    type: "boolean",
    description: "Whether nobody may approve a job that they started.",
  },
  api,
};
const environmentRequired = Object.keys(environmentInputs);

const secretPlace = {
  repository,
  environment: { ...text, description: "Name of the environment.", willReplaceOnChanges: true },
  name: { ...text, description: "Name of the secret.", willReplaceOnChanges: true },
  api,
};
const secretRequired = Object.keys(secretPlace);

/** Resources on GitHub. */
export const githubResources = {
  "slipway:index:GithubEnvironment": {
    description:
      "A GitHub environment with its reviewers and the complete list of refs that may enter; one that exists is adopted.",
    inputProperties: environmentInputs,
    requiredInputs: environmentRequired,
    properties: {
      ...environmentInputs,
      canAdminsBypass: { type: "boolean", description: "False, unless somebody changed it." },
      branchPolicy: { ...text, description: "custom, unless somebody changed it." },
      repositoryId: { type: "integer", description: "Number of the repository." },
    },
    required: [...environmentRequired, "canAdminsBypass", "branchPolicy", "repositoryId"],
  },
  "slipway:index:EnvironmentSecret": {
    description: "A secret of a GitHub environment, sealed before anything is recorded.",
    inputProperties: {
      ...secretPlace,
      value: { ...text, secret: true, description: "Never recorded; or sealed." },
      sealed: { $ref: "#/types/slipway:index:SealedValue", description: "Or value." },
    },
    requiredInputs: secretRequired,
    properties: {
      ...secretPlace,
      sealed: { ...text, description: "What GitHub was sent." },
      keyId: { ...text, description: "Id of the public key that the value is sealed for." },
      fingerprint: { ...text, secret: true, description: "Tells whether the value is the same." },
      repositoryId: { type: "integer", description: "Number of the repository." },
      updatedAt: { ...text, description: "When we last wrote it, as GitHub told it then." },
      remoteUpdatedAt: { ...text, description: "When anybody last wrote it." },
    },
    required: [
      ...secretRequired,
      "sealed",
      "keyId",
      "repositoryId",
      "updatedAt",
      "remoteUpdatedAt",
    ],
  },
};

/** Questions to GitHub. */
export const githubFunctions = {
  "slipway:index:getRepositoryFacts": {
    description: "What GitHub says of a repository and its environments.",
    inputs: {
      properties: { repository, environments: { ...list, description: "Names." }, api },
      required: ["repository", "environments", "api"],
    },
    outputs: {
      properties: {
        subject: { $ref: "#/types/slipway:index:SubjectFacts" },
        keys: {
          type: "object",
          additionalProperties: text,
          description: "Id of the public key by environment; only of those that are there.",
        },
        secrets: {
          type: "object",
          additionalProperties: list,
          description: "Names of the secrets by environment; only of those that are there.",
        },
        numbers: {
          type: "object",
          additionalProperties: number,
          description: "ownerId and repositoryId, as GitHub has them.",
        },
      },
      required: ["subject", "keys", "secrets", "numbers"],
    },
  },
};
