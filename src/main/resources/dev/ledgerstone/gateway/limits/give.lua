-- Puts back into a bucket what was taken too much; an amount below zero is taken as well, into debt.
-- KEYS: the bucket. ARGV: the time in microseconds or 0, capacity, quota, window in microseconds, amount.
local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local capacity, quota = tonumber(ARGV[2]), tonumber(ARGV[3])
local window, amount = tonumber(ARGV[4]), tonumber(ARGV[5])
local held = redis.call('HMGET', KEYS[1], 'left', 'at', 'capacity')
local left = capacity
if held[1] then
  left = tonumber(held[1])
  if tonumber(held[3]) ~= capacity then left = left * capacity / tonumber(held[3]) end
  left = math.min(capacity, left + math.max(0, now - tonumber(held[2])) * quota / window)
end
left = math.min(capacity, left + amount)
redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'at', string.format('%.0f', now),
  'capacity', string.format('%.0f', capacity))
local full = (capacity - left) * window / quota
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.min(1e14, math.ceil(full / 1000) + 1000)))
return {string.format('%.0f', math.floor(left))}
