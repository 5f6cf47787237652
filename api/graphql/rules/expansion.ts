import {
  type ASTNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql'

/** How a number is reckoned over a selection set: what a field is worth, and how two worths combine. */
export type Measure = {
  field(field: FieldNode, below: number): number
  combine(a: number, b: number): number
}

type Fragments = Pick<ValidationContext, 'getFragment'>

/**
 * Reckons with every fragment expanded, yet visits each fragment once: a kilobyte of fragments that
 * spread each other would otherwise expand to billions of fields. A cycle counts as nothing here;
 * the rule of the specification refuses it.
 */
export function measure(
  selectionSet: SelectionSetNode,
  fragments: Fragments,
  { field, combine }: Measure,
): number {
  const known = new Map<FragmentDefinitionNode, number>()

  function over({ selections }: SelectionSetNode): number {
    let total = 0
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const below = selection.selectionSet ? over(selection.selectionSet) : 0
        total = combine(total, field(selection, below))
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        total = combine(total, over(selection.selectionSet))
      } else {
        total = combine(total, ofFragment(fragments.getFragment(selection.name.value)))
      }
    }
    return total
  }

  function ofFragment(fragment: FragmentDefinitionNode | null | undefined): number {
    if (!fragment) return 0
    const seen = known.get(fragment)
    if (seen !== undefined) return seen
    known.set(fragment, 0)
    const total = over(fragment.selectionSet)
    known.set(fragment, total)
    return total
  }

  return over(selectionSet)
}

export function sum(a: number, b: number): number {
  return a + b
}

export function limitError(message: string, node: ASTNode): GraphQLError {
  return new GraphQLError(message, { nodes: [node], extensions: { code: 'LIMIT_REACHED' } })
}
