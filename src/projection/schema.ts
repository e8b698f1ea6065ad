/** The layout of the file. Another number means: made by another build, so it is deleted and built anew. */
export const schemaVersion = 6
/** "OPct" in ASCII: marks the file as a read model of ours. */
export const applicationId = 0x4f506374

/**
 * A pact's read model. `position` is an entry's place in the linear order, a block's number its index in the log.
 *
 * entry    `body` is the JSON that is served, `id` first and without the closing brace. `root` is the first message of the
 *          thread of a reply, `chain` a running hash over the ids up to here, see chain.ts.
 * ident    entry ids, split as ids.ts says. refused: the verdicts that are no acceptance.
 * ref      who refers to an entry.
 * list     one row for everything readers can filter by, see lists.ts. `entries` counts those that are asked for their
 *          count, `created` is the position of the entry that made it. span: a full run of a list, its last position,
 *          its greatest timestamp and all its positions. posting: the entries behind the last full run.
 * skill    the entry without its content, for lists.
 * task     `state` is the fact's status, with lapsed for a claim whose lease was seen to be over, see tasks.ts.
 *          `updated` is the position of the last change, `done` of the entry that completed it. `bound` and `early`: see
 *          `ahead` of its fact. A reader whose clock says less than `early` takes the holder's for wrong.
 * member   `position` is that of the entry that set the fact.
 * tally    how many members there ever were and how many of them are active.
 * block    blocks that may still move, and the last one that can't: `next` is the position after it; with its tree `hash`
 *          it is a checkpoint. undo: what the blocks that may still move have overwritten.
 * follower where the follower stands. Entries before `searchable` are in `words`, the full-text index.
 */
export const schema = `
create table follower (
  one integer primary key check (one = 1),
  pact text not null,
  length integer not null,
  next integer not null,
  chain integer not null,
  signed integer not null,
  confirmed integer not null,
  searchable integer not null
);
create table block (length integer primary key, next integer not null, hash blob);
create table undo (
  block integer not null, seq integer not null, kind text not null, key text not null, value text,
  primary key (block, seq)
) without rowid;
create table entry (
  position integer primary key,
  type integer not null,
  timestamp integer not null,
  chain integer not null,
  root integer,
  body text not null
);
create table ident (prefix integer not null, n integer not null, position integer not null, primary key (prefix, n)) without rowid;
create table refused (
  prefix integer not null, n integer not null, block integer not null, code text not null,
  primary key (prefix, n)
) without rowid;
create table ref (prefix integer not null, n integer not null, position integer not null, primary key (prefix, n, position)) without rowid;
create table list (id integer primary key, kind integer not null, name text not null, entries integer not null, created integer not null);
create unique index list_name on list (kind, name);
create table posting (list integer not null, position integer not null, primary key (list, position)) without rowid;
create table span (list integer not null, last integer not null, newest integer not null, positions text not null);
create unique index span_newest on span (list, last, newest);
create table skill (position integer primary key, body text not null);
create table task (
  position integer primary key,
  state integer not null,
  assignee text,
  claimer text,
  until integer,
  bound integer,
  early integer,
  updated integer not null,
  done integer,
  fact text not null
);
create index task_state on task (state);
create index task_assignee on task (assignee, state) where assignee is not null;
create index task_claimer on task (claimer, state) where claimer is not null;
create index task_both on task (assignee, claimer, state) where assignee is not null and claimer is not null;
create index task_until on task (state, until, bound, early) where until is not null;
create index task_bound on task (state, bound, early) where bound is not null;
create table member (key text primary key, active integer not null, position integer not null, fact text not null) without rowid;
create index member_active on member (active, key);
create table tally (one integer primary key check (one = 1), members integer not null, active integer not null);
create table invite (position integer primary key, invite text not null unique, redeemed integer, fact text not null);
create table pact (one integer primary key check (one = 1), fact text not null);
create virtual table words using fts5 (text, content = '', contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2');
`
