import { EstateBuilder, type MachineOptions } from './estate-builder.js';
import type { ModelEstate } from './model-estate.js';

const PRODUCTION = '5b9c0d1e-0001-4a2b-8c3d-000000000001';
const DEVELOPMENT = '5b9c0d1e-0002-4a2b-8c3d-000000000002';
const WEB_MACHINES = 24;
const DEVELOPMENT_MACHINES = 12;

/** What machines are like beside running ones. */
const OTHER_MACHINES: readonly [string, MachineOptions][] = [
  ['batch-1', { power: 'deallocated', size: 'Standard_F8s_v2' }],
  ['batch-2', { power: 'stopped', size: 'Standard_F8s_v2' }],
  ['batch-3', { power: 'starting' }],
  ['batch-4', { power: 'deallocating' }],
  ['new', { power: '', provisioningState: 'Creating' }],
  ['broken', { power: '', provisioningState: 'Failed' }],
  ['leaving', { power: 'running', provisioningState: 'Deleting' }],
];

/** A small company: production in two regions, and a subscription for development. */
export function buildDemoEstate(): ModelEstate {
  const builder = new EstateBuilder();
  builder.subscription(PRODUCTION, 'Production', ['company']);
  builder.subscription(DEVELOPMENT, 'Development', ['company', 'engineering']);
  const europe = { subscriptionId: PRODUCTION, resourceGroup: 'shop-westeurope', location: 'westeurope' };
  const america = { subscriptionId: PRODUCTION, resourceGroup: 'shop-eastus', location: 'eastus' };
  const laboratory = { subscriptionId: DEVELOPMENT, resourceGroup: 'Laboratory', location: 'northeurope' };
  const tags = { environment: 'production', 'cost centre': '4711' };
  for (const [index, place] of [europe, america].entries()) {
    builder.group(place, tags);
    const network = builder.network(place, 'shop-net', index + 1);
    for (let number = 1; number <= WEB_MACHINES; number++) {
      builder.machine(place, `web-${String(number).padStart(2, '0')}`, network, {
        zone: String(1 + (number % 3)),
        tags: { ...tags, role: 'web' },
        ...(number === 1 ? { publicAddress: `20.40.${String(index)}.10` } : {}),
      });
    }
    builder.services(place, index === 0 ? 'shop' : 'shopus', network);
  }
  builder.group(laboratory);
  const network = builder.network(laboratory, 'lab-net', 9);
  for (let number = 1; number <= DEVELOPMENT_MACHINES; number++) {
    builder.machine(laboratory, `dev-${String(number).padStart(2, '0')}`, network);
  }
  const european = builder.network({ ...europe, resourceGroup: 'Batch' }, 'batch-net', 3);
  builder.group({ ...europe, resourceGroup: 'Batch' });
  for (const [name, options] of OTHER_MACHINES) {
    builder.machine({ ...europe, resourceGroup: 'Batch' }, name, european, options);
  }
  return builder.estate;
}
