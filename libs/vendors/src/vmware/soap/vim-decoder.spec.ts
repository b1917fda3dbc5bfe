import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { XmlError } from '../../shared/xml/xml-reader.js';
import { escapeXml } from './envelope.js';
import {
  anything,
  boolean,
  instant,
  integer,
  lazy,
  list,
  long,
  propertiesOf,
  record,
  reference,
  type Shape,
  text,
  variant,
} from './shape.js';
import { MalformedAnswer, VimDecoder } from './vim-decoder.js';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

/** Decodes `<a>…</a>` by the shape of `a`, fed in pieces of the given size. */
function decode<Value>(shape: Shape<Value>, xml: string, piece = xml.length): Value | undefined {
  const decoder = new VimDecoder(record({ a: shape }));
  for (let start = 0; start < xml.length; start += piece) decoder.write(xml.slice(start, start + piece));
  return decoder.end().a;
}

/** Decodes a property's `<val>` by its shape. */
function decodeProperty<Value>(shape: Shape<Value>, val: string): unknown {
  const propSet = propertiesOf(new Map([['path', shape]]));
  const xml = `<a xmlns:x="${XSI}"><propSet><name>path</name>${val}</propSet></a>`;
  return decode(record({ propSet }), xml)?.propSet?.['path'];
}

describe('decoding by shape', () => {
  const device = variant({ key: integer, backing: variant({ fileName: text }) });

  it('reads what the shape names and skips the rest', () => {
    const shape = record({ name: text, memoryMB: integer, template: boolean, host: reference });
    const xml =
      '<a><junk><name>no</name><deep><deeper/></deep></junk><name>vm &amp; co</name><memoryMB>1024</memoryMB>' +
      '<template>true</template><host type="HostSystem">host-1</host></a>';
    const host = { type: 'HostSystem', value: 'host-1' };
    expect(decode(shape, xml)).toEqual({ name: 'vm & co', memoryMB: 1024, template: true, host });
  });

  it.each([
    ['declared around it', `<a xmlns:xsi="${XSI}"><b xsi:type="VirtualDisk"><key>7</key></b></a>`],
    ['declared on it', `<a><b xmlns:_X="${XSI}" _X:type="VirtualDisk"><key>7</key></b></a>`],
    ['declared after its use', `<a><b q:type="vim25:VirtualDisk" xmlns:q="${XSI}"><key>7</key></b></a>`],
  ])('knows a type whose prefix is %s', (_, xml) => {
    expect(decode(record({ b: device }), xml)).toEqual({ b: { type: 'VirtualDisk', key: 7 } });
  });

  it('takes no type from another namespace', () => {
    const xml = '<a><b xmlns:x="urn:other" x:type="VirtualDisk"><key>7</key></b></a>';
    expect(decode(record({ b: device }), xml)).toEqual({ b: { type: '', key: 7 } });
  });

  it("tells a reference's own type from its xsi:type", () => {
    const xml = `<a xmlns:i="${XSI}" type="Folder" i:type="ManagedObjectReference">group-2</a>`;
    expect(decode(reference, xml)).toEqual({ type: 'Folder', value: 'group-2' });
    expect(decode(anything, xml)).toEqual({ type: 'Folder', value: 'group-2' });
  });

  it('makes lists of one, of many and of none', () => {
    const shape = record({ ip: list(text), refs: list(reference) });
    expect(decode(shape, '<a><ip>1</ip></a>')).toEqual({ ip: ['1'] });
    expect(decode(shape, '<a><ip>1</ip><ip>2</ip></a>')).toEqual({ ip: ['1', '2'] });
    expect(decodeProperty(list(text), '<val x:type="ArrayOfString"/>')).toEqual([]);
    expect(decodeProperty(list(text), '<val x:type="ArrayOfString"><string>1</string></val>')).toEqual(['1']);
  });

  it('reads only the items of the wanted types', () => {
    const val =
      '<val x:type="ArrayOfVirtualDevice"><d x:type="VirtualIDEController"><key>200</key></d>' +
      '<d x:type="VirtualDisk"><key>2000</key><backing x:type="Flat"><fileName>f</fileName></backing></d></val>';
    const disk = { type: 'VirtualDisk', key: 2000, backing: { type: 'Flat', fileName: 'f' } };
    expect(decodeProperty(list(device, ['VirtualDisk']), val)).toEqual([disk]);
  });

  it('reads shapes that contain themselves', () => {
    interface Tree {
      id?: number;
      child?: Tree[];
    }
    const tree: Shape<Tree> = record({ id: integer, child: list(lazy(() => tree)) });
    const xml =
      '<a><id>1</id><child><id>2</id><child><id>3</id></child></child><child><id>4</id></child></a>';
    expect(decode(tree, xml)).toEqual({ id: 1, child: [{ id: 2, child: [{ id: 3 }] }, { id: 4 }] });
  });

  it('reads properties by path', () => {
    const shapes = new Map<string, Shape<unknown>>([
      ['name', text],
      ['config.hardware.numCPU', integer],
    ]);
    const xml =
      '<a><propSet><name>name</name><val>x</val></propSet>' +
      '<propSet><name>other</name><val><b>no</b></val></propSet>' +
      '<propSet><name>config.hardware.numCPU</name><val>4</val></propSet></a>';
    const decoded = decode(record({ propSet: propertiesOf(shapes) }), xml);
    expect(decoded).toEqual({ propSet: { name: 'x', 'config.hardware.numCPU': 4 } });
  });

  it.each([
    ['0', 0],
    ['-1', -1],
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740993', '9007199254740993'],
    ['-9223372036854775808', '-9223372036854775808'],
  ])('keeps %s exact', (digits, value) => {
    expect(decode(long, `<a>${digits}</a>`)).toBe(value);
  });

  it('reads times of any precision and zone', () => {
    expect(decode(instant, '<a>2026-11-24T02:40:47.725307545Z</a>')).toBe('2026-11-24T02:40:47.725Z');
    expect(decode(instant, '<a>2026-11-24T02:40:47+01:00</a>')).toBe('2026-11-24T01:40:47.000Z');
  });
});

