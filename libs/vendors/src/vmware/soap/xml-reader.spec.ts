import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { XmlError, XmlReader } from './xml-reader.js';

/** What a reader calls, text in one piece between two tags. */
type Events = (string | [name: string, attributes: Record<string, string>])[];

function eventsOf(xml: string, { piece = Math.max(1, xml.length), skip = '' } = {}): Events {
  const events: Events = [];
  let text = '';
  const flush = () => {
    if (text !== '') events.push(`text ${text}`);
    text = '';
  };
  const reader = new XmlReader({
    open: ({ localName, attributes }) => {
      flush();
      if (localName === skip) return false;
      events.push([localName, { ...attributes }]);
      return true;
    },
    text: (part) => {
      text += part;
    },
    close: () => {
      flush();
      events.push('close');
    },
  });
  for (let start = 0; start < xml.length; start += piece) reader.write(xml.slice(start, start + piece));
  reader.end();
  return events;
}

const DOCUMENT = `<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="urn:s"><Body a='1 &amp; "2"'>
  <item xsi:type="x">Ü &lt;&#x1F600;&#10;<![CDATA[<&]]></item><!-- <ignored> --><empty/>
</Body></s:Envelope>`;

describe('XmlReader', () => {
  it('reports elements without prefix, attributes, and text with its entities resolved', () => {
    expect(eventsOf(DOCUMENT).filter((event) => typeof event !== 'string' || event.includes('Ü'))).toEqual([
      ['Envelope', { 'xmlns:s': 'urn:s' }],
      ['Body', { a: '1 & "2"' }],
      ['item', { 'xsi:type': 'x' }],
      'text Ü <😀\n<&',
      ['empty', {}],
    ]);
  });

  it('reports the same however the document is cut into pieces', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: DOCUMENT.length }), (piece) => {
        expect(eventsOf(DOCUMENT, { piece })).toEqual(eventsOf(DOCUMENT));
      }),
    );
  });

  it('calls nothing for what the handler skips, and goes on behind it', () => {
    const xml = '<a>1<skipped>2<b>3</b><skipped>4</skipped></skipped>5<c/></a>';

    expect(eventsOf(xml, { skip: 'skipped' })).toEqual([
      ['a', {}],
      // Skipped content leaves no mark, so what stands around it is still two pieces.
      'text 1',
      'text 5',
      ['c', {}],
      'close',
      'close',
    ]);
  });

  it('refuses a document that ends anywhere before its end', () => {
    const last = DOCUMENT.length - 1;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: last }), (length) => {
        expect(() => eventsOf(DOCUMENT.slice(0, length))).toThrow(XmlError);
      }),
    );
  });

  it.each([
    ['a tag that closes another', '<a><b></a></b>'],
    ['two documents', '<a/><b/>'],
    ['text behind the document', '<a/>x'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['a document type, and with it entities that explode', '<!DOCTYPE a [<!ENTITY b "x">]><a>&b;</a>'],
    ['another encoding', '<?xml version="1.0" encoding="utf-16"?><a/>'],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['depth without end, also where it is skipped', '<skipped>'.repeat(200)],
    ['nothing', ''],
  ])('refuses %s', (_what, xml) => {
    expect(() => eventsOf(xml, { skip: 'skipped' })).toThrow(XmlError);
  });
});
