/** Declares secret `SIGNING_KEY` of environment `docker-deploy` in a stack's file. */
export const SIGNING_KEY = `  slipway:secrets:
    docker-deploy:
      SIGNING_KEY:
        owner: release-engineers
        purpose: Signs what is released.
        users:
          - up.yml
        expires: never
        source: sealed
`;

/** Adds a value that was sealed for a key. */
export function withSealed(keyId: string, value: string): (text: string) => string {
  return (text) => `${text}  slipway:sealedSecrets:
    docker-deploy:
      SIGNING_KEY:
        keyId: "${keyId}"
        value: ${value}
        sealedOn: "2026-11-21"
`;
}
