import { createHmac } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { createWebhookSecret, signMessage } from './sign-message.js';

describe('signMessage', () => {
  it('signs id, second and body with the decoded secret', () => {
    const secret = createWebhookSecret();
    const message = { id: 'msg', body: '{"ä": 1}' };
    const headers = signMessage(message, [secret], new Date('2026-01-31T12:00:00.999Z'));
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    expect(key).toHaveLength(32);
    expect(headers).toEqual({
      'webhook-id': 'msg',
      'webhook-timestamp': '1769860800',
      'webhook-signature': `v1,${createHmac('sha256', key).update('msg.1769860800.{"ä": 1}').digest('base64')}`,
    });
  });
});
