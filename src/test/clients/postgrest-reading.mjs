// Reading through @supabase/postgrest-js, on the rows of records/Fixture.java.

import assert from 'node:assert/strict'
import { PostgrestClient } from '@supabase/postgrest-js'
import { server, test } from './cases.mjs'

const api = new PostgrestClient(`${server.url}/rest/v1`, { headers: { apikey: server.key } })
const id = (number) => `00000000-0000-7001-8000-${String(number).padStart(12, '0')}`

/** The rows of an answer that must be well. */
async function rows(query) {
  const { data, error, status } = await query
  assert.equal(error, null, `${status} ${JSON.stringify(error)}`)
  return data
}

/** A case whose answer is just these rows. */
function reads(name, query, expected) {
  test(name, async () => assert.deepEqual(await rows(query()), expected))
}

/** A case that is refused with a code, and with all four members of PostgREST's errors. */
function refuses(name, query, status, code) {
  test(name, async () => {
    const answer = await query()
    assert.equal(answer.data, null)
    assert.equal(answer.status, status)
    assert.equal(answer.error.code, code)
    assert.ok(answer.error.message.length > 0)
    assert.equal(typeof answer.error.hint, 'string')
    assert.ok('details' in answer.error)
  })
}

const conversations = (select = 'title') => api.from('conversations').select(select).order('id')
const messages = (select = 'sequence') => api.from('messages').select(select).order('id')
const users = (select = 'username') => api.from('users').select(select).order('username')
const versions = () => api.from('prompt_versions').select('number').order('number')
const titles = (...names) => names.map((title) => ({ title }))
const sequences = (...numbers) => numbers.map((sequence) => ({ sequence }))
const names = (...all) => all.map((username) => ({ username }))
const numbers = (...all) => all.map((number) => ({ number }))
const GAMMA = 'Gamma, (x) "y"'

// ---- select

test('select of everything tells every column that may be seen, and no secret', async () => {
  const [ann] = await rows(api.from('users').select().eq('username', 'ann'))
  assert.equal(ann.id, id(11))
  assert.equal(ann.role, 'OWNER')
  assert.ok('created_at' in ann)
  assert.ok(!('password_hash' in ann))
})
reads('select of columns', () => conversations('title,status').limit(1), [{ title: 'Alpha', status: 'ACTIVE' }])
reads('select with an alias and a cast', () => messages('number:sequence::text').limit(1), [{ number: '1' }])
reads('select with spaces between the columns', () => conversations('title, is_pinned').limit(1), [
  { title: 'Alpha', is_pinned: true },
])
refuses('a column that there is not', () => conversations('titel'), 400, '42703')
refuses('a secret column does not exist', () => api.from('users').select('password_hash'), 400, '42703')
refuses('a table that there is not', () => api.from('conversation').select(), 404, 'PGRST205')
refuses('a select that cannot be read', () => conversations('title,('), 400, 'PGRST100')
refuses('a relationship that there is not', () => conversations('title,budgets(name)'), 400, 'PGRST200')

// ---- filters

