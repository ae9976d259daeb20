import { z } from "zod";
import type { Shown } from "./document-problems.ts";

/** A key of the configuration: what it is for, in the words of an error: `... is not <a boolean>; write e.g. <true>`. */
export interface Key<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** A noun phrase: what the value must be. */
  readonly is: string;
  readonly example: string;
  /** What of a value that is wrong may be told. */
  readonly shown: Shown;
}

export function key<Schema extends z.ZodType>(
  is: string,
  example: string,
  schema: Schema,
  shown: Shown = () => true,
): Key<Schema> {
  return { schema, is, example, shown };
}

/** Pulumi hands every value over as text: a string as it is, all else as JSON. */
export function json<Schema extends z.ZodType>(schema: Schema) {
  return z.string().transform(parseValue).pipe(schema);
}

/** The value that a text of the configuration stands for; the text itself where it is no JSON. */
export function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]";
/** Characters that S3 calls safe, none of which means anything in a policy. A part that is `*` would widen a permission. */
const PREFIX = "(?:/[A-Za-z0-9!_.'()-]+)*";
/** A bucket, or a prefix in one: `gha-artifacts`, `state/slipway`. */
export const BUCKET_PLACE = new RegExp(`^${BUCKET}${PREFIX}$`);
