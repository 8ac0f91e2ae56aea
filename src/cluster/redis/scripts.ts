// What is done in Redis in one step each. All keys of a server begin with the same text (KEYS[1], or one for each server):
//   :head      hash: generation, sequence and mark of the last entry, time of the last gap
//   :log:GEN   stream of the entries of a generation, each with the id SEQUENCE-0
//   :seen:HASH an event that is in the log, for some minutes
//   :hearers   hash: who hears the server's whole bus, since when
//   :slots     sorted set: requests under way, by when they end at the latest
// A hearer or a slot is named MEMBER/NUMBER; the sorted set of members has the time of each one's last heartbeat.

import { createHash } from "node:crypto";

/** How long a member counts as living after its last heartbeat. */
export const MEMBER_MS = 3_000;
/** After so long without a heartbeat it is not relied on for having heard everything. */
const SURE_MS = 1_200;
/** How long the keys of a server outlive its last gateway. */
const KEPT_MS = 7 * 24 * 3_600_000;
/** After which an event that comes again would be taken for another one. */
const SEEN_MS = 900_000;
/** Longest time for which a slot is taken. */
const SLOTS_KEPT_MS = 3_600_000;

export interface Script {
  readonly text: string;
  readonly sha: string;
}

const PRELUDE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Who asks is alive, whenever its last heartbeat was.
local caller = nil

local function memberOf(name) return string.match(name, '^[^/]+') end

-- The last heartbeat of whom a hearer or slot belongs to; nil when it has left.
local function beatOf(members, name)
  local beat = redis.call('ZSCORE', members, memberOf(name))
  return beat and tonumber(beat) or nil
end

local function ensure(lab, fresh)
  redis.call('HSETNX', lab .. ':head', 'generation', fresh)
  return redis.call('HGET', lab .. ':head', 'generation')
end

local function add(lab, kind, mark, body, max)
  local head = lab .. ':head'
  local generation = redis.call('HGET', head, 'generation')
  local before = redis.call('HGET', head, 'mark') or ''
  local sequence = redis.call('HINCRBY', head, 'sequence', 1)
  redis.call('XADD', lab .. ':log:' .. generation, 'MAXLEN', '~', max, sequence .. '-0',
    'v', '1', 'k', kind, 'p', before, 'n', mark, 'b', body)
  redis.call('HSET', head, 'mark', mark)
  return sequence
end

local function gap(lab, mark, max)
  add(lab, 'gap', mark, '', max)
  redis.call('HSET', lab .. ':head', 'gapAt', now)
end

-- Somebody hears the bus from now on. Where nobody surely did, events may have been lost before.
local function hear(lab, members, hearer, mark, max)
  if redis.call('HEXISTS', lab .. ':hearers', hearer) == 1 then return end
  local sure = false
  for _, other in ipairs(redis.call('HKEYS', lab .. ':hearers')) do
    if (beatOf(members, other) or 0) >= now - ${SURE_MS} then sure = true end
  end
  redis.call('HSET', lab .. ':hearers', hearer, now)
  if not sure then gap(lab, mark, max) end
end

-- Somebody has not heard the bus since then. Those who have come later relied on it: only who was there before, or
-- since a gap that all know, proves that nothing is lost.
local function unhear(lab, members, hearer, since, mark, max)
  if redis.call('HDEL', lab .. ':hearers', hearer) == 0 then return end
  local others = redis.call('HGETALL', lab .. ':hearers')
  if #others == 0 then return end
  local known = math.max(since, tonumber(redis.call('HGET', lab .. ':head', 'gapAt') or '0'))
  for at = 1, #others, 2 do
    local sure = memberOf(others[at]) == caller or (beatOf(members, others[at]) or 0) >= now - ${SURE_MS}
    if sure and tonumber(others[at + 1]) <= known then return end
  end
  gap(lab, mark, max)
end
`;

function script(body: string): Script {
  const text = PRELUDE + body;
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

/** KEYS: lab, members. ARGV: hearer, whether it hears everything, mark of a gap, hash of the uuid, mark, body, generation, max. */
export const APPEND = script(`
local lab, members = KEYS[1], KEYS[2]
local max = ARGV[8]
ensure(lab, ARGV[7])
if ARGV[2] == '1' then hear(lab, members, ARGV[1], ARGV[3], max) end
if redis.call('SET', lab .. ':seen:' .. ARGV[4], '1', 'NX', 'PX', ${SEEN_MS}) then
  return add(lab, 'event', ARGV[5], ARGV[6], max)
