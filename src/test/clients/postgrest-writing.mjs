// Writing through @supabase/postgrest-js, on the rows of records/Fixture.java; each case makes the rows that it changes.

import assert from 'node:assert/strict'
import { PostgrestClient } from '@supabase/postgrest-js'
import { server, test } from './cases.mjs'

const client = (key) => new PostgrestClient(`${server.url}/rest/v1`, { headers: { apikey: key } })
const api = client(server.key)
const other = client(server.otherKey)
const ANN = '00000000-0000-7001-8000-000000000011'
const id = (number) => `00000000-0000-7099-8000-${String(number).padStart(12, '0')}`
const folders = () => api.from('folders')

/** The whole answer of a call that must be well. */
async function well(query) {
  const answer = await query
  assert.equal(answer.error, null, `${answer.status} ${JSON.stringify(answer.error)}`)
  return answer
}
const data = async (query) => (await well(query)).data

/** A call that must be refused so. */
async function refused(query, status, code) {
  const { data, error, status: answered } = await query
  assert.deepEqual([data, answered, error?.code], [null, status, code], error?.message)
  assert.ok(error.message.length > 0)
}

/** Rows of a name of their own. */
async function made(name, count = 3) {
  return data(
    folders().insert(Array.from({ length: count }, (_, i) => ({ name: `${name} ${i + 1}`, color: 'red' }))).select(),
  )
}

// ---- insert

test('insert one row answers nothing', async () => {
  const answer = await well(folders().insert({ name: 'insert one' }))
  assert.deepEqual([answer.status, answer.data], [201, null])
  assert.deepEqual(await data(folders().select('name,version').eq('name', 'insert one')), [{ name: 'insert one', version: 1 }])
})
test('insert and select', async () => {
  const [row] = await data(folders().insert({ id: id(1), name: 'insert select' }).select())
  assert.deepEqual([row.id, row.name, row.created_by, row.version], [id(1), 'insert select', ANN, 1])
})
test('insert and select columns, one row', async () => {
  assert.deepEqual(await data(folders().insert({ name: 'insert single' }).select('name,color').single()), { name: 'insert single', color: null })
})
test('insert and select what hangs from the row', async () => {
  const row = await data(api.from('conversations').insert({ title: 'insert embed' }).select('title,users(username),messages(role)').single())
  assert.deepEqual(row, { title: 'insert embed', users: { username: 'ann' }, messages: [] })
})
test('insert many rows', async () => {
  const rows = await data(folders().insert([{ name: 'many 1' }, { name: 'many 2' }]).select('name').order('name', { ascending: false }))
  assert.deepEqual(rows, [{ name: 'many 2' }, { name: 'many 1' }])
})
test('insert many rows of different columns: the client names them all', async () => {
  const rows = await data(folders().insert([{ name: 'mixed 1', color: 'red' }, { name: 'mixed 2', description: 'd' }]).select('name,color,description').order('name'))
  assert.deepEqual(rows, [
    { name: 'mixed 1', color: 'red', description: null },
    { name: 'mixed 2', color: null, description: 'd' },
  ])
})
test('insert with missing values by default', async () => {
  const rows = await data(
    api.from('conversations').insert([{ title: 'default 1', status: 'CLOSED' }, { title: 'default 2' }], { defaultToNull: false }).select('title,status').order('title'),
  )
  assert.deepEqual(rows, [
    { title: 'default 1', status: 'CLOSED' },
    { title: 'default 2', status: 'ACTIVE' },
  ])
})
test('insert and count', async () => {
  assert.equal((await well(folders().insert([{ name: 'count 1' }, { name: 'count 2' }], { count: 'exact' }))).count, 2)
})
test('insert JSON', async () => {
  const row = await data(api.from('agents').insert({ name: 'insert json', tools: ['a', 'b'], limits: { deep: { n: 1.5 } } }).select('tools,limits').single())
  assert.deepEqual(row, { tools: ['a', 'b'], limits: { deep: { n: 1.5 } } })
})
test('insert of a column that there is not', () => refused(folders().insert({ name: 'x', colour: 'red' }), 400, 'PGRST204'))
test('insert of an id that is taken', async () => {
  await data(folders().insert({ id: id(2), name: 'taken' }))
  await refused(folders().insert({ id: id(2), name: 'taken again' }), 409, '23505')
})
test('insert without what must be there', () => refused(folders().insert({ color: 'red' }), 400, '23502'))
test('insert of a value that the check refuses', () =>
  refused(api.from('conversations').insert({ title: 'x', status: 'NEITHER' }), 400, '23514'))
test('insert of a reference to nothing', () =>
  refused(folders().insert({ name: 'x', parent_id: id(404) }), 409, '23503'))
test('insert into the ledger', async () => {
  const { error, status } = await api.from('cost_tracking').insert({ model: 'm' })
  assert.ok([403, 405].includes(status), `${status} ${error?.code}`)
  assert.notEqual(error, null)
})
test('one bad row of many: none is there', async () => {
  await refused(folders().insert([{ name: 'all or nothing' }, { name: null }]), 400, '23502')
  assert.deepEqual(await data(folders().select().eq('name', 'all or nothing')), [])
})

// ---- upsert

