/** What a run hands to each of its requests, whether to RunCloud or to the network. */
export type RequestOptions = {
  /** No request begins after this moment (epoch ms), and a read of RunCloud has ended by then. */
  readonly deadline: number;
  /**
   * Called right before each request, and from time to time while one waits for RunCloud's rate limit. The lease is
   * renewed here. It throws if nothing may be sent any more.
   */
  readonly beforeSend?: () => Promise<void>;
};
