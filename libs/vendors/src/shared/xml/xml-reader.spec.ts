import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';

import { XmlError, XmlReader } from './xml-reader.js';

/** What a reader calls, text in one piece between two tags. */
type Events = (string | [name: string, attributes: Record<string, string>])[];

function eventsOf(xml: string, piece = Math.max(1, xml.length)): Events {
  const events: Events = [];
  let text = '';
  const flush = () => {
    if (text !== '') events.push(`text ${text}`);
    text = '';
  };
  const reader = new XmlReader({
    open: ({ name, attributes }) => {
      flush();
      events.push([name, Object.fromEntries(attributes)]);
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

/** The same from saxes; `undefined` when it refuses the document. */
function eventsOfSaxes(xml: string): Events | undefined {
  const events: Events = [];
  let text = '';
  let depth = 0;
  const flush = () => {
    if (text !== '') events.push(`text ${text}`);
    text = '';
  };
  const parser = new SaxesParser();
  const problems: string[] = [];
  parser.on('error', ({ message }) => problems.push(message));
  parser.on('doctype', () => problems.push('doctype'));
  parser.on('opentag', ({ name, attributes }) => {
    flush();
    depth++;
    events.push([name, { ...attributes }]);
  });
  const onText = (part: string) => {
    if (depth > 0) text += part;
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.on('closetag', () => {
    flush();
    depth--;
    events.push('close');
  });
  parser.write(xml).close();
  return problems.length > 0 ? undefined : events;
}

const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,5}(:[a-z]{1,4})?$/);
const space = fc.constantFrom('', ' ', '\n', '\r\n\t');
const characters = fc
  .array(
    fc.constantFrom(
      'x',
      'ü',
      '😀',
      ' ',
      '\n',
      '\r',
      '\t',
      '&lt;',
      '&amp;',
      '&#10;',
      '&#x1F600;',
      '>',
      "'",
      '"',
      ']',
      '/',
    ),
  )
  .map((parts) => parts.join(''));
const attribute = fc
  .tuple(name, space, fc.constantFrom('"', "'"), characters)
  .map(([key, gap, quote, value]) => ` ${key}${gap}=${gap}${quote}${value.replaceAll(quote, '')}${quote}`);
const { document } = fc.letrec<{ document: string; content: string }>((tie) => ({
  document: fc
    .tuple(
      name,
      fc.uniqueArray(attribute, { maxLength: 3, selector: (it) => it.split('=')[0]?.trim() }),
      space,
      tie('content'),
    )
    .map(([tag, attributes, gap, content]) =>
      content === ''
        ? `<${tag}${attributes.join('')}${gap}/>`
        : `<${tag}${attributes.join('')}${gap}>${content}</${tag}${gap}>`,
    ),
  content: fc
    .array(
      fc.oneof(
        { depthSize: 'small' },
        characters,
        fc.constantFrom('<!-- <a> -- -->', '<!-- note -->', '<![CDATA[<&]] >\r\n]]>', '<?pi data?>'),
        tie('document'),
      ),
      { maxLength: 5 },
    )
    .map((parts) => parts.join('')),
}));

describe('XmlReader', () => {
  it('reads what saxes reads, however the document is cut', () => {
    let compared = 0;
    fc.assert(
      fc.property(document, fc.integer({ min: 1, max: 40 }), (xml, piece) => {
        const expected = eventsOfSaxes(xml);
        if (expected === undefined) return;
        compared++;
        expect(eventsOf(xml, piece)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  it('fails with nothing but XmlError on damaged documents, and reads what saxes still reads', () => {
    fc.assert(
      fc.property(
        document,
        fc.nat(),
        fc.constantFrom('', '<', '>', '/', '"', '&', 'x'),
        (xml, at, damage) => {
          const codePoints = Array.from(xml);
          codePoints[at % codePoints.length] = damage;
          const damaged = codePoints.join('');
          const expected = eventsOfSaxes(damaged);
          try {
            const events = eventsOf(damaged);
            if (expected !== undefined) expect(events).toEqual(expected);
          } catch (error) {
            expect(error).toBeInstanceOf(XmlError);
            // saxes takes "<" in attributes, which XML forbids.
            if (damage !== '<') expect(expected).toBeUndefined();
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('refuses every document that ends early', () => {
    fc.assert(
      fc.property(document, fc.nat(), (xml, at) => {
        expect(() => eventsOf(xml.slice(0, at % xml.length))).toThrow(XmlError);
      }),
    );
  });

  it('skips what nobody wants, but not its balance', () => {
    const seen: string[] = [];
    const handler = {
      open: ({ localName }: { localName: string }) => {
        seen.push(localName);
        return localName !== 'skip';
      },
      text: (piece: string) => {
        seen.push(piece);
      },
      close: () => {
        seen.push('/');
      },
    };
    const reader = new XmlReader(handler);
    reader.write('<a>1<skip>2<b c=">"><skip/></b>&unknown;</skip><d>3</d></a>');
    reader.end();
    expect(seen).toEqual(['a', '1', 'skip', 'd', '3', '/', '/']);
    expect(() => {
      new XmlReader(handler).write('<a><skip><b></skip></a>');
    }).toThrow('</skip> closes <b>');
  });

  it.each([
    ['a byte order mark', '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<a/>\n', ['a']],
    ['a comment before and after', '<!-- x --><a/><!-- y -->', ['a']],
  ])('takes %s', (_, xml, names) => {
    expect(eventsOf(xml).flatMap((event) => (Array.isArray(event) ? [event[0]] : []))).toEqual(names);
  });

  it.each([
    ['another encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>'],
    ['a document type', '<!DOCTYPE a SYSTEM "http://evil/x.dtd"><a/>'],
    ['an element after the end', '<a/><b/>'],
    ['text after the end', '<a/>x'],
    ['text before the beginning', 'x<a/>'],
    ['an end without a beginning', '</a>'],
    ['an attribute without quotes', '<a b=c/>'],
    ['a reference to no character', '<a>&#0;</a>'],
    ['a reference beyond Unicode', '<a>&#x110000;</a>'],
    ['half a surrogate', '<a>&#xD800;</a>'],
    ['an unfinished reference', '<a>&amp</a>'],
    ['a tag without end', `<a ${'x'.repeat(1_100_000)}`],
  ])('refuses %s', (_, xml) => {
    expect(() => eventsOf(xml)).toThrow(XmlError);
  });
});
