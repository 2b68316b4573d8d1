-- What models made, its versions, what flows in and out, and what conversations were about.
-- @up

create table conversation_insights (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  conversation_id uuid not null,
  period_start timestamptz not null,
  period_end timestamptz not null,
  topics jsonb not null default '[]',
  sentiment varchar,
  sentiment_score double precision,
  resolution varchar,
  summary varchar,
  message_count bigint not null default 0,
  model varchar,
  request_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint conversation_insights_period_key unique (tenant_id, conversation_id, period_start),
  constraint conversation_insights_conversation_fkey foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete cascade,
  constraint conversation_insights_sentiment_check check (sentiment in ('POSITIVE', 'NEUTRAL', 'NEGATIVE', 'MIXED')),
  constraint conversation_insights_sentiment_score_check check (sentiment_score is null or (sentiment_score >= -1 and sentiment_score <= 1)),
  constraint conversation_insights_resolution_check check (resolution in ('RESOLVED', 'UNRESOLVED', 'ESCALATED', 'ABANDONED')),
  constraint conversation_insights_period_check check (period_end > period_start),
  constraint conversation_insights_message_count_check check (message_count >= 0)
);
create index conversation_insights_period_idx on conversation_insights (tenant_id, period_start);
comment on table conversation_insights is 'What a conversation was about in a period, by a model [content; readonly]';
comment on column conversation_insights.period_end is 'Exclusive';
comment on column conversation_insights.topics is 'Words or short phrases, weightiest first';
comment on column conversation_insights.sentiment_score is '-1, hostile, to 1, delighted';
comment on column conversation_insights.resolution is 'Whether the person got what they came for';
comment on column conversation_insights.request_id is 'The ledger line that made it (a partitioned table: no foreign key)';

create table generated_content (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  user_id uuid not null,
  conversation_id uuid,
  request_id uuid,
  kind varchar not null,
  title varchar not null,
  description varchar,
  text varchar,
  file_id uuid,
  language varchar,
  framework varchar,
  mime_type varchar,
  size bigint,
  checksum varchar,
  parent_id uuid,
  version_number integer not null default 1,
  is_latest boolean not null default true,
  is_public boolean not null default false,
  is_template boolean not null default false,
  validation_status varchar not null default 'PENDING',
  validation_errors jsonb not null default '[]',
  is_syntax_ok boolean,
  execution_status varchar not null default 'NOT_RUN',
  execution_output varchar,
  download_count bigint not null default 0,
  share_token_hash varchar,
  tags jsonb not null default '[]',
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint generated_content_tenant_id_id_key unique (tenant_id, id),
  constraint generated_content_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint generated_content_conversation_fkey foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete restrict,
  constraint generated_content_file_fkey foreign key (tenant_id, file_id) references files (tenant_id, id) on delete restrict,
  constraint generated_content_parent_fkey foreign key (tenant_id, parent_id) references generated_content (tenant_id, id) on delete cascade,
  constraint generated_content_kind_check check (kind in ('TEXT', 'CODE', 'DOCUMENT', 'IMAGE', 'AUDIO', 'VIDEO', 'DATA')),
  constraint generated_content_validation_status_check check (validation_status in ('PENDING', 'VALID', 'INVALID', 'SKIPPED')),
  constraint generated_content_execution_status_check check (execution_status in ('NOT_RUN', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMEOUT')),
  constraint generated_content_body_check check (text is not null or file_id is not null),
  constraint generated_content_parent_check check (parent_id is null or parent_id <> id),
  constraint generated_content_counts_check check (version_number > 0 and download_count >= 0 and (size is null or size >= 0))
);
create unique index generated_content_share_token_key on generated_content (share_token_hash) where share_token_hash is not null;
create index generated_content_created_idx on generated_content (tenant_id, created_at);
create index generated_content_user_idx on generated_content (tenant_id, user_id, created_at);
create index generated_content_kind_idx on generated_content (tenant_id, kind, created_at);
create index generated_content_conversation_idx on generated_content (tenant_id, conversation_id, created_at);
create index generated_content_request_idx on generated_content (tenant_id, request_id);
create index generated_content_file_idx on generated_content (tenant_id, file_id);
create index generated_content_parent_idx on generated_content (tenant_id, parent_id);
comment on table generated_content is 'What a model made and somebody kept: a text, or a file [content]';
comment on column generated_content.request_id is 'The ledger line that made it (a partitioned table: no foreign key)';
comment on column generated_content.text is 'The content itself; null where it is a file';
comment on column generated_content.language is 'CODE: the programming language; else BCP 47';
comment on column generated_content.size is 'Bytes';
comment on column generated_content.checksum is 'SHA-256 of the content, hexadecimal';
comment on column generated_content.parent_id is 'The version before this one';
comment on column generated_content.is_latest is 'Nothing has it as its parent';
comment on column generated_content.is_public is 'Every user of the tenant may read it, not its maker alone';
comment on column generated_content.is_template is 'Meant to be copied';
comment on column generated_content.is_syntax_ok is 'CODE and DATA: whether it parses; null: not tried';
comment on column generated_content.execution_output is 'The end of what the last run wrote [server]';
comment on column generated_content.download_count is 'Through the share and without [server]';
comment on column generated_content.share_token_hash is 'SHA-256 of the token of a public link, hexadecimal [secret]';

create table content_versions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  entity_kind varchar not null,
  entity_id uuid not null,
  number integer not null,
  body jsonb not null,
  checksum varchar not null,
  change_summary varchar,
  created_at timestamptz not null,
  created_by uuid,
  constraint content_versions_number_key unique (tenant_id, entity_kind, entity_id, number),
  constraint content_versions_number_check check (number > 0)
);
create index content_versions_created_idx on content_versions (tenant_id, created_at);
comment on table content_versions is 'How a piece of content stood at one time; append-only [content; append]';
comment on column content_versions.entity_kind is 'The table of the content: generated_content, use_cases, prompt_templates';
comment on column content_versions.number is 'From 1, without gaps';
comment on column content_versions.body is 'The row as it stood';
comment on column content_versions.checksum is 'SHA-256 of the body in canonical form, hexadecimal: the same body makes no new version';

create table content_syncs (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  direction varchar not null,
  source varchar not null,
  entity_kind varchar,
  status varchar not null default 'PENDING',
  checksum varchar,
  created_count bigint not null default 0,
  updated_count bigint not null default 0,
  deleted_count bigint not null default 0,
  skipped_count bigint not null default 0,
  failed_count bigint not null default 0,
  errors jsonb not null default '[]',
  started_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  constraint content_syncs_direction_check check (direction in ('IN', 'OUT', 'BOTH')),
  constraint content_syncs_status_check check (status in ('PENDING', 'RUNNING', 'COMPLETED', 'PARTIAL', 'FAILED', 'CANCELLED')),
  constraint content_syncs_counts_check check (created_count >= 0 and updated_count >= 0 and deleted_count >= 0 and skipped_count >= 0 and failed_count >= 0)
);
create index content_syncs_created_idx on content_syncs (tenant_id, created_at);
create index content_syncs_source_idx on content_syncs (tenant_id, source, created_at);
comment on table content_syncs is 'One exchange of content with another system [content]';
comment on column content_syncs.source is 'The other system''s name or address';
comment on column content_syncs.checksum is 'Of what was exchanged: the same again is no change';
comment on column content_syncs.errors is 'What failed and why: [{"entity": "…", "error": "…"}]';

-- @down
drop table content_syncs;
drop table content_versions;
drop table generated_content;
drop table conversation_insights;
-- @end
