-- Queues the task of a dead letter again.
-- KEYS: dead, the queue of the task, what the names of events begin with
-- ARGV: id of the event, code of the task
-- Returns 1, or 0 when there is no such letter.
local dead, queue, events = unpack(KEYS)
local id, task = unpack(ARGV)
for _, letter in ipairs(redis.call('ZRANGEBYSCORE', dead, id, id)) do
    if string.match(letter, '^%d+') == task then
        local event = events .. hash_in(letter)
        redis.call('ZREM', dead, letter)
        redis.call('HDEL', event, 'tried:' .. task, 'reason:' .. task)
        redis.call('ZADD', queue, now_ms(), entry_of(id, event))
        return 1
    end
end
return 0
