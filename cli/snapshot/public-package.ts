import { parseRepository } from "../../rules/image-reference.ts";

/**
 * Why a registry shows a snapshot to nobody, and how to make it. ghcr.io answers in the same way for a package that is not
 * there, and makes every new one private.
 * @param name `ghcr.io/pytorch/slipway-snapshot:main`
 * @see https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility
 */
export function howToShow(name: string): string {
  const { host, path } = parseRepository(name.slice(0, name.lastIndexOf(":")));
  const [owner = "", ...rest] = path.split("/");
  const how =
    host === "ghcr.io"
      ? `make the package public: https://github.com/orgs/${owner}/packages/container/${rest.join("%2F")}/settings, "Change visibility" (of a user's own: https://github.com/users/${owner}/packages/container/${rest.join("%2F")}/settings)`
      : `let everybody pull from ${host}/${path}`;
  return `${host} does not show ${name} without a login, so that previews of pull requests cannot be compared with it; ${how}`;
}
