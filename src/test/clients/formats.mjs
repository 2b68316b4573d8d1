// OpenAI's and Anthropic's own clients for JavaScript against providers of every format; what stands behind each service is the
// recorded traffic of promises/FormatsJsTest: the service is called FORMAT-DIALOGUE, or FORMAT-DIALOGUE-stream.

import assert from 'node:assert/strict'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { server, test } from './cases.mjs'

const HELLO = 'Grüße! How can I help?'
const openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.key, maxRetries: 0 })
const anthropic = new Anthropic({ baseURL: server.url, apiKey: server.key, maxRetries: 0 })
const PROVIDERS = ['openai', 'anthropic', 'gemini', 'gemini-openai']
const SCHEMA = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
  required: ['name', 'age'],
  additionalProperties: false,
}
const LOCATION = { type: 'object', properties: { location: { type: 'string' } } }

const chat = (model, more = {}) => ({
  model,
  max_completion_tokens: 2000,
  messages: [{ role: 'user', content: 'Hallo' }],
  ...more,
})
const message = (model, more = {}) => ({
  model,
  max_tokens: 2000,
  messages: [{ role: 'user', content: 'Hallo' }],
  ...more,
})
const TOOL = { type: 'function', function: { name: 'get_weather', parameters: LOCATION } }

