import type { FirstCredentials } from '#database';

export interface Greeting {
  url: string;
  /** The first credentials, when this start made them: the only time they are shown. */
  firstCredentials?: FirstCredentials;
  /** Whether the user chose the key, with MUSTER_API_KEY: then it is in their environment. */
  keyIsChosen: boolean;
  /** The demo's task, to look at. */
  taskId?: string;
}

/** What to try next, with lines to copy. */
export function renderGreeting(greeting: Greeting): string {
  const { url, taskId = '<task id>' } = greeting;
  const curl = `curl -s -H "Authorization: Bearer $MUSTER_API_KEY"`;
  return `
Muster is up.
  API    ${url}
  Docs   ${url}/docs

Try it:
${renderKey(greeting)}
  ${curl} '${url}/v1/vendor-account?limit=10'
  ${curl} -H 'Content-Type: application/json' \\
    -d '{"vendor":"VMWARE"}' '${url}/v1/multicloud-resources/sync'
  ${curl} '${url}/v1/multicloud-resources/sync/${taskId}'
  ${curl} '${url}/v1/multicloud-resources?vendor=VMWARE&type=cloudservers&limit=2'
  ${curl} '${url}/v1/multicloud-resources/count?vendor=VMWARE'

Ctrl-C stops it.
`;
}

function renderKey({ firstCredentials, keyIsChosen }: Greeting): string {
  if (keyIsChosen) return '  (with your own MUSTER_API_KEY)\n';
  if (firstCredentials !== undefined) {
    const { apiKey, accessKey, secretKey } = firstCredentials;
    return (
      `  export MUSTER_API_KEY='${apiKey}'\n` +
      `  export HUAWEICLOUD_SDK_AK='${accessKey}' HUAWEICLOUD_SDK_SK='${secretKey}'\n` +
      "  (shown only now; the second line is for Huawei's SDKs)\n"
    );
  }
  return (
    "  export MUSTER_API_KEY='<your API key>'\n" +
    '  (the key of the first start; lost it? npm run credentials -- rotate first)\n'
  );
}
