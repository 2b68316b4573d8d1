// Runs the cases of one module, one after another: node run.mjs ./postgrest-reading.mjs. What became of each is a line of
// JSON on the standard output, {"name", "error"}; error is null where it held.

import { cases } from './cases.mjs'

/** Whatever was thrown, with the members that clients add to their errors. */
function told(error) {
  return error instanceof Error ? `${error.stack}\n${JSON.stringify({ ...error })}` : `thrown: ${JSON.stringify(error)}`
}

await import(process.argv[2])
for (const { name, run } of cases) {
  let error = null
  try {
    await run()
  } catch (e) {
    error = told(e)
  }
  process.stdout.write(JSON.stringify({ name, error }) + '\n')
}
