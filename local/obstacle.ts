/** Why something that this machine was asked for cannot be had, and what a person can do about it. */
export interface Obstacle {
  /** `docker is not on PATH` */
  readonly found: string;
  /** `install Docker` */
  readonly how: string;
}

/** The obstacle as one clause of an error message. */
export function obstacleText({ found, how }: Obstacle): string {
  return `${found}; ${how}`;
}
