export {
  buildDemoEstate as buildRmsDemoEstate,
  RmsEstateBuilder,
  type SimulatedVpc,
} from './estate-builder.js';
export type { SimulatedConfigResource, SimulatedHuaweiRegion } from './rms-estate.js';
export { RmsEstate } from './rms-estate.js';
export { RmsFaults } from './rms-faults.js';
export type { RmsSimulator, RmsSimulatorOptions } from './rms-simulator.js';
export { startRmsSimulator } from './rms-simulator.js';
