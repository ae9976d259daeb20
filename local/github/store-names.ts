import { z } from "zod";

/** Of a commit or another object of git. */
export const CommitHash = z.string().regex(/^[0-9a-f]{40}$/);

/** `owner/name` */
export const RepositoryFullName = z.string().regex(/^[^/\s]+\/[^/\s]+$/);