end
return 0
`);

/** KEYS: lab, members. ARGV: hearer, mark of a gap, generation, max. */
export const HEAR = script(`
ensure(KEYS[1], ARGV[3])
hear(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[4])
return 1
`);

/** KEYS: lab, members. ARGV: hearer, how long it may have been deaf, mark of a gap, generation, max. */
export const DEAF = script(`
ensure(KEYS[1], ARGV[4])
unhear(KEYS[1], KEYS[2], ARGV[1], now - tonumber(ARGV[2]), ARGV[3], ARGV[5])
return 1
`);

/** Nobody has heard anything, nobody knows since when: who hears an event first marks a gap. KEYS: lab. */
export const SILENT = script(`
redis.call('DEL', KEYS[1] .. ':hearers')
return 1
`);

/**
 * A heartbeat, and what becomes of those who have ceased to have one. KEYS: members, labs. ARGV: member, max, then for
 * each lab: hearer, generation, three marks of gaps, whether it joins, whether it hears everything.
 * Returns the number of members, then for each lab: generation, sequence, mark, hearers, whether this is one of them.
 */
export const BEAT = script(`
local members, member, max = KEYS[1], ARGV[1], ARGV[2]
caller = member
local last = tonumber(redis.call('ZSCORE', members, member) or '0')
local seen = {}
for at = 2, #KEYS do
  local lab, own = KEYS[at], 3 + (at - 2) * 7
  local hearer = ARGV[own]
  ensure(lab, ARGV[own + 1])
  if ARGV[own + 5] == '1' then unhear(lab, members, hearer, last, ARGV[own + 2], max) end
  for _, other in ipairs(redis.call('HKEYS', lab .. ':hearers')) do
    local beat = beatOf(members, other)
    if memberOf(other) ~= member and (beat == nil or beat < now - ${MEMBER_MS}) then
      unhear(lab, members, other, beat or 0, ARGV[own + 3] .. memberOf(other), max)
    end
  end
  if ARGV[own + 5] == '1' and ARGV[own + 6] == '1' then hear(lab, members, hearer, ARGV[own + 4], max) end
  for _, slot in ipairs(redis.call('ZRANGE', lab .. ':slots', 0, -1)) do
    local beat = beatOf(members, slot)
    if memberOf(slot) ~= member and (beat == nil or beat < now - ${MEMBER_MS}) then
      redis.call('ZREM', lab .. ':slots', slot)
    end
  end
  local head = redis.call('HMGET', lab .. ':head', 'generation', 'sequence', 'mark')
  redis.call('PEXPIRE', lab .. ':head', ${KEPT_MS})
  redis.call('PEXPIRE', lab .. ':hearers', ${KEPT_MS})
  redis.call('PEXPIRE', lab .. ':log:' .. head[1], ${KEPT_MS})
  seen[at] = {head[1], tonumber(head[2] or '0'), head[3] or '', redis.call('HLEN', lab .. ':hearers'),
    redis.call('HEXISTS', lab .. ':hearers', hearer)}
end
redis.call('ZADD', members, now, member)
redis.call('ZREMRANGEBYSCORE', members, '-inf', now - ${10 * MEMBER_MS})
redis.call('PEXPIRE', members, ${KEPT_MS})
seen[1] = redis.call('ZCOUNT', members, now - ${MEMBER_MS}, '+inf')
return seen
`);

/** The log has been set back: a new one begins. KEYS: lab. ARGV: generation that was set back, the new one. */
export const RENEW = script(`
local head = KEYS[1] .. ':head'
if redis.call('HGET', head, 'generation') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1] .. ':log:' .. ARGV[1], head)
redis.call('HSET', head, 'generation', ARGV[2])
return 1
`);

/** A member leaves. KEYS: members, labs. ARGV: member. */
export const LEAVE = script(`
for at = 2, #KEYS do
  for _, slot in ipairs(redis.call('ZRANGE', KEYS[at] .. ':slots', 0, -1)) do
    if memberOf(slot) == ARGV[1] then redis.call('ZREM', KEYS[at] .. ':slots', slot) end
  end
end
redis.call('ZREM', KEYS[1], ARGV[1])
return 1
`);

/** KEYS: lab. ARGV: slot, whether it is slow work, how many there are, for how long. Returns whether it is taken. */
export const TAKE = script(`
local slots, limit = KEYS[1] .. ':slots', tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', slots, '-inf', now)
if redis.call('ZCARD', slots) >= limit then return 0 end
if ARGV[2] == '1' then
  local slow = 0
  for _, slot in ipairs(redis.call('ZRANGE', slots, 0, -1)) do
    if string.match(slot, '/slow$') then slow = slow + 1 end
  end
  if slow >= math.max(1, limit - 1) then return 0 end
end
redis.call('ZADD', slots, now + tonumber(ARGV[4]), ARGV[1])
redis.call('PEXPIRE', slots, ${SLOTS_KEPT_MS})
return 1
`);

/** KEYS: lab. ARGV: slot. */
export const RELEASE = script(`
return redis.call('ZREM', KEYS[1] .. ':slots', ARGV[1])
`);

/** Loaded before they are used: one that is sent by its text only when it is found missing would be overtaken. */
export const SCRIPTS: readonly Script[] = [APPEND, HEAR, DEAF, SILENT, BEAT, RENEW, LEAVE, TAKE, RELEASE];
