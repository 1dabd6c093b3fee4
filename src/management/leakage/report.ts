import type { IndexFigures, Measured, MeasuredIndex } from '../../operations/index.js'

/** What classes of rows show: rows that somebody without a key cannot tell apart. */
export interface LeakageClasses {
  /** How many there are: different tokens, alone or with what is beside them. */
  readonly classes: number
  /** Rows of the largest one; where tenants are summed up, of each tenant's. */
  readonly largest: number
  /** Rows that are singled out: alone in their class. */
  readonly alone: number
  /** Rows in classes of fewer than five rows, those that are alone among them. */
  readonly few: number
}

/** Shares of the rows that have a token, from 0 to 1. */
export interface NamedShares {
  /** Of which an attack names what the token stands for: the value, or the part of it that the index is of. */
  readonly rows: number
  /** Of which it names the whole value. */
  readonly values: number
}

/** What one index shows of some rows. */
export interface LeakageFigures {
  /** Rows of the table. */
  readonly rows: number
  /** Those that have a token. */
  readonly withToken: number
  /** Those that hold something else in the index column: it was tampered with. */
  readonly malformed: number
  /** Those with a token beside which there is no envelope: plaintext, NULL, or what cannot be read. */
  readonly besideNoEnvelope: number
  /** Rows by their tokens. */
  readonly byToken: LeakageClasses
  /** Rows by their tokens and by how long their values are, padding included. */
  readonly byTokenAndLength: LeakageClasses
  /** How many different lengths there are; where tenants are summed up, of the tenant with most. */
  readonly lengths: number
  /** What attacks name with the given values, if these are as common in the table as the weights say. */
  readonly estimate?: AttackShares
}

/** The attacks, and what they name. */
export interface AttackShares {
  /** The most frequent token is taken for the most common value, and so on. */
  readonly byRank: NamedShares
  /** The same among rows whose values have one length. */
  readonly byLength: NamedShares
}

/** What an index shows of one tenant's rows. */
export interface TenantLeakage extends LeakageFigures {
  /** Left out where the rows name no tenant. */
  readonly tenant?: string
}

/** What an index shows. */
export interface IndexLeakage extends LeakageFigures {
  /** The Prisma model. */
  readonly model: string
  /** The encrypted field. */
  readonly field: string
  /** The index column. */
  readonly index: string
  /** Which kind of index it is. */
  readonly kind: string
  /** Whether tenants are told apart by their tokens. */
  readonly scope: 'tenant' | 'global'
  /** To a multiple of how many bytes values are padded; left out if they are not. */
  readonly pad?: number
  /** The tenants with most rows. Empty for an index of scope `global`, of which all rows are one crowd. */
  readonly tenants: readonly TenantLeakage[]
  /** The other tenants together. */
  readonly otherTenants?: LeakageFigures & { readonly count: number }
  /** What the attacks really named, of rows that were opened. */
  readonly sample?: AttackShares & {
    /** Rows that were opened. */
    readonly rows: number
    /** Rows that did not open. */
    readonly unopened: number
  }
}

/** What several index columns of one model show together. */
export interface JointLeakage {
  /** The Prisma model. */
  readonly model: string
  /** The index columns. */
  readonly indexes: readonly string[]
  /** Rows that have a token in one of them. */
  readonly rows: number
  /** Rows by all of their tokens. */
  readonly byTokens: LeakageClasses
  /** Rows by all of their tokens and lengths. */
  readonly byTokensAndLengths: LeakageClasses
}

/** What `$encryption.leakage` has seen. No value and no token is in it. */
export interface LeakageReport {
  /** When it began, in ISO 8601. */
  readonly takenAt: string
  /** Whether all was looked at: not if it was stopped by its signal. */
  readonly finished: boolean
  /** Index by index. */
  readonly indexes: readonly IndexLeakage[]
  /** Where a field, or a model, has several. */
  readonly joint: readonly JointLeakage[]
  /**
   * Of the given values, by index column: how many an index tells apart, how many have no token in it, and of an index of a part, how many
   * do not have that part.
   */
  readonly values?: Readonly<
    Record<string, { readonly known: number; readonly withoutToken: number; readonly withoutPart?: number }>
  >
}

export function reportOf({ indexes, joint }: Measured): Pick<LeakageReport, 'indexes' | 'joint'> {
  return {
    indexes: indexes.map(ofIndex),
    joint: joint.map(({ target, indexes: several, figures }) => ({
      model: target.model,
      indexes: several.map(({ index }) => index.field),
      rows: figures.rows,
      byTokens: figures.tokens,
      byTokensAndLengths: figures.lengths,
    })),
  }
}

function ofIndex({ target, index, all, tenants, others, score }: MeasuredIndex): IndexLeakage {
  const { pad } = index.field
  const share = (rows: number): number => rows / Math.max(1, score?.rows ?? 0)
  return {
    model: target.model,
    field: index.field.field,
    index: index.index.field,
    kind: index.index.kind.name,
    scope: index.index.scope,
    ...(pad !== undefined && pad > 1 && { pad }),
    ...figuresOf(all),
    tenants: tenants.map(({ tenant, figures }) => ({ ...(tenant !== undefined && { tenant }), ...figuresOf(figures) })),
    ...(others.tenants > 0 && { otherTenants: { count: others.tenants, ...figuresOf(others.figures) } }),
    ...(score !== undefined && {
      sample: {
        rows: score.rows,
        unopened: score.unopened,
        byRank: { rows: share(score.byRank.tokens), values: share(score.byRank.wholes) },
        byLength: { rows: share(score.byLength.tokens), values: share(score.byLength.wholes) },
      },
    }),
  }
}

function figuresOf(figures: IndexFigures): LeakageFigures {
  const { rows, withToken, malformed, beside, tokens, lengths, named } = figures
  const { different, ...byTokenAndLength } = lengths
  const share = (of: number): number => Math.min(1, of / Math.max(1, withToken))
  return {
    rows,
    withToken,
    malformed,
    besideNoEnvelope: beside,
    byToken: tokens,
    byTokenAndLength,
    lengths: different,
    ...(named !== undefined && {
      estimate: {
        byRank: { rows: share(named.byRank.tokens), values: share(named.byRank.wholes) },
        byLength: { rows: share(named.byLength.tokens), values: share(named.byLength.wholes) },
      },
    }),
  }
}