reads('eq', () => conversations().eq('title', 'Beta'), titles('Beta'))
reads('eq of a text with commas, brackets and quotes', () => conversations().eq('title', GAMMA), titles(GAMMA))
reads('neq', () => conversations().neq('title', 'Beta'), titles('Alpha', GAMMA))
reads('gt', () => messages().gt('sequence', 1), sequences(2, 3))
reads('gte and lt together', () => messages().gte('sequence', 2).lt('sequence', 3), sequences(2))
reads('lte', () => messages().lte('sequence', 1), sequences(1, 1, 1))
reads('gt of a time', () => conversations().gt('created_at', '2026-01-02T03:05:11Z'), [
  { title: 'Beta' }, { title: GAMMA }, { title: null },
])
reads('like', () => conversations().like('title', 'A%'), titles('Alpha'))
reads('like minds the case', () => conversations().like('title', 'a%'), [])
reads('likeAllOf', () => conversations().likeAllOf('title', ['A%', '%a']), titles('Alpha'))
reads('likeAnyOf', () => conversations().likeAnyOf('title', ['A%', 'B%']), titles('Alpha', 'Beta'))
reads('ilike', () => conversations().ilike('title', 'alp%'), titles('Alpha'))
reads('ilikeAllOf', () => conversations().ilikeAllOf('title', ['a%', '%A']), titles('Alpha'))
reads('ilikeAnyOf', () => conversations().ilikeAnyOf('title', ['a%', 'b%']), titles('Alpha', 'Beta'))
reads('regexMatch', () => users().regexMatch('username', '^[am]'), names('ann', 'max'))
reads('regexIMatch', () => users().regexIMatch('username', '^A'), names('ann'))
reads('is null', () => conversations().is('title', null), [{ title: null }])
reads('is true', () => conversations().is('is_pinned', true), titles('Alpha'))
reads('is false', () => conversations().is('is_pinned', false), [{ title: 'Beta' }, { title: GAMMA }, { title: null }])
reads('isDistinct', () => conversations().isDistinct('title', 'Alpha'), [
  { title: 'Beta' }, { title: GAMMA }, { title: null },
])
reads('in', () => conversations().in('title', ['Alpha', 'Beta']), titles('Alpha', 'Beta'))
reads('in, of texts with commas, brackets and quotes', () => conversations().in('title', [GAMMA.slice(0, 10), 'Beta']), titles('Beta'))
reads('in, of nothing', () => conversations().in('title', []), [])
reads('notIn', () => conversations().notIn('title', ['Alpha', 'Beta']), titles(GAMMA))
reads('contains, a list', () => api.from('agents').select('name').contains('tools', ['search', 'code']), [{ name: 'helper' }])
reads('contains, an object', () => api.from('agents').select('name').contains('limits', { max: 5 }), [{ name: 'helper' }])
reads('contains, JSON as a text', () => api.from('agents').select('name').contains('tools', '["search"]'), [{ name: 'helper' }])
reads('contains, what is not there', () => api.from('agents').select('name').contains('tools', ['paint']), [])
reads('containedBy', () => api.from('agents').select('name').containedBy('tools', ['search', 'code', 'paint']), [{ name: 'helper' }])
reads('containedBy, too few', () => api.from('agents').select('name').containedBy('tools', ['search']), [])
reads('overlaps', () => api.from('agents').select('name').overlaps('tools', ['paint', 'code']), [{ name: 'helper' }])
refuses('rangeGt: there are no ranges', () => messages().rangeGt('sequence', '[1,2)'), 404, '42883')
refuses('rangeAdjacent: there are no ranges', () => messages().rangeAdjacent('sequence', '[1,2)'), 404, '42883')
reads('match', () => messages().match({ role: 'USER', sequence: 2 }), sequences(2))
reads('not', () => conversations().not('title', 'eq', 'Alpha'), titles('Beta', GAMMA))
reads('not is null', () => conversations().not('agent_id', 'is', null), titles('Alpha'))
reads('not in', () => conversations().not('title', 'in', '("Alpha","Beta")'), titles(GAMMA))
reads('or', () => conversations().or('title.eq.Alpha,is_pinned.is.false'), [
  { title: 'Alpha' }, { title: 'Beta' }, { title: GAMMA }, { title: null },
])
reads('or, nested', () => conversations().or('title.eq.Beta,and(status.eq.ACTIVE,title.not.is.null,is_pinned.is.true)'), titles('Alpha', 'Beta'))
reads('or, with a quoted value', () => conversations().or('title.eq."Gamma, (x) \\"y\\"",title.eq.Beta'), titles('Beta', GAMMA))
reads('or, twice', () => conversations().or('title.eq.Alpha,title.eq.Beta').or('is_pinned.is.true'), titles('Alpha'))
reads('filter, an operator by its name', () => conversations().filter('title', 'in', '("Alpha")'), titles('Alpha'))
reads('filter, a quantified operator', () => users().filter('username', 'like(any)', '{a%,v%}'), names('ann', 'vic'))
refuses('a value of another type', () => messages().eq('sequence', 'two'), 400, '22P02')
refuses('an operator that there is not', () => messages().filter('sequence', 'about', '2'), 400, 'PGRST100')

// ---- full text

reads('textSearch', () => versions().textSearch('body', 'hi | hello'), numbers(1, 2))
reads('textSearch, negated words', () => versions().textSearch('body', '!hello'), numbers(1))
reads('textSearch, plain', () => versions().textSearch('body', 'hello name', { type: 'plain' }), numbers(2))
reads('textSearch, phrase', () => versions().textSearch('body', 'name hello', { type: 'phrase' }), [])
reads('textSearch, websearch', () => versions().textSearch('body', 'name -hello', { type: 'websearch' }), numbers(1))
reads('textSearch, by a configuration', () => versions().textSearch('body', 'hello', { type: 'plain', config: 'simple' }), numbers(2))

// ---- JSON

reads('a path in select', () => api.from('agents').select('name,limits->max'), [{ name: 'helper', max: 5 }])
reads('a path in select, as text and by another name', () => api.from('agents').select('most:limits->>max,first:tools->0'), [
  { most: '5', first: 'search' },
])
reads('a path in a filter', () => messages().ilike('content->0->>text', 'hello%'), sequences(2, 3))
reads('a path in order', () => api.from('ai_service_configs').select('name').not('parameters->temperature', 'is', null).order('parameters->temperature', { ascending: false }), [
  { name: 'code' }, { name: 'chat' },
])
test('numbers beyond 2^53 are told whole, as PostgREST tells them', async () => {
  const answer = await fetch(`${server.url}/rest/v1/budgets?select=limit_nanos&name=eq.max`, { headers: { apikey: server.key } })
  assert.match(await answer.text(), /^\[\{"limit_nanos" ?: ?9007199254740993\}\]$/)
})

