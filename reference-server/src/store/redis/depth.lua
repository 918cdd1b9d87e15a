-- How much is waiting.
-- KEYS: the queues by code of their task, dead, what the names of events begin with
-- ARGV: how many events that are held or wait for a retry to look at
-- Returns pending, deliveries, dead, when the oldest pending event was received.
local QUEUES, DEAD, EVENTS = 5, 6, 7
local deliveries = 0
for task = 2, QUEUES do
    deliveries = deliveries + redis.call('ZCARD', KEYS[task])
end

-- Those that are due stand in order of arrival; those due later were due before them.
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0)[1]
for _, entry in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], now_ms() + 1, '+inf', 'LIMIT', 0, ARGV[1])) do
    if tonumber(string.sub(entry, 1, 16)) < tonumber(string.sub(oldest, 1, 16)) then
        oldest = entry
    end
end
local received = oldest and redis.call('HGET', KEYS[EVENTS] .. hash_in(oldest), 'received')
return { redis.call('ZCARD', KEYS[1]), deliveries, redis.call('ZCARD', KEYS[DEAD]), received or false }
