import {
  CONFORMANCE_ESTATE,
  describeVsphereConformance,
} from '../../../../test/emulators/vsphere-conformance.js';
import { startVsphereSimulator } from './vsphere-simulator.js';

/** Two each for the standalone host, the resource pool and the vApp. */
const VIRTUAL_MACHINES = 6;

describeVsphereConformance('the bundled simulator', async () => {
  const simulator = await startVsphereSimulator({
    counts: { ...CONFORMANCE_ESTATE, virtualMachines: VIRTUAL_MACHINES },
  });
  return { ...simulator, stop: () => simulator.close() };
});
