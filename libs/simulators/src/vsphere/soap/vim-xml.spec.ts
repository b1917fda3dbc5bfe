import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { parseXml } from '../../../../../test/emulators/vsphere-client.js';
import { parseRequest, textOf } from './parse-request.js';
import { VimFault } from './vim-fault.js';
import { envelope, escapeXml } from './vim-xml.js';

/** What an XML parser gives back of a text: what may not appear in XML is replaced. */
const asXmlHasIt = (text: string): string =>
  text.replaceAll(/(?![\t\n\r\u007f-\u009f])\p{Cc}|[\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd');

describe('escapeXml', () => {
  it('keeps any text, as text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseXml(`<a>${escapeXml(text)}</a>`).text).toBe(asXmlHasIt(text));
      }),
    );
  });

  it('replaces half a surrogate pair', () => {
    expect(escapeXml('a\ud800b')).toBe('a\ufffdb');
  });
});

describe('parseRequest', () => {
  const call = (body: string): string => [...envelope([body])].join('');

  it('reads back what was escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const body = `<Rename_Task xmlns="urn:vim25"><_this type="Folder">group-d1</_this><newName>${escapeXml(name)}</newName></Rename_Task>`;
        const request = parseRequest(call(body));
        expect(request).toMatchObject({
          method: 'Rename_Task',
          receiver: { type: 'Folder', id: 'group-d1' },
        });
        expect(textOf(request.arguments, 'newName')).toBe(asXmlHasIt(name));
      }),
    );
  });

  it('reads anything or refuses it as an invalid request', () => {
    const fragment = fc.constantFrom(
      '<',
      '>',
      '</',
      'a',
      'Body',
      '"',
      '&',
      ' xmlns="urn:vim25"',
      '/>',
      '<!DOCTYPE a>',
    );
    fc.assert(
      fc.property(fc.array(fragment), (fragments) => {
        const text = fragments.join('');
        for (const xml of [text, call(text)]) {
          try {
            expect(parseRequest(xml).method).toMatch(/./);
          } catch (error) {
            expect(error).toBeInstanceOf(VimFault);
            expect((error as VimFault).fault).toBe('InvalidRequest');
          }
        }
      }),
    );
  });

  it('takes no document type, and so no entities of its own', () => {
    const bomb = `<!DOCTYPE a [<!ENTITY b "bbbb">]>${call('<CurrentTime xmlns="urn:vim25"/>').replace(/<\?xml.*\?>\n/, '')}`;
    expect(() => parseRequest(bomb)).toThrow(/document type/);
  });
});
