-- Put before every script.
--
-- What may be refused for want of memory (`maxmemory`) is refused at a script's first write and never later. So a script
-- that adds an event begins with such a write and is done whole or not at all, and one that ends work begins with a write
-- that takes no memory: a full Redis can still be worked off.

-- Milliseconds since 1970 by Redis's clock, the only one that counts: those of the receivers may differ.
local function now_ms()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The hash of a key, at the end of the name of its event and of every member that stands for it.
local function hash_in(text)
    return string.sub(text, -64)
end

-- Stands for an event in the queues and in `received`; sorts by id.
local function entry_of(id, event)
    return string.format('%016d:%s', id, hash_in(event))
end
