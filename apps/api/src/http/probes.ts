/** What load balancers ask, by the URL of the request. */
export const PROBES = /^\/(healthz|readyz)(\?|$)/;
