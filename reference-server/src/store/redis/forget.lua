-- Erases events, whatever their state. What stays of each is its name, which is the hash of its key, and when it came.
-- KEYS: the queues by code of their task, dead, keys; then the events
-- Returns how many.
local QUEUES, DEAD, ALL_KEYS = 5, 6, 7
local count = 0
for i = ALL_KEYS + 1, #KEYS do
    local event = KEYS[i]
    local id, key, received = unpack(redis.call('HMGET', event, 'id', 'key', 'received'))
    if key then
        for task = 0, QUEUES - 1 do
            redis.call('ZREM', KEYS[task + 1], entry_of(id, event))
            redis.call('ZREM', KEYS[DEAD], task .. ':' .. hash_in(event))
        end
        redis.call('ZREM', KEYS[ALL_KEYS], key)
        redis.call('DEL', event)
        redis.call('HSET', event, 'received', received)
        count = count + 1
    end
end
return count
