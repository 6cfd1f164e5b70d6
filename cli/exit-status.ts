/** How `mrc` ends. Scripts go by it, so these numbers stay. */
export const EXIT = {
  fine: 0,
  /** Nothing is known: the service could not be asked, or the command was not understood. */
  couldNotAsk: 1,
  changesDue: 2,
  /** Something needs a person: a hold, a failure, a check that found something wrong. */
  needsPerson: 3,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];
