export type { EstateCounts } from './estates/plain-estate.js';
export type { Failure } from './injected-faults.js';
export { InjectedFaults } from './injected-faults.js';
export type { About, CustomField, NewSnapshot, NewVirtualMachine } from './model/inventory.js';
export { Inventory } from './model/inventory.js';
/** The classes of the simulated inventory, under a name of their own as other platforms have folders too. */
export * as vsphereModel from './model/managed-object.js';
export type { Dialect } from './soap/method-context.js';
export type { VsphereCounters, VsphereSimulator, VsphereSimulatorOptions } from './vsphere-simulator.js';
export { startVsphereSimulator } from './vsphere-simulator.js';
