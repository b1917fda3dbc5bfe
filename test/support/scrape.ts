import { OperatorPort } from '#metrics';

import type { TestMuster } from './test-muster.js';

/** A time series and its value, as Prometheus reads it. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const LINE = /^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** What operators are shown. */
export class Scrape {
  private constructor(
    readonly text: string,
    readonly samples: readonly Sample[],
  ) {}

  static async of(muster: TestMuster): Promise<Scrape> {
    return Scrape.at(operatorsUrl(muster));
  }

  /** By the URL of the operators' port of any process. */
  static async at(url: string): Promise<Scrape> {
    const response = await fetch(`${url}/metrics`);
    const text = await response.text();
    const samples = text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const [, name = '', labels = '', value = ''] = LINE.exec(line) ?? [];
        return { name, labels: Object.fromEntries(labelsOf(labels)), value: Number(value) };
      });
    return new Scrape(text, samples);
  }

  /** All series of a metric that have these labels. */
  all(name: string, labels: Record<string, string> = {}): Sample[] {
    return this.samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
  }

  /** The sum of them; 0 where there is none. */
  sum(name: string, labels: Record<string, string> = {}): number {
    return this.all(name, labels).reduce((sum, { value }) => sum + value, 0);
  }
}

function labelsOf(text: string): [string, string][] {
  return [...text.matchAll(LABEL)].map(([, name = '', value = '']) => [name, value]);
}

/** Where operators find metrics and probes of a Muster that was started with `metrics`. */
export function operatorsUrl({ api }: TestMuster): string {
  const { url } = api.app.get(OperatorPort);
  if (url === undefined) throw new Error('This Muster was started without metrics.');
  return url;
}
