import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Tests of whole processes take longest and mostly wait: begun last, they would leave the other workers idle. */
const LONG = ['/test/reliability/', '/test/tenancy/', '/test/start', '/test/demo']

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => Number(isLong(b)) - Number(isLong(a)))
  }
}

function isLong({ moduleId }: TestSpecification): boolean {
  return LONG.some((part) => moduleId.includes(part))
}
