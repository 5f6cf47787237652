/** Why Pharos cannot start as it was asked to. process.ts prints the message, without a stack, and exits. */
export class StartRefusal extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StartRefusal'
  }
}
