/**
 * Keeps AWS's SDK from saying in every process on Node.js 20 that its versions of 2027 will want a later one: ours
 * is pinned. It asks the environment when its first client is made, so this comes before that. Who wants to read
 * it sets the variable to something else.
 */
export function quietAwsSdk(variables: NodeJS.ProcessEnv = process.env): void {
  variables['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
}
