// What a module of cases is written with; run.mjs runs them.

export const cases = []

/** A case: its function throws, or is rejected, where it does not hold. */
export function test(name, run) {
  if (cases.some((it) => it.name === name)) {
    throw new Error(`two cases are called ${name}`)
  }
  cases.push({ name, run })
}

/** What the server is, and with which keys it is called. */
export const server = {
  url: process.env.SERVER_URL,
  key: process.env.SERVER_KEY,
  otherKey: process.env.SERVER_OTHER_KEY,
}
