/** Tests against third-party emulators of the platforms we sync. They build or install what they need. */
import config from './jest.config.mjs';

const { displayName: _displayName, testMatch: _testMatch, ...base } = config.projects[0];

/** Emulators take long to build, and to start: the first vcsim build compiles govmomi. */
const TEST_TIMEOUT_MS = 10 * 60 * 1000;

export default {
  ...base,
  testMatch: ['<rootDir>/test/emulators/**/*.emulator.spec.ts'],
  maxWorkers: 1,
  setupFilesAfterEnv: [], // the other suites' patience, which is shorter and would win
  testTimeout: TEST_TIMEOUT_MS,
};
