export { buildPagedHcsEstate, HcsEstateBuilder, type SimulatedHcsVpc } from './estate-builder.js';
export { HcsEstate, type SimulatedHcsProject } from './hcs-estate.js';
export { HcsFaults } from './hcs-faults.js';
export type { HcsSimulator, HcsSimulatorOptions } from './hcs-simulator.js';
export { startHcsSimulator } from './hcs-simulator.js';