test('upsert a new row, and again', async () => {
  const first = await data(folders().upsert({ id: id(3), name: 'upsert', color: 'red' }).select('color,version').single())
  const second = await data(folders().upsert({ id: id(3), name: 'upsert', color: 'blue' }).select('color,version').single())
  assert.deepEqual([first, second], [{ color: 'red', version: 1 }, { color: 'blue', version: 2 }])
})
test('upsert by another key, the tenant implied', async () => {
  const agent = (prompt) => api.from('agents').upsert({ name: 'upsert key', system_prompt: prompt }, { onConflict: 'name' }).select('id,system_prompt').single()
  const [first, second] = [await data(agent('one')), await data(agent('two'))]
  assert.equal(second.id, first.id)
  assert.equal(second.system_prompt, 'two')
})
test('upsert many, new and old', async () => {
  await data(folders().insert({ id: id(4), name: 'old', color: 'red' }))
  const rows = await data(folders().upsert([{ id: id(4), name: 'old', color: 'blue' }, { id: id(5), name: 'new', color: 'blue' }]).select('name,color').order('id'))
  assert.deepEqual(rows, [{ name: 'old', color: 'blue' }, { name: 'new', color: 'blue' }])
})
test('upsert that leaves what is there', async () => {
  await data(folders().insert({ id: id(6), name: 'left', color: 'red' }))
  assert.deepEqual(await data(folders().upsert({ id: id(6), name: 'left', color: 'blue' }, { ignoreDuplicates: true }).select()), [])
  assert.deepEqual(await data(folders().select('color').eq('id', id(6)).single()), { color: 'red' })
})

// ---- update

test('update by a filter', async () => {
  await made('update')
  const answer = await well(folders().update({ color: 'blue' }).eq('name', 'update 1'))
  assert.deepEqual([answer.status, answer.data], [204, null])
  assert.deepEqual(await data(folders().select('color,version').like('name', 'update _').order('name')), [
    { color: 'blue', version: 2 }, { color: 'red', version: 1 }, { color: 'red', version: 1 },
  ])
})
test('update and select', async () => {
  await made('returned')
  assert.deepEqual(await data(folders().update({ color: 'blue' }).like('name', 'returned%').neq('name', 'returned 2').select('name').order('name')), [
    { name: 'returned 1' }, { name: 'returned 3' },
  ])
})
test('update and count', async () => {
  await made('counted')
  assert.equal((await well(folders().update({ color: 'blue' }, { count: 'exact' }).like('name', 'counted%'))).count, 3)
})
test('update of one row that is not there', async () => {
  assert.deepEqual(await data(folders().update({ color: 'blue' }).eq('id', id(404)).select()), [])
  await refused(folders().update({ color: 'blue' }).eq('id', id(404)).select().single(), 406, 'PGRST116')
})
test('update by or', async () => {
  await made('either')
  const rows = await data(folders().update({ color: 'blue' }).or('name.eq."either 1",name.eq."either 3"').select('name').order('name'))
  assert.deepEqual(rows, [{ name: 'either 1' }, { name: 'either 3' }])
})
test('no more rows than were meant', async () => {
  await made('affected')
  await refused(folders().update({ color: 'blue' }).like('name', 'affected%').maxAffected(2), 400, 'PGRST124')
  assert.deepEqual(await data(folders().select('name').like('name', 'affected%').eq('color', 'blue')), [])
})
test('update of what the server sets', () => refused(folders().update({ updated_at: '2026-01-01T00:00:00Z' }).eq('id', id(1)), 400, '428C9'))
test('a try that is rolled back', async () => {
  await made('tried', 1)
  assert.deepEqual(await data(folders().update({ color: 'blue' }).eq('name', 'tried 1').select('color').rollback()), [{ color: 'blue' }])
  assert.deepEqual(await data(folders().select('color').eq('name', 'tried 1').single()), { color: 'red' })
})

// ---- delete

test('delete by a filter', async () => {
  await made('deleted')
  const answer = await well(folders().delete().eq('name', 'deleted 1'))
  assert.deepEqual([answer.status, answer.data], [204, null])
  assert.deepEqual(await data(folders().select('name').like('name', 'deleted%').order('name')), [{ name: 'deleted 2' }, { name: 'deleted 3' }])
})
test('delete and select', async () => {
  await made('told')
  assert.deepEqual(await data(folders().delete().in('name', ['told 1', 'told 2']).select('name').order('name')), [{ name: 'told 1' }, { name: 'told 2' }])
})
test('delete and count', async () => {
  await made('gone')
  assert.equal((await well(folders().delete({ count: 'exact' }).like('name', 'gone%'))).count, 3)
})
test('what was deleted softly is there for who asks', async () => {
  await made('soft', 1)
  await data(folders().delete().eq('name', 'soft 1'))
  assert.deepEqual(await data(folders().select('name').eq('name', 'soft 1').setHeader('Prefer', 'deleted=only')), [{ name: 'soft 1' }])
})

// ---- whose rows

test('nobody writes to the rows of another tenant', async () => {
  const [row] = await made('mine', 1)
  assert.deepEqual(await data(other.from('folders').update({ color: 'black' }).eq('id', row.id).select()), [])
  assert.deepEqual(await data(other.from('folders').delete().eq('id', row.id).select()), [])
  await refused(other.from('folders').insert({ name: 'theirs', parent_id: row.id }), 409, '23503')
  assert.deepEqual(await data(folders().select('color').eq('id', row.id).single()), { color: 'red' })
})
test('without a key nothing is written', async () => {
  const { status } = await new PostgrestClient(`${server.url}/rest/v1`).from('folders').insert({ name: 'nobody' })
  assert.equal(status, 401)
})
