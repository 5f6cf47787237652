import { type DocumentNode, GraphQLError, validate } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { MAX_DOCUMENT_BYTES, MAX_TOKENS } from './limits.ts'
import { maxAliasesRule } from './rules/max-aliases.ts'
import { maxDepthRule } from './rules/max-depth.ts'
import { maxRootFieldsRule } from './rules/max-root-fields.ts'
import { noNullCharacterRule } from './rules/no-null-character.ts'

const rules = [maxDepthRule, maxAliasesRule, maxRootFieldsRule, noNullCharacterRule]

/** What a document may be like, on every transport: size, tokens, depth, aliases, root fields. */
export function documentLimits(): Plugin {
  // A document that is asked for again comes out of the parser's cache as the same object.
  const passed = new WeakSet<DocumentNode>()
  return {
    onParse({ params, parseFn, setParseFn }) {
      if (Buffer.byteLength(params.source.toString()) > MAX_DOCUMENT_BYTES) throw tooLong()
      setParseFn((source, options) => parseFn(source, { ...options, maxTokens: MAX_TOKENS }))
    },
    // Ours come first and alone: some rules of the specification take their time over a hostile document.
    onValidate({ params: { schema, documentAST }, setResult }) {
      if (passed.has(documentAST)) return
      const errors = validate(schema, documentAST, rules)
      if (errors.length > 0) setResult([...errors])
      else passed.add(documentAST)
    },
  }
}

function tooLong(): GraphQLError {
  return new GraphQLError(`A document has at most ${MAX_DOCUMENT_BYTES} bytes.`, {
    extensions: { code: 'LIMIT_REACHED', http: { status: 413 } },
  })
}