for (const provider of PROVIDERS) {
  // ---- OpenAI's client: chat completions

  test(`openai × ${provider}: a chat`, async () => {
    const answer = await openai.chat.completions.create(chat(`${provider}-text`))
    assert.equal(answer.choices[0].message.content, HELLO)
    assert.equal(answer.choices[0].finish_reason, 'stop')
    assert.equal(answer.usage.total_tokens, 42)
    assert.equal(answer.usage.prompt_tokens_details.cached_tokens, 10)
  })

  test(`openai × ${provider}: a stream through the helper`, async () => {
    const runner = openai.chat.completions.stream(
      chat(`${provider}-text-stream`, { stream_options: { include_usage: true } }),
    )
    assert.equal(await runner.finalContent(), HELLO)
    assert.equal((await runner.totalUsage()).completion_tokens, 12)
  })

  for (const stream of [false, true]) {
    test(`openai × ${provider}: tools, streamed ${stream}`, async () => {
      const asked = chat(`${provider}-tools${stream ? '-stream' : ''}`, { tools: [TOOL] })
      const answer = stream
        ? await openai.chat.completions.stream(asked).finalChatCompletion()
        : await openai.chat.completions.create(asked)
      assert.equal(answer.choices[0].message.content, "I'll look.")
      assert.equal(answer.choices[0].finish_reason, 'tool_calls')
      assert.deepEqual(
        answer.choices[0].message.tool_calls.map((it) => [it.id, it.function.name, JSON.parse(it.function.arguments)]),
        [
          ['call_a', 'get_weather', { location: 'Paris' }],
          ['call_b', 'get_weather', { location: 'Rome' }],
        ],
      )
    })
  }

  test(`openai × ${provider}: an answer by a schema`, async () => {
    const answer = await openai.chat.completions.parse(
      chat(`${provider}-schema`, {
        response_format: { type: 'json_schema', json_schema: { name: 'person', strict: true, schema: SCHEMA } },
      }),
    )
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), { name: 'Ann', age: 30 })
  })

  test(`openai × ${provider}: a refusal`, async () => {
    await assert.rejects(openai.chat.completions.create(chat(`${provider}-error`)), (e) => {
      assert.ok(e instanceof OpenAI.BadRequestError, String(e))
      assert.match(e.message, /That is not a temperature/)
      return true
    })
  })

  test(`openai × ${provider}: a stream that breaks off`, async () => {
    let text = ''
    await assert.rejects(
      async () => {
        for await (const chunk of await openai.chat.completions.create(
          chat(`${provider}-error-stream`, { stream: true }),
        )) {
          text += chunk.choices[0]?.delta?.content ?? ''
        }
      },
      (e) => e instanceof OpenAI.APIError && /overloaded/.test(e.message),
    )
    assert.equal(text, 'Grüße!')
  })

  // ---- OpenAI's client: responses

  test(`responses × ${provider}: an answer, and one after it`, async () => {
    const first = await openai.responses.create({ model: `${provider}-text`, input: 'Hallo' })
    assert.equal(first.output_text, HELLO)
    assert.equal(first.usage.output_tokens, 12)
    const next = await openai.responses.create({
      model: `${provider}-text`,
      input: 'And you?',
      previous_response_id: first.id,
    })
    assert.equal(next.previous_response_id, first.id)
    assert.equal(next.output_text, HELLO)
  })

  test(`responses × ${provider}: tools in a stream`, async () => {
    const stream = openai.responses.stream({
      model: `${provider}-tools-stream`,
      input: 'Weather?',
      tools: [{ type: 'function', name: 'get_weather', parameters: LOCATION, strict: false }],
    })
    const response = await stream.finalResponse()
    assert.equal(response.status, 'completed')
    assert.equal(response.output_text, "I'll look.")
    assert.deepEqual(
      response.output.filter((it) => it.type === 'function_call').map((it) => JSON.parse(it.arguments).location),
      ['Paris', 'Rome'],
    )
  })

  // ---- Anthropic's client

  test(`anthropic × ${provider}: a message`, async () => {
    const answer = await anthropic.messages.create(message(`${provider}-text`))
    assert.deepEqual(
      answer.content.map((it) => [it.type, it.text]),
      [['text', HELLO]],
    )
    assert.equal(answer.stop_reason, 'end_turn')
    assert.deepEqual(
      [answer.usage.input_tokens, answer.usage.cache_read_input_tokens, answer.usage.output_tokens],
      [20, 10, 12],
    )
  })

  test(`anthropic × ${provider}: a stream through the helper`, async () => {
    const stream = anthropic.messages.stream(message(`${provider}-text-stream`))
    const words = []
    stream.on('text', (it) => words.push(it))
    const answer = await stream.finalMessage()
    assert.equal(words.join(''), HELLO)
    assert.equal(answer.content[0].text, HELLO)
    assert.equal(answer.usage.output_tokens, 12)
  })

  for (const stream of [false, true]) {
    test(`anthropic × ${provider}: tools, streamed ${stream}`, async () => {
      const asked = message(`${provider}-tools${stream ? '-stream' : ''}`, {
        tools: [{ name: 'get_weather', input_schema: LOCATION }],
      })
      const answer = stream ? await anthropic.messages.stream(asked).finalMessage() : await anthropic.messages.create(asked)
      assert.equal(answer.stop_reason, 'tool_use')
      assert.deepEqual(
        answer.content.filter((it) => it.type === 'tool_use').map((it) => [it.id, it.name, it.input]),
        [
          ['call_a', 'get_weather', { location: 'Paris' }],
          ['call_b', 'get_weather', { location: 'Rome' }],
        ],
      )
    })
  }

  for (const stream of [false, true]) {
    test(`anthropic × ${provider}: thoughts, streamed ${stream}`, async () => {
      const asked = message(`${provider}-reasoning${stream ? '-stream' : ''}`, {
        thinking: { type: 'enabled', budget_tokens: 1500 },
      })
      const answer = stream ? await anthropic.messages.stream(asked).finalMessage() : await anthropic.messages.create(asked)
      assert.equal(answer.content.find((it) => it.type === 'thinking').thinking, 'Two and two.')
      assert.equal(answer.content.find((it) => it.type === 'text').text, '4')
    })
  }

  test(`anthropic × ${provider}: a count of tokens`, async () => {
    const { input_tokens } = await anthropic.messages.countTokens({
      model: `${provider}-text`,
      messages: [{ role: 'user', content: 'one two three four five six seven eight nine ten' }],
    })
    assert.ok(input_tokens > 10 && input_tokens < 40, String(input_tokens))
  })

  test(`anthropic × ${provider}: a refusal`, async () => {
    await assert.rejects(anthropic.messages.create(message(`${provider}-error`)), (e) => {
      assert.ok(e instanceof Anthropic.BadRequestError, String(e))
      assert.equal(e.error.error.type, 'invalid_request_error')
      assert.match(e.message, /That is not a temperature/)
      return true
    })
  })

  test(`anthropic × ${provider}: a stream that breaks off`, async () => {
    const words = []
    const stream = anthropic.messages.stream(message(`${provider}-error-stream`))
    stream.on('text', (it) => words.push(it))
    await assert.rejects(stream.finalMessage(), (e) => e instanceof Anthropic.APIError && /overloaded/i.test(e.message))
    assert.equal(words.join(''), 'Grüße!')
  })
}

test('anthropic: an unknown key', async () => {
  const stranger = new Anthropic({ baseURL: server.url, apiKey: 'lsk_test_nobody_at_all', maxRetries: 0 })
  await assert.rejects(stranger.messages.create(message('openai-text')), Anthropic.AuthenticationError)
})

test('anthropic: an unknown model', async () => {
  await assert.rejects(anthropic.messages.create(message('no-such-model')), Anthropic.NotFoundError)
})

test('anthropic: a request id', async () => {
  const answer = await anthropic.messages.create(message('openai-text'))
  assert.ok(answer._request_id.length > 0)
})
