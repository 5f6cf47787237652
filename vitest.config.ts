import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Without these Vitest loads graphql twice, once as a module and once as CommonJS.
  ssr: {
    resolve: { conditions: ['module', 'node'], externalConditions: ['node', 'module-sync'] },
  },
  test: {
    // The live tests wait more than they work: by default Vitest would leave one of two cores idle.
    maxWorkers: 3,
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
          name: 'live',
          include: ['**/*.live.test.ts'],
          globalSetup: ['test/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
