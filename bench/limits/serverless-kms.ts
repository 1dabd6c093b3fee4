export const CMK = 'alias/bench/all'
export const INDEX_CMK = 'alias/bench/index'
/** About the time that AWS KMS takes within a Region. */
export const KMS_MS = 5
