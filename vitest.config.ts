import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/order.ts'

const WORKER = 'edge-probe/**/*.live.test.ts'

const live = {
  globalSetup: ['test/global-setup.ts'],
  // No measure of anything: whole processes are started, on machines that may have other work.
  testTimeout: 120_000,
  hookTimeout: 120_000,
}

export default defineConfig({
  // Without these Vitest loads graphql twice, once as a module and once as CommonJS.
  ssr: {
    resolve: { conditions: ['module', 'node'], externalConditions: ['node', 'module-sync'] },
  },
  test: {
    // The live tests wait more than they work: by default Vitest would leave one of two cores idle.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: ['**/*.test.ts'],
          exclude: ['**/*.live.test.ts', '**/node_modules/**'],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          ...live,
          name: 'live',
          include: ['**/*.live.test.ts'],
          exclude: [WORKER, '**/node_modules/**'],
          // No test changes a module: read once a worker, they leave a minute and a half to the tests.
          isolate: false,
        },
      },
      // Miniflare learns when it is imported whom to trust, which not every file wants alike.
      { extends: true, test: { ...live, name: 'edge', include: [WORKER] } },
    ],
  },
})
