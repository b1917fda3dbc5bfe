export type { TemplateSimulator, TemplateSimulatorOptions } from './template-simulator.js';
export { startTemplateSimulator } from './template-simulator.js';
