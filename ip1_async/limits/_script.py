"""`Ledger` in Lua: Redis runs it as one step, and on its own clock."""

# KEYS: the limit, and the moment that the asking process waits for (it expires with the process).
# Both have the limit's name in braces, so that a cluster keeps them in one place.
SCRIPT = """\
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local wants, gap, slack = ARGV[1] == '1', tonumber(ARGV[2]), tonumber(ARGV[3])
local pause, most, lasts = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

local fields = {'seen', 'next', 'paused', 'gap', 'named'}
local state = {}
for place, value in ipairs(redis.call('HMGET', KEYS[1], unpack(fields))) do
  state[fields[place]] = tonumber(value) or 0 / 0
end
local back = math.max(0, state.seen - now)
state.seen = now
state.next = state.next - back
state.paused = state.paused - back
state.named = state.named - back
if not (state.paused <= state.next and state.next <= now + most and state.gap <= most
    and state.named <= now + 2 * most) then
  state = {seen = now, next = now + gap, paused = 0, gap = 0, named = 0}
end

if gap >= state.gap or now >= state.named then
  state.gap, state.named = gap, now + lasts + gap
end
if pause > 0 then
  state.paused = math.max(state.paused, now + pause)
  state.next = math.max(state.next, state.paused)
end
local wait, late = 0, 0
if wants then
  local mine = tonumber(redis.call('GET', KEYS[2]))
  if not (mine and state.paused <= mine and mine < state.next and now - mine <= slack) then
    mine = math.max(now, state.next)
    state.next = mine + state.gap
  end
  wait, late = math.max(0, mine - now), math.max(0, now - mine)
  if wait > 0 then
    local left = math.ceil((wait + slack + lasts) / 1000)
    redis.call('SET', KEYS[2], string.format('%.0f', mine), 'PX', string.format('%.0f', left))
  else
    redis.call('DEL', KEYS[2])
  end
end
for field, value in pairs(state) do
  redis.call('HSET', KEYS[1], field, string.format('%.0f', value))
end
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', (math.max(0, state.next - now) + most) / 1000))
return {wait, late}
"""
