// OpenAI's own client for JavaScript against /v1; what stands behind it is the fake upstream of promises/OpenAiJsTest.

import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { server, test } from './cases.mjs'

const WORDS = Array.from({ length: 10 }, (_, i) => ` word${i}`).join('')
const client = (apiKey) => new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 })
const openai = client(server.key)
const ask = (model, more = {}) => ({
  model,
  messages: [{ role: 'user', content: 'Say ten words.' }],
  max_completion_tokens: 10,
  ...more,
})
const WEATHER = {
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}

/** The error of a call that must be refused. */
async function refused(type, call) {
  try {
    await call()
  } catch (e) {
    assert.ok(e instanceof type, `${e?.constructor?.name}: ${e?.message}`)
    return e
  }
  assert.fail('it was not refused')
}

test('a chat', async () => {
  const answer = await openai.chat.completions.create(ask('priced'))
  assert.equal(answer.object, 'chat.completion')
  assert.equal(answer.choices[0].message.content, WORDS)
  assert.equal(answer.usage.prompt_tokens, 20)
  assert.equal(answer.usage.completion_tokens, 10)
})

test('a chat tells its request id', async () => {
  const { data, response } = await openai.chat.completions.create(ask('priced')).withResponse()
  assert.equal(response.status, 200)
  assert.ok(response.headers.get('x-request-id').length > 0)
  assert.equal(data._request_id, response.headers.get('x-request-id'))
})

test('a stream', async () => {
  const stream = await openai.chat.completions.create(ask('priced', { stream: true }))
  let text = ''
  for await (const chunk of stream) {
    assert.equal(chunk.object, 'chat.completion.chunk')
    assert.equal(chunk.usage ?? null, null)
    text += chunk.choices[0]?.delta?.content ?? ''
  }
  assert.equal(text, WORDS)
})

test('a stream that tells usage', async () => {
  const stream = await openai.chat.completions.create(
    ask('priced', { stream: true, stream_options: { include_usage: true } }),
  )
  let last
  for await (const chunk of stream) {
    last = chunk
  }
  assert.deepEqual(last.choices, [])
  assert.equal(last.usage.total_tokens, 30)
})

test('a stream through the helper', async () => {
  const runner = openai.chat.completions.stream(ask('priced'))
  assert.equal(await runner.finalContent(), WORDS)
})

test('a stream that is left after its first word', async () => {
  const stream = await openai.chat.completions.create(ask('slowly', { stream: true }))
  let seen = 0
  for await (const chunk of stream) {
    seen += chunk.choices[0]?.delta?.content ? 1 : 0
    if (seen === 1) break
  }
  assert.equal(seen, 1)
  assert.equal((await openai.chat.completions.create(ask('priced'))).choices[0].message.content, WORDS)
})

test('tools, called in parallel', async () => {
  const answer = await openai.chat.completions.create(ask('tools', { tools: [WEATHER], parallel_tool_calls: true }))
  assert.equal(answer.choices[0].finish_reason, 'tool_calls')
  assert.deepEqual(
    answer.choices[0].message.tool_calls.map((it) => [it.id, it.function.name, JSON.parse(it.function.arguments)]),
    [
      ['call_a', 'weather', { city: 'Rome' }],
      ['call_b', 'weather', { city: 'Oslo' }],
    ],
  )
})

test('the client runs tools by itself, answer by answer', async () => {
  const asked = []
  const runner = openai.chat.completions.runTools(
    ask('tools-then-words', {
      tools: [
        {
          type: 'function',
          function: {
            ...WEATHER.function,
            parse: JSON.parse,
            function: ({ city }) => {
              asked.push(city)
              return `rain in ${city}`
            },
          },
        },
      ],
    }),
  )
  assert.equal(await runner.finalContent(), 'Rain.')
  assert.deepEqual(asked, ['Rome'])
})

test('an answer by a schema', async () => {
  const schema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'], additionalProperties: false }
  const answer = await openai.chat.completions.parse(
    ask('schema', { response_format: { type: 'json_schema', json_schema: { name: 'city', strict: true, schema } } }),
  )
  assert.deepEqual(JSON.parse(answer.choices[0].message.content), { name: 'Oslo' })
})

test('embeddings, which the client asks for in base64 and reads as numbers', async () => {
  const answer = await openai.embeddings.create({ model: 'priced', input: ['one', 'two'] })
  assert.equal(answer.data.length, 2)
  assert.deepEqual(answer.data.map((it) => it.index), [0, 1])
  assert.deepEqual(Array.from(answer.data[0].embedding).slice(0, 3), [0.5, -0.5, 0.25])
})

test('embeddings as numbers', async () => {
  const answer = await openai.embeddings.create({ model: 'priced', input: 'one', encoding_format: 'float' })
  assert.deepEqual(answer.data[0].embedding.slice(0, 3), [0.5, -0.5, 0.25])
})

test('the models', async () => {
  const ids = []
  for await (const model of openai.models.list()) {
    ids.push(model.id)
  }
  for (const id of ['chat', 'priced', 'steady']) {
    assert.ok(ids.includes(id), ids.join())
  }
  assert.equal((await openai.models.retrieve('chat')).id, 'chat')
})

test('an unknown key', async () => {
  const e = await refused(OpenAI.AuthenticationError, () => client('lsk_test_nobody_at_all').chat.completions.create(ask('priced')))
  assert.deepEqual([e.status, e.code], [401, 'invalid_api_key'])
})

test('an unknown model', async () => {
  const e = await refused(OpenAI.NotFoundError, () => openai.chat.completions.create(ask('no-such-model')))
  assert.deepEqual([e.status, e.code], [404, 'model_not_found'])
})

test('a budget that is spent', async () => {
  const e = await refused(OpenAI.APIError, () => openai.chat.completions.create(ask('small')))
  assert.deepEqual([e.status, e.code], [402, 'insufficient_quota'])
  assert.match(e.message, /budget nothing/)
})

test('a limit', async () => {
  await openai.chat.completions.create(ask('rare'))
  const e = await refused(OpenAI.RateLimitError, () => openai.chat.completions.create(ask('rare')))
  assert.equal(e.status, 429)
  assert.ok(Number(e.headers.get('retry-after')) > 0)
})

test('a body that is not one', async () => {
  const e = await refused(OpenAI.BadRequestError, () => openai.chat.completions.create(ask('priced', { n: 'many' })))
  assert.equal(e.status, 400)
})

test('a stream is refused before it begins', async () => {
  const e = await refused(OpenAI.NotFoundError, () => openai.chat.completions.create(ask('no-such-model', { stream: true })))
  assert.equal(e.code, 'model_not_found')
})

test('an upstream that fails', async () => {
  const e = await refused(OpenAI.InternalServerError, () => openai.chat.completions.create(ask('broken')))
  assert.equal(e.status, 500)
})

test('the client tries again by itself', async () => {
  const patient = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.key, maxRetries: 1 })
  assert.equal((await patient.chat.completions.create(ask('broken-once'))).choices[0].message.content, WORDS)
})

test('a time limit of the client', async () => {
  await refused(OpenAI.APIConnectionTimeoutError, () => openai.chat.completions.create(ask('sleepy'), { timeout: 200 }))
})

test('a call that is broken off', async () => {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 100)
  await refused(OpenAI.APIUserAbortError, () => openai.chat.completions.create(ask('sleepy'), { signal: controller.signal }))
})
