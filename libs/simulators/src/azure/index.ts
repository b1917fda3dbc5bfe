export type {
  AzureEstate,
  GraphTable,
  ResourceBlock,
  SimulatedResource,
  SimulatedSubscription,
} from './azure-estate.js';
export { AzureFaults } from './azure-faults.js';
export type { AzureSimulator, AzureSimulatorOptions } from './azure-simulator.js';
export { startAzureSimulator } from './azure-simulator.js';
export { buildDemoEstate } from './estates/demo-estate.js';
export { EstateBuilder as AzureEstateBuilder } from './estates/estate-builder.js';
export { ModelEstate as AzureModelEstate } from './estates/model-estate.js';
export { PlainEstate as AzurePlainEstate } from './estates/plain-estate.js';
