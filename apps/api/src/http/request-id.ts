/** Ids of requests that clients may choose: long enough to be told apart, short enough for every line of the log. */
export const SANE_REQUEST_ID = /^[A-Za-z0-9_.:-]{8,64}$/;
