/** A program's module: what it exports are the stack's outputs. */
export const answer = 42;
