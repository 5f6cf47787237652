/** `npm run test:full` runs the full counts of every test; `npm test` the small ones. */
export const full = process.env.PHAROS_TEST_SIZE === 'full'
