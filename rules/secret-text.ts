/** Names of what is a secret by its last word: a key's id, a token's address and a secret's name are none. */
const SECRET_NAME = /(?:^|_)(?:CREDENTIALS?|KEY|PASSPHRASE|PASSWORD|PASSWD|PAT|SECRET|TOKEN)$/i;

/**
 * Forms that only secrets have.
 * @see https://docs.github.com/en/code-security/reference/secret-security/supported-secret-scanning-patterns
 */
const SECRET_FORMS = [
  /\bgh[oprsu]_[A-Za-z0-9]{20,}/,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/,
  /\bdckr_[po]at_[A-Za-z0-9_-]{10,}/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/,
  /\bglpat-[A-Za-z0-9_-]{20,}/,
  /\bhf_[A-Za-z0-9]{30,}/,
  /\bpul-[0-9a-f]{40}\b/,
  /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
] as const;

/** What stands under a secret's name and is none: addresses, ARNs, JSON, paths, words and numbers. */
const PLAIN = /^(?:[a-z][a-z0-9+.-]*:\/\/|arn:|[[{]|\.{0,2}\/|[a-z-]*$|\d*$)/;
const SHORTEST = 8;

/** Whether what has this name is a secret, as a rule. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Whether a value under a name is a secret for all that can be seen. */
export function holdsSecretText(name: string, value: string): boolean {
  if (SECRET_FORMS.some((form) => form.test(value))) return true;
  return isSecretName(name) && value.length >= SHORTEST && !/\s/.test(value) && !PLAIN.test(value);
}
