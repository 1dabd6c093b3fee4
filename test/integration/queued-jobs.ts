/** How the queue is set in its tests: what takes minutes takes seconds. */
export const BOSS = { maintenanceIntervalSeconds: 1, schedule: false }
export const JOBS = { rowsPerPart: 150, expireInSeconds: 4, retryLimit: 50 }
