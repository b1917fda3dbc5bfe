export * from './nimbus.js';
export * from './products/index.js';
export * from './rest-simulator.js';
