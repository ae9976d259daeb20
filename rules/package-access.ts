/** What ghcr.io says of a push to a package that the token may not write; `permission_denied: create_package` of a new one. */
const REFUSED =
  /permission_denied: \w+_package|installation not allowed to \w+ organization package/;

/**
 * What to do when ghcr.io refuses a push, which neither the workflow nor the token shows: a package lets the workflows of those
 * repositories write that its own settings name, and one that a person's token was the first to push names none. Undefined
 * where something else is the matter.
 * @param said by the registry, or by a program that pushed
 * @see https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility#ensuring-workflow-access-to-your-package
 */
export function packageAccessAdvice(said: string): string | undefined {
  if (!REFUSED.test(said)) return undefined;
  return (
    "in a workflow, the job needs packages: write, and the package has to admit the repository: on GitHub, the package, Package settings, " +
    "Manage Actions access, Add repository, role Write (docs/workflows.md, Packages on ghcr.io); by hand, the token needs write:packages"
  );
}
