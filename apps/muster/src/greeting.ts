/** What to try next, with lines to copy. The key is shown only when this start made it. */
export function renderGreeting({ url, newApiKey }: { url: string; newApiKey?: string }): string {
  const key = newApiKey ?? '<your API key>';
  const note =
    newApiKey === undefined
      ? '  (the key of the first start; lost it? set MUSTER_API_KEY=<a new one> and start again)\n'
      : '  (shown only now)\n';
  return `
Muster is up.
  API    ${url}
  Docs   ${url}/docs

Try it:
  export MUSTER_API_KEY='${key}'
${note}
  curl -s -H "Authorization: Bearer $MUSTER_API_KEY" '${url}/v1/vendor-account?limit=10'
  curl -s -H "Authorization: Bearer $MUSTER_API_KEY" -H 'Content-Type: application/json' \\
    -d '{"vendor":"VMWARE"}' '${url}/v1/multicloud-resources/sync'
  curl -s -H "Authorization: Bearer $MUSTER_API_KEY" '${url}/v1/multicloud-resources/sync/<task id>'
  curl -s -H "Authorization: Bearer $MUSTER_API_KEY" '${url}/v1/multicloud-resources?vendor=VMWARE&type=cloudservers&limit=2'
  curl -s -H "Authorization: Bearer $MUSTER_API_KEY" '${url}/v1/multicloud-resources/count?vendor=VMWARE'

Ctrl-C stops it.
`;
}
