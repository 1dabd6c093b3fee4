/** What a promise rejects with; fails when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw new TypeError('rejected with something that is no Error')
  }
  throw new Error('expected a rejection, but it resolved')
}

/** The name of the error that a promise rejects with: for the SDK's errors, AWS's error name. */
export async function rejectionName(promise: Promise<unknown>): Promise<string> {
  return (await rejection(promise)).name
}
