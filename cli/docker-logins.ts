import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import type { Credentials } from "../oci/authorization.ts";
import { UserError } from "../rules/problems.ts";
import { warnOnce } from "./print/warn-once.ts";

/** @see https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties */
const DockerConfig = z.object({
  auths: z
    .record(
      z.string(),
      z.object({ auth: z.string().optional(), identitytoken: z.string().optional() }),
    )
    .nullish(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
  credsStore: z.string().nullish(),
});
const Answer = z.object({ Username: z.string().min(1), Secret: z.string().min(1) });

/** What Docker Hub is called in Docker's configuration. */
const DOCKER_HUB = "https://index.docker.io/v1/";
/** A helper's name becomes part of a program's: anything else is no helper. */
const HELPER = /^[\w.-]+$/;
/** Milliseconds until a helper is no longer waited for. */
const HELPER_TIME = 30_000;
/** What a helper prints that has no login. @see https://github.com/docker/docker-credential-helpers/blob/master/credentials/error.go */
const NOT_FOUND = "credentials not found in native keychain";
const TOKEN =
  "it is an identity token, which is no password; log in with an access token: docker login -u NAME";

/**
 * The login that `docker login` left for a registry, from `$DOCKER_CONFIG/config.json` or the home folder's, or from the
 * credential helper that is named there; undefined when there is none. A helper that cannot be asked, and a login that
 * is no password, are told as a warning: the registry, asked without, would only say that it wants a login.
 * @param host as in image references: `docker.io`, `ghcr.io`
 * @throws UserError when the file cannot be read or is no Docker configuration
 */
export async function dockerLogin(
  host: string,
  warn: (line: string) => void = warnOnce,
): Promise<Credentials | undefined> {
  const folder = process.env["DOCKER_CONFIG"] ?? "";
  const config = await readConfig(
    join(folder === "" ? join(homedir(), ".docker") : folder, "config.json"),
  );
  if (config === undefined) return undefined;
  const server = host === "docker.io" ? DOCKER_HUB : host;
  const helper = config.credHelpers?.[server] ?? config.credsStore ?? "";
  if (helper !== "") {
    const login = await askHelper(helper, server);
    if (typeof login === "string") {
      warn(
        `no login for ${server} from Docker's credential helper ${JSON.stringify(helper)}: ${login}`,
      );
    } else if (login !== undefined) return login;
  }
  const { auth = "", identitytoken } = config.auths?.[server] ?? {};
  // As below: docker takes the token in place of the password beside it.
  if (identitytoken !== undefined) {
    warn(`no login for ${server} from Docker's configuration: ${TOKEN}`);
    return undefined;
  }
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
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new UserError(
      `${file}: Docker's configuration cannot be read (${code}); mend it, or set DOCKER_CONFIG to the folder that holds it`,
      { cause: error },
    );
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

/**
 * A login, why there is none, or undefined where the helper knows none. What a helper prints is in no reason: nobody knows
 * what one says that fails half-way.
 * @see https://github.com/docker/docker-credential-helpers#development
 */
async function askHelper(
  helper: string,
  server: string,
): Promise<Credentials | string | undefined> {
  if (!HELPER.test(helper)) return "that is no name of a helper; mend Docker's config.json";
  const program = `docker-credential-${helper}`;
  const { failed, stdout, timedOut, exitCode, code, signal } = await execa(program, ["get"], {
    input: server,
    reject: false,
    timeout: HELPER_TIME,
  });
  if (failed) {
    if (stdout.trim() === NOT_FOUND) return undefined;
    if (timedOut) return `${program} did not answer within ${HELPER_TIME / 1000} s`;
    if (exitCode !== undefined) {
      return `${program} failed with exit code ${exitCode}; see what it says: echo ${server} | ${program} get`;
    }
    const cause = code ?? signal ?? "for no reason that is told";
    return `${program} cannot be run (${cause}); install it, or take it out of Docker's config.json and log in anew: docker login`;
  }
  const answer = Answer.safeParse(parse(stdout));
  if (!answer.success) return `${program} printed no login`;
  // "<token>" is an identity token, which only its own token server takes.
  if (answer.data.Username === "<token>") return TOKEN;
  return { username: answer.data.Username, password: answer.data.Secret };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
