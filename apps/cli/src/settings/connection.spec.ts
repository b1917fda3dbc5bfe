import { describe, expect, it } from '@jest/globals';

import { chooseConnection } from './connection.js';

const HOME = { url: 'https://home.example', api_key: 'mk_home' };
const WORK = { url: 'https://work.example', api_key: 'mk_work' };
const PROFILES = { default: HOME, work: WORK };
const BOTH = { MUSTER_URL: 'https://env.example', MUSTER_API_KEY: 'mk_env' };

describe('chooseConnection', () => {
  it.each([
    ['work', {}, WORK],
    ['work', BOTH, WORK],
    [undefined, { ...BOTH, MUSTER_PROFILE: 'work' }, WORK],
    [undefined, BOTH, { url: 'https://env.example', api_key: 'mk_env' }],
    [undefined, { MUSTER_API_KEY: 'mk_env' }, { url: 'http://127.0.0.1:3000', api_key: 'mk_env' }],
    [undefined, {}, HOME],
    [undefined, { MUSTER_URL: '', MUSTER_API_KEY: '', MUSTER_PROFILE: '' }, HOME],
  ])('by --profile %s and %j takes one source whole', (named, variables, expected) => {
    expect(chooseConnection(named, variables, PROFILES)).toMatchObject(expected);
  });

  it.each([
    ['other', {}, 'there is no profile "other"'],
    ['constructor', {}, 'there is no profile "constructor"'],
    [undefined, { MUSTER_URL: 'https://env.example' }, 'MUSTER_API_KEY is not'],
  ])('by --profile %s and %j takes none', (named, variables, message) => {
    expect(() => chooseConnection(named, variables, PROFILES)).toThrow(message);
  });

  it('says how to give a key when there is none', () => {
    expect(() => chooseConnection(undefined, {}, {})).toThrow('there is no API key to call Muster with');
  });
});
