/** The artifact of a run with the preview by the base's code, and that with the preview by the pull request's own. */
export const PREVIEW_ARTIFACT = "preview";
export const CHANGED_CODE_ARTIFACT = "preview-of-changed-code";
/** The file in each of them. */
export const PREVIEW_FILE = "preview.json";
