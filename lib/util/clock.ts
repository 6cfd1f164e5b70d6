/** Time is handed in, so that the whole loop can run under a simulated clock. */
export type Clock = {
  /** Epoch ms. */
  now(): number;
  sleep(ms: number): Promise<void>;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms) =>
    new Promise((resolve) => {
      setTimeout(resolve, ms);
    }),
};
