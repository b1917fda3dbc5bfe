import { describe, expect, it } from '@jest/globals';

import { XmlError } from '../shared/xml/xml-reader.js';
import { readOssDocument } from './oss-document.js';

const read = (xml: string) => readOssDocument(xml, ['Bucket']);

describe('a document of OSS', () => {
  it.each([
    ['none', '<L><Buckets/></L>', { L: { Buckets: '' } }],
    ['one', '<L><Buckets><Bucket><Name>a</Name></Bucket></Buckets></L>', [{ Name: 'a' }]],
    [
      'two',
      '<L><Buckets><Bucket><Name>a &amp; b</Name></Bucket><Bucket><Name>c</Name><Comment/></Bucket></Buckets></L>',
      [{ Name: 'a & b' }, { Name: 'c', Comment: '' }],
    ],
  ])('has %s of a list', (_, xml, expected) => {
    const list = Array.isArray(expected) ? { L: { Buckets: { Bucket: expected } } } : expected;
    expect(read(xml)).toEqual(list);
  });

  it('is refused when it breaks off', () => {
    expect(() => read('<L><Buckets><Bucket>')).toThrow(XmlError);
  });
});
