/** Takes a rejection that is dealt with elsewhere: without a handler it would end the process. */
export function ignore(): void {}
