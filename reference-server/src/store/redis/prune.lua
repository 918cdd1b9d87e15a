-- One step of removing finished events, and hashes of forgotten ones, that are older than the retention.
-- KEYS: the queues by code of their task, dead, keys, received, what the names of events begin with
-- ARGV: retention in ms, how many to look at, how many of the oldest to skip
-- Returns how many were removed, whether another step would find more, and how many that one shall skip.
local QUEUES, DEAD, ALL_KEYS, RECEIVED, EVENTS = 5, 6, 7, 8, 9
local before = now_ms() - ARGV[1]
local limit, skip = tonumber(ARGV[2]), tonumber(ARGV[3])

local function is_finished(entry)
    return not redis.call('ZSCORE', KEYS[1], entry)
end

local function remove(entry)
    local hash = hash_in(entry)
    local key = redis.call('HGET', KEYS[EVENTS] .. hash, 'key')
    redis.call('ZREM', KEYS[RECEIVED], entry)
    for task = 2, QUEUES do
        redis.call('ZREM', KEYS[task], entry)
    end
    if key then
        redis.call('ZREM', KEYS[ALL_KEYS], key)
        for task = 0, QUEUES - 1 do
            redis.call('ZREM', KEYS[DEAD], task .. ':' .. hash)
        end
    end
    redis.call('UNLINK', KEYS[EVENTS] .. hash)
end

local oldest = redis.call('ZRANGE', KEYS[RECEIVED], skip, skip + limit - 1, 'WITHSCORES')
local removed = 0
for i = 1, #oldest, 2 do
    if tonumber(oldest[i + 1]) >= before then
        return { removed, 0, 0 }
    end
    if is_finished(oldest[i]) then
        remove(oldest[i])
        removed = removed + 1
    else
        skip = skip + 1
    end
end
if #oldest < 2 * limit then
    return { removed, 0, 0 }
end
return { removed, 1, skip }
