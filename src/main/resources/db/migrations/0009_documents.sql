-- Documents, what was read out of them, what models said of them, and the pieces that are searched.
-- @up

create table documents (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  owner_id uuid not null,
  file_id uuid,
  title varchar not null,
  document_type varchar not null default 'OTHER',
  processing_status varchar not null default 'PENDING',
  source varchar not null default 'UPLOAD',
  author varchar,
  document_date varchar,
  language varchar,
  page_count integer,
  word_count bigint,
  summary varchar,
  tags jsonb not null default '[]',
  metadata jsonb not null default '{}',
  error varchar,
  processed_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint documents_tenant_id_id_key unique (tenant_id, id),
  constraint documents_owner_fkey foreign key (tenant_id, owner_id) references users (tenant_id, id) on delete restrict,
  constraint documents_file_fkey foreign key (tenant_id, file_id) references files (tenant_id, id) on delete restrict,
  constraint documents_document_type_check check (document_type in ('INVOICE', 'RECEIPT', 'CONTRACT', 'REPORT', 'TENDER', 'QUOTE', 'RESUME', 'CORRESPONDENCE', 'MANUAL', 'POLICY', 'FORM',
    'PRESENTATION', 'SPREADSHEET', 'CODE', 'OTHER')),
  constraint documents_processing_status_check check (processing_status in ('PENDING', 'QUEUED', 'EXTRACTING', 'ANALYZING', 'INDEXING', 'COMPLETED', 'FAILED')),
  constraint documents_source_check check (source in ('UPLOAD', 'EMAIL', 'SCAN', 'API', 'GENERATED')),
  constraint documents_counts_check check ((page_count is null or page_count >= 0) and (word_count is null or word_count >= 0))
);
create index documents_created_idx on documents (tenant_id, created_at);
create index documents_owner_idx on documents (tenant_id, owner_id, created_at);
create index documents_file_idx on documents (tenant_id, file_id);
create index documents_type_idx on documents (tenant_id, document_type, created_at);
create index documents_status_idx on documents (tenant_id, processing_status, created_at);
comment on table documents is 'A text that people read and models work on [documents]';
comment on column documents.file_id is 'What it was read from; null for a text that came without a file';
comment on column documents.processing_status is 'How far extraction, analysis and indexing have come [server]';
comment on column documents.document_date is 'The day that the document itself bears: 2026-11-22';
comment on column documents.language is 'BCP 47: de, en-GB';
comment on column documents.page_count is 'Null where the format has no pages';
comment on column documents.summary is 'A person''s or a model''s, a few sentences';
comment on column documents.metadata is 'What the format says of itself, and what people note';
comment on column documents.error is 'Why processing failed [server]';
comment on column documents.processed_at is 'When processing last came to its end [server]';

create table document_extractions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  document_id uuid not null,
  extraction_type varchar not null,
  engine varchar not null,
  engine_version varchar,
  status varchar not null default 'COMPLETED',
  page_from integer,
  page_to integer,
  content varchar,
  data jsonb not null default '{}',
  confidence double precision,
  language varchar,
  took_millis bigint,
  error varchar,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  constraint document_extractions_document_fkey foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete cascade,
  constraint document_extractions_extraction_type_check check (extraction_type in ('TEXT', 'OCR', 'TABLES', 'METADATA', 'ENTITIES', 'FORM_FIELDS')),
  constraint document_extractions_status_check check (status in ('RUNNING', 'COMPLETED', 'FAILED')),
  constraint document_extractions_confidence_check check (confidence is null or (confidence >= 0 and confidence <= 1)),
  constraint document_extractions_pages_check check (page_from is null or (page_from > 0 and page_to is not null and page_to >= page_from))
);
create index document_extractions_document_idx on document_extractions (tenant_id, document_id, extraction_type, created_at);
comment on table document_extractions is 'What was read out of a document, once a type, engine and run [documents; readonly]';
comment on column document_extractions.engine is 'Who read it: tika, tesseract, a model''s name';
comment on column document_extractions.page_from is 'The first page; null: the whole document';
comment on column document_extractions.content is 'TEXT and OCR: the text';
comment on column document_extractions.data is 'All other types: tables, fields, entities';
comment on column document_extractions.confidence is 'The engine''s own, 0 to 1; null if it tells none';

