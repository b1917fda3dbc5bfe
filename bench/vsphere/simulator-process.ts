import { startVsphereSimulator } from '#simulators';

/** A simulated vCenter in a process of its own, so that what it costs is not measured as Muster's. */
const simulator = await startVsphereSimulator({
  preset: 'large',
  counts: { virtualMachines: Number(process.argv[2]) },
  dialect: 'vcenter',
});
process.stdout.write(
  `${JSON.stringify({ url: simulator.url, username: simulator.username, password: simulator.password })}\n`,
);
process.stdin.resume().on('end', () => {
  process.exit();
});
