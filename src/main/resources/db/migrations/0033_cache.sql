-- What the response cache must know to keep within its bounds, and how a limit follows behaviour.
-- @up

alter table response_cache_entries add column bytes bigint not null default 0;
create index response_cache_entries_age_idx on response_cache_entries (created_at, bytes);
comment on column response_cache_entries.bytes is 'What the entry takes, for the bound on all of them';
comment on column response_cache_entries.key_hash is 'SHA-256 over tenant, service, provider, model and the request without what changes no answer; the tenant is inside as well as beside it';
comment on column response_cache_entries.embedding is 'Of the question, where the service answers other wordings of it: its vector and words, sealed, as a string of base64 [secret]';
comment on column response_cache_entries.response is 'The answer, sealed with the master key [secret]';
comment on column response_cache_entries.tags is 'By which callers have entries taken away: what they sent in x-cache-tags';
comment on column rate_limit_policies.dynamic_adjustment is 'How the quota follows behaviour: {"min": 0.25, "failures": 0.5, "refusals": 0.8}: the least share of the quota that is left, and the shares of failed and of refused calls at which it is halved; {}: it stands still';

-- @down
drop index response_cache_entries_age_idx;
alter table response_cache_entries drop column bytes;
comment on column response_cache_entries.key_hash is 'SHA-256 over tenant, model and the request; the tenant is inside as well as beside it';
comment on column response_cache_entries.embedding is 'Of the request, where the cache answers similar ones; numbers in an array';
comment on column response_cache_entries.response is null;
comment on column response_cache_entries.tags is null;
comment on column rate_limit_policies.dynamic_adjustment is 'How the quota follows behaviour: {"min": 0.5, "max": 2.0}';
-- @end
