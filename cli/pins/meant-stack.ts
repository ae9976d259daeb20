import { readStackFiles } from "../../context/stack-files.ts";
import { ProblemsError, UserError } from "../../rules/problems.ts";
import { LOCAL_STACK } from "../local-cloud.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { readStack, type Stack } from "../stack.ts";
import { stackOrOwn } from "../workflows/stack-of-run.ts";

/**
 * The stack whose images are meant: the one that is given, else that of the workflow's run, else `local`.
 * @param needs what of a local cloud is enough
 * @throws ProblemsError when its configuration has faults; UserError when its local cloud is not there, which names the other
 * stacks to whoever named none
 */
export async function meantStack(
  given: string | undefined,
  needs: Parameters<typeof readStack>[1],
): Promise<Stack> {
  const name = await stackOrOwn(given);
  try {
    return await readStack(name, needs);
  } catch (error) {
    const isMeant = given !== undefined || name !== LOCAL_STACK;
    if (isMeant || !(error instanceof UserError) || error instanceof ProblemsError) throw error;
    const others = readStackFiles(PROJECT_ROOT).filter(({ local }) => !local);
    if (others.length === 0) throw error;
    const options = others.map((one) => `--stack ${one.name}`).join(" or ");
    throw new UserError(`${error.message}; or say whose images are meant: ${options}`);
  }
}
