import { openstack } from '#simulators';

/** A simulated OpenStack in a process of its own, so that what it costs is not measured as the client's. */
const estate = new openstack.PlainEstate(Number(process.argv[2]));
const simulator = await openstack.startOpenstackSimulator({ estate, regions: ['RegionOne'], tls: false });
const { authUrl, password } = simulator;
process.stdout.write(`${JSON.stringify({ authUrl, password })}\n`);
process.stdin.resume().on('end', () => {
  process.exit();
});
