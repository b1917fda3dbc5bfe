import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';

import { SyncError } from '#domain';
import { startVsphereSimulator, type VsphereSimulator } from '#simulators';

import { eventually } from './support/eventually.js';
import { gate } from './support/gate.js';
import { MusterProcess } from './support/muster-process.js';
import { OtlpReceiver, type ReceivedSpan } from './support/otlp-receiver.js';
import { queueBackends } from './support/redis.js';
import { pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { TEST_TIMING, TestMuster } from './support/test-muster.js';
import { vcenterAccount } from './support/vcenter-account.js';

const SYNC = '/v1/multicloud-resources/sync';
const [SERVER, CLIENT, PRODUCER, CONSUMER] = [2, 3, 4, 5];
const SECRET_HEADER = 'a-secret-of-the-collector';
/** Has a process name the parts of OpenTelemetry's SDK that it has loaded when it is told to end. */
const NAMING_THE_SDK = `data:text/javascript,${encodeURIComponent(
  `import { writeSync } from 'node:fs';
   import { createRequire } from 'node:module';
   const { cache } = createRequire(process.cwd() + '/any.js');
   const loaded = () => Object.keys(cache).filter((file) => /@opentelemetry.(sdk|exporter)/.test(file));
   process.on('SIGTERM', () => writeSync(2, 'of the SDK loaded: ' + loaded().length + '\\n'));`,
)}`;

const newTrace = () => {
  const [trace, span] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { trace, span, traceparent: `00-${trace}-${span}-01` };
};

describe.each(queueBackends())('traces of real processes, with the queue on %s', (backend) => {
  const callers = newTrace();
  const processes: MusterProcess[] = [];
  let receiver: OtlpReceiver;
  let muster: TestMuster;
  let vcenter: VsphereSimulator;
  let spans: ReceivedSpan[];
  let task: string;

  beforeAll(async () => {
    receiver = await OtlpReceiver.start();
    muster = await TestMuster.start({ backend, workers: false });
    vcenter = await startVsphereSimulator({ preset: 'plain' });
    await muster.addAccount(vcenterAccount(vcenter));
    const environment = {
      ...muster.settings.environment,
      PORT: '0',
      SHUTDOWN_DELAY_SECONDS: '0',
      NODE_OPTIONS: `--import=${NAMING_THE_SDK}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${SECRET_HEADER}`,
      OTEL_BSP_SCHEDULE_DELAY: '600000', // what is received comes of the flush at the end
    };
    const [api, worker] = await Promise.all([
      MusterProcess.start('api', environment),
      MusterProcess.start('worker', { ...environment, OTEL_SERVICE_NAME: 'my-worker' }),
    ]);
    processes.push(api, worker);
    const response = await fetch(`${api.url}${SYNC}?force=true`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${muster.apiKey}`,
        'Content-Type': 'application/json',
        'X-Request-Id': 'request-of-the-trace',
        traceparent: callers.traceparent,
        baggage: 'password=of-the-caller',
      },
      body: JSON.stringify({ vendor: 'VMWARE', account_id: 'vc-1' }),
    });
    task = ((await response.json()) as { data: string }).data;
    expect((await muster.finishedTask(task)).state).toBe('SUCCEEDED');
    await Promise.all(processes.map((process) => process.kill('SIGTERM')));
    spans = receiver.traceOf(callers.trace);
  });
  afterAll(async () => {
    for (const process of processes) await process.kill('SIGKILL');
    await muster.close();
    await vcenter.close();
    await receiver.close();
  });

  const named = (name: string | RegExp) =>
    spans.filter((span) => (typeof name === 'string' ? span.name === name : name.test(span.name)));
  const parentOf = ({ parentSpanId }: ReceivedSpan) => spans.find(({ spanId }) => spanId === parentSpanId);

  it('goes from the request through the queue to pages, calls of the vendor and SQL', () => {
    const [request] = named(`POST ${SYNC}`);
    expect(request).toMatchObject({
      parentSpanId: callers.span,
      kind: SERVER,
      service: 'muster-api',
      attributes: {
        'http.request.method': 'POST',
        'http.route': SYNC,
        'http.response.status_code': 200,
        'muster.request': 'request-of-the-trace',
      },
    });
    const sends = named('send sync-vmware'); // of both processes, whichever was the first to tell
    const sent = sends.find(({ service }) => service === 'muster-api');
    expect(sent).toMatchObject({ kind: PRODUCER, parentSpanId: request?.spanId });

    const jobs = named('process sync-vmware');
    const runs = jobs.filter(({ attributes }) => attributes['muster.job'] === 'run');
    expect(runs).toMatchObject([
      {
        parentSpanId: sent?.spanId,
        kind: CONSUMER,
        service: 'my-worker',
        attributes: {
          'muster.task': task,
          'muster.vendor': 'VMWARE',
          'muster.request': 'request-of-the-trace',
        },
      },
    ]);

    // Units are beside each other, whoever has handed them out.
    const handed = sends.find(({ parentSpanId }) => parentSpanId === runs[0]?.spanId);
    const units = jobs.filter(({ attributes }) => attributes['muster.job'] === 'unit');
    expect(units.length).toBeGreaterThan(5);
    expect(units.map(({ parentSpanId }) => parentSpanId)).toEqual(units.map(() => handed?.spanId));
    expect(new Set(units.map(({ attributes }) => attributes['muster.type']))).toContain('cloudservers');

    for (const name of ['read page', 'commit page']) {
      const pages = named(name);
      expect(pages.length).toBeGreaterThan(5);
      for (const page of pages) expect(units).toContain(parentOf(page));
    }
    const calls = named(/^VMWARE /);
    expect(calls.map((call) => parentOf(call)?.name)).toContain('read page');
    expect(calls).toEqual(calls.map(() => expect.objectContaining({ kind: CLIENT, errorType: undefined })));

    const statements = spans.filter(({ attributes }) => 'db.system.name' in attributes);
    const around = new Set(statements.map((statement) => parentOf(statement)?.name));
    expect([...around]).toEqual(
      expect.arrayContaining([`POST ${SYNC}`, 'process sync-vmware', 'commit page', 'complete unit']),
    );
  });

  it('is one tree, whose every part is there', () => {
    const strays = spans.filter((span) => parentOf(span) === undefined);
    expect(strays.map(({ name }) => name)).toEqual([`POST ${SYNC}`]);
  });

  it('has nothing that is not asked for or worked on, such as what each process looks for by itself', () => {
    expect(receiver.spans.filter(({ traceId }) => traceId !== callers.trace)).toEqual([]);
  });

  it('loads the SDK', () => {
    for (const { logs } of processes) expect(logs.join()).toMatch(/of the SDK loaded: [1-9]/);
  });

  it('is named by the lines of the log', () => {
    const lines = processes.flatMap(({ logs }) => logs).filter((line) => line.includes(task));
    const [asked] = lines.filter((line) => line.includes('a sync was asked for'));
    expect(JSON.parse(asked ?? '{}')).toMatchObject({
      trace_id: callers.trace,
      span_id: named(`POST ${SYNC}`)[0]?.spanId,
    });
    const ended = lines
      .filter((line) => line.includes('unit ended'))
      .map((line) => JSON.parse(line) as object);
    expect(ended.length).toBeGreaterThan(5);
    expect(ended).toEqual(ended.map(() => expect.objectContaining({ trace_id: callers.trace })));
  });

  it('sends no secret, no parameter and nothing of the inventory', () => {
    const all = receiver.received.join('\n');
    expect(all).toContain(SECRET_HEADER); // in the header that it was meant for
    const [machine] = vcenter.inventory.virtualMachines();
    const secrets = [
      muster.apiKey,
      vcenter.username,
      vcenter.password,
      new URL(vcenter.url).host,
      machine?.name,
      'of-the-caller',
    ];
    const told = JSON.stringify(receiver.spans);
    for (const secret of [...secrets, SECRET_HEADER]) {
      expect(secret).toEqual(expect.stringMatching(/./));
      expect(told.includes(String(secret))).toBe(false);
    }
  });
});

describe('traces', () => {
  const VARIABLES = { OTEL_BSP_SCHEDULE_DELAY: '10', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  const SYNC_OF = (account_id: string) => ({ vendor: 'VMWARE', account_id }) as const;
  let receiver: OtlpReceiver;
  let muster: TestMuster;
  let vendor: ScriptedVendor;

  beforeAll(async () => {
    receiver = await OtlpReceiver.start();
    Object.assign(process.env, VARIABLES, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    vendor = new ScriptedVendor();
    muster = await TestMuster.start({
      adapters: vendor.adapters,
      // What only waits for long, on a busy machine, is not enqueued once more, by nobody's request.
      timing: { ...TEST_TIMING, forgottenAfterMs: 5_000 },
      tracing: { protocol: 'http/json' },
      rpcUrl: 'tcp://127.0.0.1:0',
    });
    for (const name of ['a', 'b']) await muster.addAccount(scriptedAccount(name));
  });
  afterAll(async () => {
    await muster.close();
    await receiver.close();
    for (const name of [...Object.keys(VARIABLES), 'OTEL_EXPORTER_OTLP_ENDPOINT']) {
      Reflect.deleteProperty(process.env, name);
    }
  });

  const requestSync = async (account: string, traceparent: string) =>
    (
      await muster.call<{ data: string }>('POST', `${SYNC}?force=true`, {
        body: SYNC_OF(account),
        headers: { traceparent },
      })
    ).body.data;
  /** Spans of attempts at a task's runs and units. */
  const jobsOf = (task: string) =>
    receiver.spans.filter(({ kind, attributes }) => kind === CONSUMER && attributes['muster.task'] === task);

  it('says of what failed by which kind of error, and nothing of its message', async () => {
    vendor.scripts['things'] = vendor.calling([['x']]);
    vendor.answer = () => {
      throw new SyncError('permission', 'of secret machines');
    };
    const { trace, traceparent } = newTrace();
    await muster.finishedTask(await requestSync('a', traceparent));
    vendor.answer = () => undefined;
    const failed = await eventually('the unit is told of', () => {
      const spans = receiver.traceOf(trace).filter(({ errorType }) => errorType !== undefined);
      return spans.some(({ kind }) => kind === CONSUMER) && spans;
    });
    expect(failed.map(({ name, errorType }) => `${name}: ${String(errorType)}`).sort()).toEqual([
      'VMWARE script: permission',
      'process sync-vmware: permission',
      'read page: permission',
    ]);
    expect(receiver.received.join().includes('secret machines')).toBe(false);
  });

  it('begins a trace with what waited for the end of another sync', async () => {
    const hold = gate();
    let isListed = false;
    vendor.scripts['things'] = pagesOf([['x']], () => {
      isListed = true;
      return hold.opened;
    });
    const [first, second] = [newTrace(), newTrace()];
    const former = await requestSync('a', first.traceparent);
    await eventually('it is worked on', () => isListed);
    const follower = await requestSync('a', second.traceparent);
    expect(follower).not.toBe(former);
    hold.open();
    await muster.finishedTask(follower);
    const jobs = await eventually('all of it is told of', () => {
      const all = jobsOf(follower);
      return all.some(({ attributes }) => attributes['muster.job'] === 'unit') && all;
    });
    const traces = new Set(jobs.map(({ traceId }) => traceId));
    expect(traces.size).toBe(1);
    for (const { trace } of [first, second]) expect(traces).not.toContain(trace);
    expect(new Set(jobsOf(former).map(({ traceId }) => traceId))).toEqual(new Set([first.trace]));
  });

  it('begins a trace with what the queue forgot', async () => {
    vendor.scripts['things'] = vendor.calling([['x']]);
    // Long enough for the queue to be emptied before its time has come.
    const retryAfterMs = 5_000;
    const answers = [new SyncError('unavailable', 'away', { retryAfterMs })];
    vendor.answer = () => {
      const error = answers.shift();
      if (error !== undefined) throw error;
    };
    const { trace, traceparent } = newTrace();
    const task = await requestSync('b', traceparent);
    const unitsOf = () => jobsOf(task).filter(({ attributes }) => attributes['muster.job'] === 'unit');
    await eventually('it is put off', () => unitsOf().length > 0);
    await muster.forgetQueue();
    expect((await muster.finishedTask(task)).state).toBe('SUCCEEDED');
    const [putOff, again] = await eventually('both attempts are told of', () => {
      const units = unitsOf();
      return units.length > 1 && units;
    });
    expect(putOff).toMatchObject({ traceId: trace, errorType: 'unavailable' });
    expect(Number(putOff?.attributes['muster.put_off_ms'])).toBeGreaterThanOrEqual(retryAfterMs);
    expect(again).toMatchObject({ parentSpanId: '', errorType: undefined });
    expect(again?.traceId).not.toBe(trace);
  });

  it('goes on from a message of another service', async () => {
    const { hostname: host, port } = new URL(muster.api.rpcUrl ?? '');
    const client = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host, port: Number(port) },
    });
    const { trace, span, traceparent } = newTrace();
    const message = { api_key: muster.apiKey, query: { vendor: 'VMWARE' }, traceparent };
    await firstValueFrom(client.send('muster.resources.count', message));
    await firstValueFrom(client.send('muster.resources.count', { ...message, traceparent: 'none' }));
    client.close();
    const spans = await eventually('the call is told of', () => {
      const found = receiver.traceOf(trace);
      return found.some(({ kind }) => kind === SERVER) && found;
    });
    expect(spans.filter(({ kind }) => kind === SERVER)).toMatchObject([
      {
        name: 'GET /v1/multicloud-resources/count',
        parentSpanId: span,
        attributes: { 'muster.origin': 'rpc' },
      },
    ]);
  });

  it('has none of probes', async () => {
    await muster.call('GET', '/readyz');
    await muster.call('GET', '/nowhere/of-the-test?token=of-the-test');
    const strangers = await eventually('the stranger is told of', () => {
      const found = receiver.spans.filter(
        ({ attributes }) => attributes['http.response.status_code'] === 404,
      );
      return found.length > 0 && found;
    });
    expect(strangers.map(({ name }) => name)).toEqual(['GET']);
    expect(JSON.stringify(receiver.spans)).not.toMatch(/readyz|of-the-test/);
  });
});

describe('a receiver of spans', () => {
  const syncWith = async (endpoint: string, protocol: 'http/json' | 'http/protobuf') => {
    Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    const vendor = new ScriptedVendor();
    vendor.scripts['things'] = pagesOf([['x']]);
    const muster = await TestMuster.start({ adapters: vendor.adapters, tracing: { protocol } });
    try {
      await muster.addAccount(scriptedAccount('a'));
      const { state } = await muster.sync({ vendor: 'VMWARE', account_id: 'a' });
      return { state, logs: muster.logs };
    } finally {
      await muster.close();
      Reflect.deleteProperty(process.env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
    }
  };

  it('is told in protocol buffers, if nothing else is said', async () => {
    const receiver = await OtlpReceiver.start();
    expect((await syncWith(receiver.url, 'http/protobuf')).state).toBe('SUCCEEDED');
    await receiver.close();
    expect(receiver.received.join()).toMatch(/^\/v1\/traces .*application\/x-protobuf.*process sync-vmware/s);
  });

  it('that does not answer holds up neither a sync nor the end of the process', async () => {
    const receiver = await OtlpReceiver.start();
    receiver.isHanging = true;
    const { state, logs } = await syncWith(receiver.url, 'http/json');
    await receiver.close();
    expect(state).toBe('SUCCEEDED');
    expect(receiver.received.length).toBeGreaterThan(0);
    expect(logs.some((line) => line.includes('took no spans for 3 s'))).toBe(true);
  });

  it('that is away costs spans, as the log says', async () => {
    const receiver = await OtlpReceiver.start();
    await receiver.close();
    const { state, logs } = await syncWith(receiver.url, 'http/json');
    expect(state).toBe('SUCCEEDED');
    expect(logs.some((line) => line.includes('spans could not be sent'))).toBe(true);
  });

  it('is nowhere where none is named: then nothing of the SDK is loaded', async () => {
    const muster = await TestMuster.start({ workers: false });
    const worker = await MusterProcess.start('worker', {
      ...muster.settings.environment,
      NODE_OPTIONS: `--import=${NAMING_THE_SDK}`,
    });
    await worker.kill('SIGTERM');
    await muster.close();
    expect(worker.logs.join()).toContain('of the SDK loaded: 0');
    expect(worker.logs.join()).not.toContain('trace_id');
  });
});