describe('decoding anything', () => {
  it('goes by the types on the wire', () => {
    const xml =
      `<a xmlns:i="${XSI}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" i:type="Spec"><n i:type="xsd:int">5</n>` +
      '<b i:type="xsd:boolean">false</b><l i:type="xsd:long">9007199254740993</l><d i:type="xsd:double">0.5</d>' +
      '<t i:type="xsd:dateTime">2026-01-01T00:00:00Z</t><r><start>1</start></r><r><start>3</start></r>' +
      '<s i:type="ArrayOfString"><string>x</string></s><__proto__>p</__proto__></a>';
    expect(JSON.stringify(decode(anything, xml))).toBe(
      '{"n":5,"b":false,"l":"9007199254740993","d":0.5,"t":"2026-01-01T00:00:00.000Z",' +
        '"r":[{"start":"1"},{"start":"3"}],"s":["x"],"__proto__":"p"}',
    );
  });

  const leaf = fc.oneof(
    fc.string({ unit: 'grapheme' }).map((value) => value.replace(/\p{Cc}|[\ufffe\uffff]|\p{Cs}/gu, '')),
    fc.integer(),
    fc.boolean(),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.dictionary(fc.stringMatching(/^[a-z][A-Za-z0-9]{0,8}$/), tie('tree'), { minKeys: 1, maxKeys: 4 }),
      fc.array(tie('tree'), { maxLength: 4 }),
    ),
  }));

  it('gives back what was written, however the document is cut', () => {
    fc.assert(
      fc.property(tree, fc.integer({ min: 1, max: 64 }), (value, piece) => {
        const xml = `<?xml version="1.0" encoding="UTF-8"?><a xmlns:xs="${XSI}"${written(value)}</a>`;
        expect(decode(anything, xml, piece)).toEqual(value);
      }),
    );
  });

  it('refuses every document that ends early', () => {
    fc.assert(
      fc.property(tree, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (value, part) => {
        const xml = `<a xmlns:xs="${XSI}"${written(value)}</a>`;
        const cut = xml.slice(0, Math.floor(xml.length * part));
        expect(() => decode(anything, cut)).toThrow(XmlError);
      }),
    );
  });
});

/** A value as the rest of a start tag and the content, typed as vSphere types it. */
function written(value: unknown): string {
  if (typeof value === 'string') return ` xs:type="xsd:string">${escapeXml(value)}`;
  if (typeof value === 'number') return ` xs:type="xsd:int">${String(value)}`;
  if (typeof value === 'boolean') return ` xs:type="xsd:boolean">${String(value)}`;
  if (Array.isArray(value))
    return ` xs:type="ArrayOfAnyType">${value.map((item) => `<i${written(item)}</i>`).join('')}`;
  const fields = Object.entries(value as object);
  return ` xs:type="Data">${fields.map(([name, field]) => `<${name}${written(field)}</${name}>`).join('')}`;
}

describe('refusing', () => {
  it.each([
    ['nothing', ''],
    ['no XML', 'Bad Gateway'],
    ['crossed tags', '<a><b></a></b>'],
    ['a second document', '<a/><a/>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['a document type', '<!DOCTYPE a><a/>'],
    ['an entity bomb', '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'],
    ['an external entity', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
    ['unbounded nesting', '<b>'.repeat(100_000)],
    ['unbounded nesting of what nobody reads', `<a>${'<b>'.repeat(100_000)}`],
  ])('%s', (_, xml) => {
    expect(() => decode(text, xml)).toThrow(XmlError);
  });

  it('a number that is none', () => {
    expect(() => decode(integer, '<a>lots</a>')).toThrow(MalformedAnswer);
    expect(() => decode(integer, '<a></a>')).toThrow(MalformedAnswer);
  });
});
