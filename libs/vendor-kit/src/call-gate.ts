/** How a call passes the gate. */
export interface CallOptions {
  /** Ends the wait for the call's turn. */
  signal?: AbortSignal | undefined;
  /**
   * Set for what frees something at the vendor, as signing out does: it counts, but is neither held up nor
   * refused.
   */
  courtesy?: boolean | undefined;
}

/**
 * What an account's calls of its vendor pass, each of them, whoever makes them. It keeps the account within
 * its quota, over all workers, and slows down when the vendor throttles: what a call fails with is shown to
 * the adapter's `classify`, which need only know what a throttled answer looks like.
 */
export interface CallGate {
  /**
   * Makes a call of one of the vendor's APIs when the account may, and returns what it returns.
   * @param api a name of the adapter's `quotas`, or any other for an API without a known limit. What the
   * vendor limits apart from each other are different APIs; those of a vendor's regions are told apart behind a
   * slash, and each may be called as often as what is before it: `ec2/eu-west-1`
   * @throws {SyncError} of kind `throttled`, without making the call, when its turn is not soon
   */
  call<Answer>(api: string, make: () => Promise<Answer>, options?: CallOptions): Promise<Answer>;
}
