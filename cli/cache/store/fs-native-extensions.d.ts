/**
 * The part of the package that the store uses; it brings no types of its own.
 * @see https://github.com/holepunchto/fs-native-extensions#api
 */
declare module "fs-native-extensions" {
  /**
   * Takes a lock of the kernel's on an open file, freed when the file is closed or its process ends.
   * @param fd for a shared lock open for reading, else for writing
   * @returns whether it was free
   */
  export function tryLock(fd: number, options?: { readonly shared?: boolean }): boolean;
  /** The names of an open file's extended attributes. */
  export function listAttrs(fd: number): Promise<string[]>;
}
