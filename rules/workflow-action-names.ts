/** The action that gets files of a repository. */
export const CHECKOUT = "actions/checkout@";

/** The action that keeps files for other jobs. */
export const UPLOAD = "actions/upload-artifact@";

/** The action that gets files which a job before has kept. */
export const DOWNLOAD = "actions/download-artifact@";
