export type { AliSimulator, AliSimulatorOptions } from './ali-simulator.js';
export { NO_COUNTS, startAliSimulator } from './ali-simulator.js';
export type { AliEstate, Counts, Kind } from './estate.js';
