-- Records and queues events unless their keys are known.
-- KEYS: newest, the queue of handlers, received, keys; then one event per delivery
-- ARGV: key and body per delivery
-- Returns per delivery: 0 new, 1 duplicate, 2 duplicate with another body.
local newest, queue, received, keys = unpack(KEYS, 1, 4)
local now = now_ms()
local answers = {}
for i = 5, #KEYS do
    local event, key, body = KEYS[i], ARGV[2 * i - 9], ARGV[2 * i - 8]
    local answer = 0
    if redis.call('EXISTS', event) == 0 then
        local id = redis.call('INCR', newest)
        local entry = entry_of(id, event)
        redis.call('HSET', event, 'id', id, 'received', now, 'key', key, 'body', body)
        redis.call('ZADD', queue, now, entry)
        redis.call('ZADD', received, now, entry)
        redis.call('ZADD', keys, 0, key)
    else
        -- A forgotten event has no body to differ from.
        local kept = redis.call('HGET', event, 'body')
        answer = (not kept or kept == body) and 1 or 2
    end
    answers[i - 4] = answer
end
return answers
