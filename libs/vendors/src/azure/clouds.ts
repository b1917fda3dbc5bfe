/** Where one of Azure's clouds is. */
export interface AzureCloud {
  /** Azure Resource Manager, and what tokens are asked for. */
  resourceManager: string;
  /** Microsoft Entra ID, which gives the tokens. */
  authority: string;
}

/** "Azure national clouds" in Microsoft's documentation of Microsoft Entra ID and Azure Resource Manager. */
export const AZURE_CLOUDS = {
  public: {
    resourceManager: 'https://management.azure.com',
    authority: 'https://login.microsoftonline.com',
  },
  china: {
    resourceManager: 'https://management.chinacloudapi.cn',
    authority: 'https://login.chinacloudapi.cn',
  },
  us_government: {
    resourceManager: 'https://management.usgovcloudapi.net',
    authority: 'https://login.microsoftonline.us',
  },
} as const satisfies Record<string, AzureCloud>;

export type AzureCloudName = keyof typeof AZURE_CLOUDS;
