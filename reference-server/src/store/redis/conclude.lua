-- Ends leases. The fence is `held`: the attempt that holds the task of an event now, if one does.
-- KEYS: the queues by code of their task, dead; then one event per lease
-- ARGV: seven per lease: id, code of the task, attempt, how it ends, and then
--       done: kind of the effect or '', its data, codes of the tasks to be done next
--       retry: wait in ms, '', ''
--       dead: reason, '', ''
-- Returns how many were applied.
local QUEUES, DEAD = 5, 6
local now = now_ms()
local applied = 0
for i = DEAD + 1, #KEYS do
    local event = KEYS[i]
    local at = 7 * (i - DEAD - 1)
    local id, task, attempt, verdict, first, second, third = unpack(ARGV, at + 1, at + 7)
    if redis.call('HGET', event, 'held:' .. task) == attempt then
        applied = applied + 1
        local entry = entry_of(id, event)
        redis.call('HDEL', event, 'held:' .. task)
        if verdict == 'retry' then
            redis.call('ZADD', KEYS[task + 1], now + first, entry)
        else
            redis.call('ZREM', KEYS[task + 1], entry)
        end
        if verdict == 'dead' then
            redis.call('HSET', event, 'reason:' .. task, first)
            redis.call('ZADD', KEYS[DEAD], id, task .. ':' .. hash_in(event))
        elseif verdict == 'done' then
            redis.call('HDEL', event, 'tried:' .. task)
            if first ~= '' then
                redis.call('HSET', event, 'kind', first, 'data', second)
            end
            for code in string.gmatch(third, '%d') do
                redis.call('ZADD', KEYS[code + 1], 'NX', now, entry)
            end
        end
    end
end
return applied
