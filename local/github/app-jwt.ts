import { verify } from "node:crypto";
import { z } from "zod";
import { GithubError } from "./github-error.ts";
import type { App } from "./store-accounts.ts";

const Header = z.object({ alg: z.string() });

const Claims = z.object({
  /** The client id, or the app's id as number or text. */
  iss: z.union([z.string(), z.int()]),
  /** Seconds since 1970. */
  iat: z.number(),
  exp: z.number(),
});

/** Seconds. */
const LONGEST_LIFE = 600;
/** GitHub asks for an `iat` 60 seconds in the past because clocks differ. */
const CLOCK_DIFFERENCE = 60;

/**
 * The app that signed this JSON Web Token.
 * @throws GithubError 401 in GitHub's words, 404 for an app that nobody registered
 * @see https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
export function appOfJwt(jwt: string, apps: readonly App[]): App {
  const [header = "", claims = "", signature = ""] = jwt.split(".");
  const { alg } = decoded(header, Header);
  const { iss, iat, exp } = decoded(claims, Claims);
  const app = apps.find(({ id, clientId }) => clientId === iss || String(id) === String(iss));
  if (app === undefined) throw new GithubError(404, "Integration not found");
  const signed = Buffer.from(`${header}.${claims}`);
  const genuine =
    alg === "RS256" &&
    verify("RSA-SHA256", signed, app.publicKey, Buffer.from(signature, "base64url"));
  if (!genuine) throw undecodable();
  const now = Date.now() / 1000;
  if (iat > now + CLOCK_DIFFERENCE) {
    refuse(
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (exp <= now) {
    refuse(
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > now + LONGEST_LIFE + CLOCK_DIFFERENCE) {
    refuse("'Expiration time' claim ('exp') is too far in the future");
  }
  return app;
}

function decoded<Shape>(part: string, shape: z.ZodType<Shape>): Shape {
  try {
    return shape.parse(JSON.parse(Buffer.from(part, "base64url").toString("utf8")));
  } catch {
    throw undecodable();
  }
}

function undecodable(): GithubError {
  return new GithubError(401, "A JSON web token could not be decoded");
}

function refuse(message: string): never {
  throw new GithubError(401, message);
}
