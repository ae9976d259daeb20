/** Types of resources that several policies speak of. */
export const TYPES = {
  role: "aws:iam/role:Role",
  rolePolicy: "aws:iam/rolePolicy:RolePolicy",
  managedPolicy: "aws:iam/policy:Policy",
  oidcProvider: "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
  repository: "aws:ecr/repository:Repository",
  repositoryPolicy: "aws:ecr/repositoryPolicy:RepositoryPolicy",
  lifecyclePolicy: "aws:ecr/lifecyclePolicy:LifecyclePolicy",
  environment: "slipway:index:GithubEnvironment",
  environmentSecret: "slipway:index:EnvironmentSecret",
  imageName: "slipway:index:ImageName",
  stockEnvironment: "github:index/repositoryEnvironment:RepositoryEnvironment",
  stockDeploymentPolicy:
    "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy",
  stockEnvironmentSecret: "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret",
  stockSecret: "github:index/actionsSecret:ActionsSecret",
  variable: "github:index/actionsVariable:ActionsVariable",
  environmentVariable: "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable",
  ruleset: "github:index/repositoryRuleset:RepositoryRuleset",
  image: "docker-build:index:Image",
  imageIndex: "docker-build:index:Index",
} as const;
