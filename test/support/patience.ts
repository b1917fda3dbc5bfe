import { jest } from '@jest/globals';

/** Suites start servers, and CI has two slow cores; what hangs still ends. */
const TEST_TIMEOUT_MS = 90_000;

jest.setTimeout(TEST_TIMEOUT_MS);
