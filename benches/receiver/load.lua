-- wrk script: every request is another call.ended event.
--
-- BODY names the body's file; in it stand CALL_ID (16 characters) and TIMESTAMP (24 characters) where those
-- go, so that the length never changes. FIRST is the number of the first event. The secret comes by environment.

local bit = require "bit"

local file = assert(io.open(os.getenv "BODY"))
local body = file:read "*a"
file:close()

local head = table.concat({
  "POST /webhook HTTP/1.1",
  "Host: 127.0.0.1",
  "Authorization: " .. os.getenv "WEBHOOK_SECRET",
  "Content-Type: application/json",
  "Content-Length: " .. #body,
}, "\r\n") .. "\r\n\r\n"

local function split(text, mark)
  local from, to = text:find(mark, 1, true)
  return text:sub(1, from - 1), text:sub(to + 1)
end
local before_id, rest = split(head .. body, "@@@@@CALL_ID@@@@")
local between, after = split(rest, "@@@@@@@TIMESTAMP@@@@@@@@")

-- An invertible step over 32 bits: distinct numbers stay distinct, and neighbours do not stay neighbours,
-- for ids of calls come in no order.
local function mixed(x)
  x = bit.bxor(x, bit.lshift(x, 13))
  x = bit.bxor(x, bit.rshift(x, 17))
  return bit.bxor(x, bit.lshift(x, 5))
end

-- Timestamps do grow: 20 events a millisecond.
local PER_MS = 20
local start = os.time()
local number = tonumber(os.getenv "FIRST")
local timestamp, due = "", 0

request = function()
  if number >= due then
    local ms = math.floor(number / PER_MS)
    due = (ms + 1) * PER_MS
    timestamp = os.date("!%Y-%m-%dT%H:%M:%S", start + math.floor(ms / 1000)) .. string.format(".%03dZ", ms % 1000)
  end
  local id = mixed(mixed(number))
  number = number + 1
  return before_id .. bit.tohex(id) .. bit.tohex(number) .. between .. timestamp .. after
end

done = function(summary, latency)
  local errors = summary.errors
  io.stderr:write(string.format(
    '{"requests":%d,"seconds":%.6f,"p50_us":%d,"p99_us":%d,"max_us":%d,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
