import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UserError } from "../rules/problems.ts";
import { callerFolder } from "./project-root.ts";

/**
 * The file that a user names to be read, which need not be there.
 * @param name of the option or variable: `--snapshot`
 * @param path relative to the caller's folder
 * @returns its absolute path
 * @throws UserError when it is empty, or a folder
 */
export function namedFile(name: string, path: string): string {
  if (path === "") throw new UserError(`${name} is empty; name a file`);
  const file = resolve(callerFolder(), path);
  const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isFolder) throw new UserError(`${name} ${file} is a folder; name a file`);
  return file;
}

/**
 * The file that a user names to be written. Asked before the work whose result it takes.
 * @param name of the option or variable: `--output`
 * @param path relative to the caller's folder
 * @returns its absolute path
 * @throws UserError when it is empty or a folder, or its folder is not there
 */
export function outputFile(name: string, path: string): string {
  const file = namedFile(name, path);
  if (existsSync(dirname(file))) return file;
  throw new UserError(`${name} ${file}: there is no folder ${dirname(file)}; make it first`);
}
