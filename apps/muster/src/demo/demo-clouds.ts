import type { MusterClient, Schemas } from '#client';
import {
  ali,
  nimbusConnector,
  openstack,
  startAwsSimulator,
  startAzureSimulator,
  startHcsSimulator,
  startNimbus,
  startRmsSimulator,
  startVsphereSimulator,
} from '#simulators';

import { pushSource } from './push-source.js';

/** The body that adds an account, with settings. */
export type DemoAccount = Schemas['CreateAccount'] & { settings: object };

/** A simulated cloud, and how it is added as an account. */
export interface DemoCloud {
  account: DemoAccount;
  /** Where it is, for people; absent of one that posts its pages. */
  url?: string;
  /** Posts all that there is within the task that was opened for it. */
  post?: (muster: MusterClient, taskId: string) => Promise<void>;
  close(): Promise<void>;
}

/** Starts the demo's clouds, one of each vendor, and a source that posts its pages. They have other ports and certificates at every start. */
export async function startDemoClouds(): Promise<DemoCloud[]> {
  const clouds = await Promise.all([
    startVcenter(),
    startAws(),
    startAzure(),
    startAli(),
    startOpenstack(),
    startHuaweiCloud(),
    startHuaweiCloudStack(),
    startOther(),
  ]);
  return [...clouds, pushSource()];
}

async function startVcenter(): Promise<DemoCloud> {
  const simulator = await startVsphereSimulator({ preset: 'demo', tls: true });
  const { url, username, password, fingerprintSha256 } = simulator;
  return {
    account: {
      vendor: 'VMWARE',
      account_id: 'demo-vcenter',
      account_name: 'Demo vCenter',
      ak: username,
      sk: password,
      settings: { endpoint: url, tls_fingerprint_sha256: fingerprintSha256 },
    },
    url,
    close: () => simulator.close(),
  };
}

async function startAws(): Promise<DemoCloud> {
  const simulator = await startAwsSimulator({ preset: 'demo' });
  const { url, key } = simulator;
  return {
    account: {
      vendor: 'AWS',
      account_id: key.account,
      account_name: 'Demo AWS',
      ak: key.accessKeyId,
      sk: key.secretAccessKey,
      settings: { endpoint: url },
    },
    url,
    close: () => simulator.close(),
  };
}

async function startAzure(): Promise<DemoCloud> {
  const simulator = await startAzureSimulator();
  const { url, tenantId, clientId, clientSecret, caPem } = simulator;
  return {
    account: {
      vendor: 'AZURE',
      account_id: 'demo-azure',
      account_name: 'Demo Azure',
      ak: clientId,
      sk: clientSecret,
      settings: { tenant_id: tenantId, endpoint: url, authority: url, tls_ca_pem: caPem },
    },
    url,
    close: () => simulator.close(),
  };
}

async function startAli(): Promise<DemoCloud> {
  const simulator = await ali.startAliSimulator({ preset: 'demo' });
  const { endpoint, accountId, accessKeyId, accessKeySecret } = simulator;
  return {
    account: {
      vendor: 'ALI',
      account_id: accountId,
      account_name: 'Demo Alibaba Cloud',
      ak: accessKeyId,
      sk: accessKeySecret,
      settings: { endpoint },
    },
    url: new URL(endpoint.replace(/[{}]/g, '')).origin,
    close: () => simulator.close(),
  };
}

async function startOpenstack(): Promise<DemoCloud> {
  const simulator = await openstack.startOpenstackSimulator();
  const { authUrl, password, caPem } = simulator;
  return {
    account: {
      vendor: 'OPENSTACK',
      account_id: 'demo-openstack',
      account_name: 'Demo OpenStack',
      ak: 'member',
      sk: password,
      settings: { endpoint: authUrl, tls_ca_pem: caPem },
    },
    url: authUrl,
    close: () => simulator.close(),
  };
}

async function startHuaweiCloud(): Promise<DemoCloud> {
  const simulator = await startRmsSimulator();
  const { url, domainId, accessKey, secretKey, caPem } = simulator;
  return {
    account: {
      vendor: 'RMS',
      account_id: domainId,
      account_name: 'Demo Huawei Cloud',
      ak: accessKey,
      sk: secretKey,
      settings: { endpoint: url, iam_endpoint: url, ecs_endpoint: url, tls_ca_pem: caPem },
    },
    url,
    close: () => simulator.close(),
  };
}

async function startHuaweiCloudStack(): Promise<DemoCloud> {
  const simulator = await startHcsSimulator();
  const { url, accessKey, secretKey, caPem } = simulator;
  return {
    account: {
      vendor: 'HCS',
      account_id: 'sa-fb-1.cloud.example.com',
      account_name: 'Demo Huawei Cloud Stack',
      ak: accessKey,
      sk: secretKey,
      settings: {
        home_region: 'sa-fb-1',
        cloud_domain: 'cloud.example.com',
        endpoint: url,
        tls_ca_pem: caPem,
      },
    },
    url,
    close: () => simulator.close(),
  };
}

/** A small cloud that nobody knows, with the connector that reads it. */
async function startOther(): Promise<DemoCloud> {
  const simulator = await startNimbus({ tls: true });
  const { url, keyName, key, caPem } = simulator;
  return {
    account: {
      vendor: 'OTHER',
      account_id: 'demo-nimbus',
      account_name: 'Demo Nimbus',
      ak: keyName,
      sk: key,
      settings: { connector: nimbusConnector(url), tls_ca_pem: caPem },
    },
    url,
    close: () => simulator.close(),
  };
}
