import { jest } from '@jest/globals';

/** Suites start servers and simulators, and CI has two slow cores; what hangs still ends. */
const TEST_TIMEOUT_MS = 400_000;

jest.setTimeout(TEST_TIMEOUT_MS);
