export type { AwsPrincipalOptions, AwsRoleOptions, AwsSession } from './access/principals.js';
export type { AwsFailure, AwsFaults } from './aws-faults.js';
export type { AwsMachine } from './aws-machine.js';
export { startAwsMachine } from './aws-machine.js';
export type { AwsSimulator, AwsSimulatorOptions } from './aws-simulator.js';
export { startAwsSimulator } from './aws-simulator.js';
export type { AwsEstate, ExplorerIndex as AwsExplorerIndex, RegionEstate } from './estate/aws-estate.js';
export type { EstateCounts as AwsEstateCounts } from './estate/region-counts.js';
