-- Leases events that are due, the longest due first.
-- KEYS: the queue of the task, what the names of events begin with
-- ARGV: code of the task, how many, for how many ms, after how many bytes to stop
-- Returns per lease: id, attempt, key, body.
local queue, events = KEYS[1], KEYS[2]
local task, limit, hold_ms, most = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local now = now_ms()
local leases, bytes = {}, 0
for _, entry in ipairs(redis.call('ZRANGEBYSCORE', queue, '-inf', now, 'LIMIT', 0, limit)) do
    local event = events .. hash_in(entry)
    local id, key, body = unpack(redis.call('HMGET', event, 'id', 'key', 'body'))
    redis.call('ZREM', queue, entry)
    if body then
        redis.call('ZADD', queue, now + hold_ms, entry)
        local attempt = redis.call('HINCRBY', event, 'tried:' .. task, 1)
        redis.call('HSET', event, 'held:' .. task, attempt)
        leases[#leases + 1] = { id, attempt, key, body }
        bytes = bytes + #body
    end
    if bytes >= most then
        break
    end
end
return leases
