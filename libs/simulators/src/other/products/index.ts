export * from './digitalocean.js';
export * from './gcp-compute.js';
export * from './kubernetes.js';
export * from './netbox.js';
export * from './proxmox.js';
export * from './tencent-cloud.js';
