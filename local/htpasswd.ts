import { hash } from "bcryptjs";

/**
 * One line of an htpasswd file, with a bcrypt hash: the only kind that the registry accepts.
 * @see https://distribution.github.io/distribution/about/configuration/#htpasswd
 */
export async function htpasswdLine(username: string, password: string): Promise<string> {
  // The password is random and the file lies beside it: more rounds would only slow down every request.
  return `${username}:${await hash(password, 4)}\n`;
}
