/** What `work` comes to, or the error that `tooSlow` makes after so many milliseconds. What comes later is ignored. */
export async function withinTime<T>(work: PromiseLike<T>, milliseconds: number, tooSlow: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow()), milliseconds)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