create table document_analyses (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  document_id uuid not null,
  kind varchar not null,
  status varchar not null default 'COMPLETED',
  model varchar,
  prompt_version_id uuid,
  question varchar,
  result jsonb not null default '{}',
  confidence double precision,
  request_id uuid,
  cost_nanos bigint,
  error varchar,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  constraint document_analyses_document_fkey foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete cascade,
  constraint document_analyses_prompt_version_fkey foreign key (prompt_version_id) references prompt_versions (id) on delete restrict,
  constraint document_analyses_kind_check check (kind in ('CLASSIFICATION', 'SUMMARY', 'ENTITIES', 'SENTIMENT', 'KEY_POINTS', 'RISKS', 'COMPARISON', 'QUESTION', 'TRANSLATION', 'CUSTOM')),
  constraint document_analyses_status_check check (status in ('RUNNING', 'COMPLETED', 'FAILED')),
  constraint document_analyses_confidence_check check (confidence is null or (confidence >= 0 and confidence <= 1)),
  constraint document_analyses_cost_check check (cost_nanos is null or cost_nanos >= 0)
);
create index document_analyses_document_idx on document_analyses (tenant_id, document_id, kind, created_at);
create index document_analyses_prompt_version_idx on document_analyses (prompt_version_id);
comment on table document_analyses is 'What a model said of a document [documents; readonly]';
comment on column document_analyses.prompt_version_id is 'The prompt that was used; it may be the platform''s, so the reference is by id alone';
comment on column document_analyses.question is 'QUESTION and CUSTOM: what was asked';
comment on column document_analyses.request_id is 'The ledger line that made it (a partitioned table: no foreign key)';
comment on column document_analyses.cost_nanos is 'Of that line';

create table content_chunks (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  source_kind varchar not null,
  source_id uuid not null,
  use_case_id uuid,
  content_type varchar not null default 'TEXT',
  ordinal integer not null,
  heading varchar,
  text varchar not null,
  token_count integer not null,
  page integer,
  start_offset bigint,
  end_offset bigint,
  checksum varchar not null,
  embedding jsonb,
  embedding_model varchar,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint content_chunks_ordinal_key unique (tenant_id, source_kind, source_id, ordinal),
  constraint content_chunks_source_kind_check check (source_kind in ('DOCUMENT', 'FILE', 'CONVERSATION', 'GENERATED_CONTENT', 'USE_CASE', 'TENDER', 'PRODUCT', 'TRAINING_DATASET', 'OTHER')),
  constraint content_chunks_content_type_check check (content_type in ('TEXT', 'HEADING', 'TABLE', 'CODE', 'LIST', 'CAPTION', 'METADATA')),
  constraint content_chunks_counts_check check (ordinal >= 0 and token_count >= 0 and (page is null or page > 0)),
  constraint content_chunks_offsets_check check (start_offset is null or (start_offset >= 0 and end_offset is not null and end_offset >= start_offset)),
  constraint content_chunks_embedding_check check ((embedding is null) = (embedding_model is null))
);
create index content_chunks_use_case_idx on content_chunks (tenant_id, use_case_id, content_type);
create index content_chunks_model_idx on content_chunks (tenant_id, embedding_model, id);
comment on table content_chunks is 'A piece of a text, small enough to be searched and given to a model [documents; readonly]';
comment on column content_chunks.source_kind is 'What it was cut from; source_id is its row';
comment on column content_chunks.use_case_id is 'A row of use_cases, where it belongs to one (a later table: no foreign key)';
comment on column content_chunks.ordinal is 'Its place in the source, from 0';
comment on column content_chunks.heading is 'The headings above it, outermost first, joined by " > "';
comment on column content_chunks.token_count is 'As the embedding model counts them';
comment on column content_chunks.start_offset is 'Characters from the source''s beginning; end_offset is exclusive';
comment on column content_chunks.checksum is 'SHA-256 of the text, hexadecimal: what has not changed is not embedded again';
comment on column content_chunks.embedding is 'Numbers in an array, of unit length';

-- @down
drop table content_chunks;
drop table document_analyses;
drop table document_extractions;
drop table documents;
-- @end
