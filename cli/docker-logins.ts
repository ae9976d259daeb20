import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import type { Credentials } from "../oci/authorization.ts";
import { UserError } from "../rules/problems.ts";

/** @see https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties */
const DockerConfig = z.object({
  auths: z
    .record(
      z.string(),
      z.object({ auth: z.string().optional(), identitytoken: z.string().optional() }),
    )
    .default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().default(""),
});
const Answer = z.object({ Username: z.string().min(1), Secret: z.string().min(1) });

/** What Docker Hub is called in Docker's configuration. */
const DOCKER_HUB = "https://index.docker.io/v1/";
/** A helper's name becomes part of a program's: anything else is no helper. */
const HELPER = /^[\w.-]+$/;

/**
 * The login that `docker login` left for a registry, from `$DOCKER_CONFIG/config.json` or the home folder's, or from the
 * credential helper that is named there; undefined when there is none.
 * @param host as in image references: `docker.io`, `ghcr.io`
 * @throws UserError when the file is no Docker configuration
 */
export async function dockerLogin(host: string): Promise<Credentials | undefined> {
  const folder = process.env["DOCKER_CONFIG"] ?? "";
  const config = await readConfig(
    join(folder === "" ? join(homedir(), ".docker") : folder, "config.json"),
  );
  if (config === undefined) return undefined;
  const server = host === "docker.io" ? DOCKER_HUB : host;
  const helper = config.credHelpers[server] ?? config.credsStore;
  if (HELPER.test(helper)) {
    const login = await askHelper(helper, server);
    if (login !== undefined) return login;
  }
  const { auth = "", identitytoken } = config.auths[server] ?? {};
  // As below: docker takes the token in place of the password beside it.
  if (identitytoken !== undefined) return undefined;
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon <= 0 || colon === text.length - 1) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

async function readConfig(file: string): Promise<z.infer<typeof DockerConfig> | undefined> {
  let text;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return DockerConfig.parse(JSON.parse(text));
  } catch {
    // The parser's own message could quote a password.
    throw new UserError(
      `${file} is not a Docker configuration; mend it, or log in anew: docker login`,
    );
  }
}

/** @see https://github.com/docker/docker-credential-helpers#development */
async function askHelper(helper: string, server: string): Promise<Credentials | undefined> {
  const { stdout, failed } = await execa(`docker-credential-${helper}`, ["get"], {
    input: server,
    reject: false,
    timeout: 30_000,
  });
  if (failed) return undefined;
  const answer = Answer.safeParse(parse(stdout));
  // "<token>" is an identity token, which only its own token server takes.
  if (!answer.success || answer.data.Username === "<token>") return undefined;
  return { username: answer.data.Username, password: answer.data.Secret };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
