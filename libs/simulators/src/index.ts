export * as ali from './ali/index.js';
export * from './aws/index.js';
export * from './azure/index.js';
export * from './hcs/index.js';
export * as openstack from './openstack/index.js';
export * from './other/index.js';
export * from './rms/index.js';
export * from './template/index.js';
export * from './vsphere/index.js';
