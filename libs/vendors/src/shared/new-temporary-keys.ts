/** What to do about temporary keys that a vendor doesn't take, or no more. */
export const NEW_TEMPORARY_KEYS =
  'Put new ones into the account (PUT /v1/vendor-account/{id}): "ak", and "sk" as secret:token. ' +
  'What was listed before is kept until then.';