// ---- embeds

reads('to one', () => conversations('title,users(username)').limit(2), [
  { title: 'Alpha', users: { username: 'ann' } },
  { title: 'Beta', users: { username: 'max' } },
])
reads('to one that is not there', () => conversations('title,agents(name)').eq('title', 'Beta'), [{ title: 'Beta', agents: null }])
reads('to many', () => conversations('title,messages(sequence)').order('sequence', { referencedTable: 'messages' }).limit(2), [
  { title: 'Alpha', messages: sequences(1, 2, 3) },
  { title: 'Beta', messages: sequences(1) },
])
reads('many to many', () => api.from('customers').select('name,customer_segments(name)').order('name').order('name', { referencedTable: 'customer_segments' }), [
  { name: 'Cara', customer_segments: [{ name: 'loyal' }, { name: 'new' }] },
  { name: 'Carl', customer_segments: [] },
])
reads('one to one, from both sides', () => users('username,user_profiles(display_name,users(username))').eq('username', 'ann'), [
  { username: 'ann', user_profiles: { display_name: 'Ann', users: { username: 'ann' } } },
])
reads('a table in itself', () => messages('sequence,parent_id(sequence)').eq('id', id(52)), [
  { sequence: 2, parent_id: { sequence: 1 } },
])
reads('a hint: by the column', () => conversations('title,users!user_id(username)').limit(1), [
  { title: 'Alpha', users: { username: 'ann' } },
])
reads('a hint: by the foreign key', () => conversations('title,who:users!conversations_user_fkey(username)').limit(1), [
  { title: 'Alpha', who: { username: 'ann' } },
])
reads('inner', () => conversations('title,messages!inner(sequence)').eq('messages.role', 'ASSISTANT'), [
  { title: 'Alpha', messages: sequences(3) },
])
reads('inner, two deep', () => users('username,conversations!inner(messages!inner(role))').eq('conversations.messages.role', 'ASSISTANT'), [
  { username: 'ann', conversations: [{ messages: [{ role: 'ASSISTANT' }] }] },
])
reads('spread', () => messages('sequence,...conversations(title,...users(username))').eq('role', 'ASSISTANT'), [
  { sequence: 3, title: 'Alpha', username: 'ann' },
])
reads('spread of many, as lists', () => conversations('title,...messages(sequence)').eq('title', 'Beta'), [
  { title: 'Beta', sequence: [1] },
])
reads('a filter on an embed leaves the rows', () => conversations('title,messages(sequence)').eq('messages.role', 'USER').limit(2), [
  { title: 'Alpha', messages: sequences(2) },
  { title: 'Beta', messages: sequences(1) },
])
reads('or on an embed', () => conversations('title,messages(sequence)').or('role.eq.USER,role.eq.SYSTEM', { referencedTable: 'messages' })
  .order('sequence', { referencedTable: 'messages' }).limit(1), [{ title: 'Alpha', messages: sequences(1, 2) }])
reads('limit on an embed', () => conversations('title,messages(sequence)').order('sequence', { referencedTable: 'messages', ascending: false })
  .limit(1, { referencedTable: 'messages' }).limit(1), [{ title: 'Alpha', messages: sequences(3) }])
reads('range on an embed', () => conversations('title,messages(sequence)').order('sequence', { referencedTable: 'messages' })
  .range(1, 2, { referencedTable: 'messages' }).limit(1), [{ title: 'Alpha', messages: sequences(2, 3) }])
reads('rows without one', () => conversations('title,messages()').is('messages', null), [{ title: GAMMA }, { title: null }])
reads('rows with one', () => conversations('title,messages()').not('messages', 'is', null), titles('Alpha', 'Beta'))
reads('order by what is embedded', () => api.from('conversations').select('title,users(username)').order('users(username)', { ascending: false }).limit(1), [
  { title: null, users: { username: 'vic' } },
])

// ---- sums

reads('a count of an embed', () => conversations('title,messages(count)').limit(2), [
  { title: 'Alpha', messages: [{ count: 3 }] },
  { title: 'Beta', messages: [{ count: 1 }] },
])
reads('sums by a column', () => api.from('messages').select('role,input_tokens.sum(),count()').order('role'), [
  { role: 'ASSISTANT', sum: 30, count: 1 },
  { role: 'SYSTEM', sum: 10, count: 1 },
  { role: 'USER', sum: 25, count: 3 },
])

