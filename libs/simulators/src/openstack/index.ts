export { buildDemoEstate } from './estates/demo-estate.js';
export { EstateBuilder, type ServerOptions } from './estates/estate-builder.js';
export { ModelEstate } from './estates/model-estate.js';
export { PlainEstate } from './estates/plain-estate.js';
export type { Collection, OpenstackEstate, SimulatedItem, SimulatedProject } from './openstack-estate.js';
export type { OpenstackSimulator, OpenstackSimulatorOptions } from './openstack-simulator.js';
export { startOpenstackSimulator } from './openstack-simulator.js';
