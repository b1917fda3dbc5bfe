import { startAwsSimulator } from '#simulators';

/** A simulated AWS in a process of its own, so that what it costs is not measured as the client's. */
const [instances, ...regions] = process.argv.slice(2);
const shared = { vpcs: 10, subnets: 50, securityGroups: 100, images: 20, keyPairs: 10 };
const simulator = await startAwsSimulator({ regions, counts: { ...shared, instances: Number(instances) } });
process.stdout.write(`${JSON.stringify({ url: simulator.url, key: simulator.key })}\n`);
process.stdin.resume().on('end', () => {
  process.exit();
});