// ---- order, pages, counts

reads('order', () => users(), names('ann', 'max', 'ned', 'vic'))
reads('order, descending', () => api.from('users').select('username').order('username', { ascending: false }), names('vic', 'ned', 'max', 'ann'))
reads('order, nulls first', () => api.from('conversations').select('title').order('title', { nullsFirst: true }).limit(2), [
  { title: null }, { title: 'Alpha' },
])
reads('order, nulls last', () => api.from('conversations').select('title').order('title', { ascending: false, nullsFirst: false }), [
  { title: GAMMA }, { title: 'Beta' }, { title: 'Alpha' }, { title: null },
])
reads('order, by two columns', () => api.from('messages').select('sequence').order('role').order('sequence', { ascending: false }).limit(3), sequences(3, 1, 2))
reads('limit', () => messages().limit(2), sequences(1, 2))
reads('range', () => messages().range(1, 2), sequences(2, 3))
test('count exact', async () => {
  const answer = await api.from('messages').select('sequence', { count: 'exact' }).order('id').range(0, 1)
  assert.deepEqual([answer.status, answer.count, answer.data.length], [206, 5, 2])
})
test('count planned', async () => {
  const { count, error } = await api.from('messages').select('*', { count: 'planned' })
  assert.equal(error, null)
  assert.ok(Number.isInteger(count) && count >= 0)
})
test('count estimated', async () => {
  const { count, error } = await api.from('messages').select('*', { count: 'estimated' })
  assert.deepEqual([error, count], [null, 5])
})
test('head: a count and no rows', async () => {
  const answer = await api.from('messages').select('*', { count: 'exact', head: true })
  assert.deepEqual([answer.status, answer.count, answer.data], [200, 5, null])
})
test('a range beyond the rows', async () => {
  const answer = await api.from('messages').select('*', { count: 'exact' }).range(20, 29)
  assert.deepEqual([answer.status, answer.error.code], [416, 'PGRST103'])
})

// ---- one row

reads('single', () => users().eq('username', 'ann').single(), { username: 'ann' })
refuses('single, of many', () => users().single(), 406, 'PGRST116')
refuses('single, of none', () => users().eq('username', 'nobody').single(), 406, 'PGRST116')
reads('maybeSingle', () => users().eq('username', 'ann').maybeSingle(), { username: 'ann' })
reads('maybeSingle, of none', () => users().eq('username', 'nobody').maybeSingle(), null)
test('maybeSingle, of many', async () => {
  const { data, error } = await users().maybeSingle()
  assert.deepEqual([data, error.code], [null, 'PGRST116'])
})

// ---- other answers

reads('csv', () => conversations('title,temperature').in('title', ['Alpha', 'Beta']).csv(), 'title,temperature\nAlpha,0.25\nBeta,')
reads('nulls stripped', () => conversations('title,temperature').eq('title', 'Beta').stripNulls(), titles('Beta'))
test('a call that is broken off', async () => {
  const { data, error } = await conversations().abortSignal(AbortSignal.abort())
  assert.equal(data, null)
  assert.match(error.message, /abort/i)
})
test('throwOnError', async () => {
  await assert.rejects(async () => await conversations('titel').throwOnError(), (e) => e.name === 'PostgrestError' && e.code === '42703')
})
test('a schema that there is not', async () => {
  const { error, status } = await api.schema('private').from('users').select()
  assert.deepEqual([status, error.code], [406, 'PGRST106'])
})
reads('the schema that there is', () => api.schema('public').from('users').select('username').eq('username', 'ann'), names('ann'))

// ---- who is calling

test('without a key', async () => {
  const { status, error } = await new PostgrestClient(`${server.url}/rest/v1`).from('users').select()
  assert.equal(status, 401)
  assert.ok(error.message.length > 0)
})
test('the key as a bearer token, as supabase-js sends it', async () => {
  const bearer = new PostgrestClient(`${server.url}/rest/v1`, { headers: { Authorization: `Bearer ${server.key}` } })
  assert.deepEqual(await rows(bearer.from('users').select('username').eq('username', 'ann')), names('ann'))
})
test('another tenant sees its own rows alone', async () => {
  const other = new PostgrestClient(`${server.url}/rest/v1`, { headers: { apikey: server.otherKey } })
  assert.deepEqual(await rows(other.from('users').select('username')), names('ann'))
  assert.deepEqual(await rows(other.from('conversations').select('id').eq('id', id(41))), [])
  assert.deepEqual(await rows(other.from('messages').select('sequence,conversations(title)')), [
    { sequence: 1, conversations: { title: 'Alpha' } },
  ])
})
