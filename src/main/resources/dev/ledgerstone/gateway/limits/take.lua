-- Takes from every bucket or from none.
-- KEYS: the buckets. ARGV: the time in microseconds or 0, the lease's name, and for each bucket five:
-- kind (b: fills evenly, c: counts what runs), capacity, quota, window in microseconds, amount.
-- Answers for each bucket what is available and how many microseconds to wait, 0: none, -1: unknown.
local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local left, passes, answer = {}, true, {}
for i, key in ipairs(KEYS) do
  local at = 3 + (i - 1) * 5
  local capacity, quota = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local window, amount = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local wait = 0
  if ARGV[at] == 'c' then
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    left[i] = quota - redis.call('ZCARD', key)
    if left[i] < 1 then wait = -1 end
  else
    local held = redis.call('HMGET', key, 'left', 'at', 'capacity')
    left[i] = capacity
    if held[1] then
      left[i] = tonumber(held[1])
      -- After a policy was changed the bucket stays as full, in proportion, as it was.
      if tonumber(held[3]) ~= capacity then left[i] = left[i] * capacity / tonumber(held[3]) end
      local passed = math.max(0, now - tonumber(held[2]))
      left[i] = math.min(capacity, left[i] + passed * quota / window)
    end
    if left[i] < amount then wait = math.ceil((amount - left[i]) * window / quota) end
  end
  if wait ~= 0 then passes = false end
  answer[2 * i - 1] = string.format('%.0f', math.floor(left[i]))
  answer[2 * i] = string.format('%.0f', wait)
end
if not passes then return answer end
for i, key in ipairs(KEYS) do
  local at = 3 + (i - 1) * 5
  local capacity, quota = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local window, amount = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  if ARGV[at] == 'c' then
    redis.call('ZADD', key, string.format('%.0f', now + window), ARGV[2])
    redis.call('PEXPIRE', key, string.format('%.0f', 2 * window / 1000))
    left[i] = left[i] - 1
  else
    left[i] = left[i] - amount
    redis.call('HSET', key, 'left', string.format('%.6f', left[i]), 'at', string.format('%.0f', now),
      'capacity', string.format('%.0f', capacity))
    -- When it is full again it need not be known.
    local full = (capacity - left[i]) * window / quota
    redis.call('PEXPIRE', key, string.format('%.0f', math.min(1e14, math.ceil(full / 1000) + 1000)))
  end
  answer[2 * i - 1] = string.format('%.0f', math.floor(left[i]))
end
return answer
