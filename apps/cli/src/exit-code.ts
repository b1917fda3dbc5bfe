/** What the exit code says to a script; docs/cli.md is the contract. */
export const EXIT = {
  success: 0,
  /** Done, and it went wrong: a failed or cancelled sync, a refused request, a check that failed. */
  failed: 1,
  /** What was asked for cannot be right: nothing was done. */
  usage: 2,
  /** A sync that is not the whole truth. */
  partial: 3,
  /** Muster does not let the caller in, or not do that. */
  refused: 4,
  /** No answer, or none for now: the same command may succeed later. */
  unreachable: 5,
  /** Whoever read the output has left, as `head` does: 128 and SIGPIPE's number, as shells have it. */
  readerLeft: 141,
  /** Ctrl-C: 128 and SIGINT's number. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
