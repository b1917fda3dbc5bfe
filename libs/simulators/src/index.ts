export * from './vsphere/index.js';
