/** The pinned Temporal CLI; `cli/go.mod` builds the same version. It carries server 1.32.0 and UI 2.54.1. */
export const CLI_VERSION = '1.9.1';
