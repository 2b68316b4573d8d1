-- Tenders: what is asked for, what was offered, and how the offers compare.
-- @up

create table tenders (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  number varchar not null,
  title varchar not null,
  description varchar,
  buyer varchar,
  owner_id uuid,
  status varchar not null default 'DRAFT',
  procedure varchar not null default 'OPEN',
  category varchar,
  budget_minor bigint,
  currency varchar not null default 'EUR',
  published_at timestamptz,
  questions_until timestamptz,
  submission_until timestamptz,
  award_planned_at timestamptz,
  awarded_at timestamptz,
  awarded_quote_id uuid,
  language varchar not null default 'en',
  tags jsonb not null default '[]',
  tender_metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint tenders_tenant_id_id_key unique (tenant_id, id),
  constraint tenders_owner_fkey foreign key (tenant_id, owner_id) references users (tenant_id, id) on delete restrict,
  constraint tenders_status_check check (status in ('DRAFT', 'PUBLISHED', 'EVALUATION', 'AWARDED', 'CANCELLED', 'CLOSED')),
  constraint tenders_procedure_check check (procedure in ('OPEN', 'RESTRICTED', 'NEGOTIATED', 'DIRECT', 'FRAMEWORK')),
  constraint tenders_budget_minor_check check (budget_minor is null or budget_minor >= 0),
  constraint tenders_currency_check check (length(currency) = 3),
  constraint tenders_deadlines_check check (questions_until is null or submission_until is null or questions_until <= submission_until)
);
create unique index tenders_number_key on tenders (tenant_id, number) where deleted_at is null;
create index tenders_status_idx on tenders (tenant_id, status, submission_until);
create index tenders_owner_idx on tenders (tenant_id, owner_id, id);
comment on table tenders is 'A call for offers [tenders]';
comment on column tenders.number is 'The buyer''s reference';
comment on column tenders.category is 'CPV code where there is one: 72000000-5';
comment on column tenders.budget_minor is 'Estimated value in minor units of the currency';
comment on column tenders.currency is 'ISO 4217';
comment on column tenders.awarded_quote_id is 'The quote that won; held to this tender''s quotes by the service';
comment on column tenders.tender_metadata is 'What no column holds';

create table tender_requirements (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  tender_id uuid not null,
  number varchar not null,
  title varchar not null,
  description varchar,
  kind varchar not null default 'FUNCTIONAL',
  importance varchar not null default 'MUST',
  source_file_id uuid,
  source_page integer,
  source_quote varchar,
  is_ai_extracted boolean not null default false,
  confidence double precision,
  position double precision not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint tender_requirements_tenant_id_id_key unique (tenant_id, id),
  constraint tender_requirements_tender_fkey foreign key (tenant_id, tender_id) references tenders (tenant_id, id) on delete cascade,
  constraint tender_requirements_source_file_fkey foreign key (tenant_id, source_file_id) references files (tenant_id, id) on delete restrict,
  constraint tender_requirements_kind_check check (kind in ('FUNCTIONAL', 'TECHNICAL', 'LEGAL', 'COMMERCIAL', 'QUALITY', 'DELIVERY', 'OTHER')),
  constraint tender_requirements_importance_check check (importance in ('MUST', 'SHOULD', 'MAY')),
  constraint tender_requirements_source_page_check check (source_page is null or source_page >= 1),
  constraint tender_requirements_confidence_check check (confidence is null or (confidence >= 0 and confidence <= 1))
);
create unique index tender_requirements_number_key on tender_requirements (tenant_id, tender_id, number) where deleted_at is null;
create index tender_requirements_tender_idx on tender_requirements (tenant_id, tender_id, id);
create index tender_requirements_source_file_idx on tender_requirements (tenant_id, source_file_id, id);
comment on table tender_requirements is 'Something that an offer must or should do [tenders]';
comment on column tender_requirements.number is '4.2.1';
comment on column tender_requirements.source_quote is 'The words from which it was read';
comment on column tender_requirements.confidence is 'Of the extraction';

create table tender_criteria (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  tender_id uuid not null,
  name varchar not null,
  description varchar,
  kind varchar not null default 'QUALITY',
  weight double precision not null,
  formula varchar not null default 'POINTS',
  max_score double precision not null default 10,
  position double precision not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint tender_criteria_tenant_id_id_key unique (tenant_id, id),
  constraint tender_criteria_tender_fkey foreign key (tenant_id, tender_id) references tenders (tenant_id, id) on delete cascade,
  constraint tender_criteria_name_key unique (tenant_id, tender_id, name),
  constraint tender_criteria_kind_check check (kind in ('PRICE', 'QUALITY', 'DELIVERY', 'SUSTAINABILITY', 'REFERENCES', 'OTHER')),
  constraint tender_criteria_weight_check check (weight >= 0 and weight <= 100),
  constraint tender_criteria_formula_check check (formula in ('LINEAR', 'RATIO', 'POINTS', 'PASS_FAIL')),
  constraint tender_criteria_max_score_check check (max_score > 0)
);
comment on table tender_criteria is 'What offers are judged by; that the weights of a tender sum to 100 is the service''s rule, judged when it is published [tenders]';
comment on column tender_criteria.weight is 'Per cent of the whole';
comment on column tender_criteria.formula is 'How a score comes about: RATIO is best price over this price';

create table quotes (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  tender_id uuid not null,
  number varchar not null,
  bidder_name varchar not null,
  bidder_email varchar,
  bidder_country varchar,
  status varchar not null default 'DRAFT',
  currency varchar not null default 'EUR',
  valid_until timestamptz,
  submitted_at timestamptz,
  delivery_days integer,
  payment_terms varchar,
  notes varchar,
  quote_metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint quotes_tenant_id_id_key unique (tenant_id, id),
  constraint quotes_tender_fkey foreign key (tenant_id, tender_id) references tenders (tenant_id, id) on delete cascade,
  constraint quotes_status_check check (status in ('DRAFT', 'SUBMITTED', 'UNDER_REVIEW', 'SHORTLISTED', 'ACCEPTED', 'REJECTED', 'WITHDRAWN')),
  constraint quotes_delivery_days_check check (delivery_days is null or delivery_days >= 0),
  constraint quotes_currency_check check (length(currency) = 3),
  constraint quotes_country_check check (bidder_country is null or length(bidder_country) = 2)
);
create unique index quotes_number_key on quotes (tenant_id, tender_id, number) where deleted_at is null;
create index quotes_status_idx on quotes (tenant_id, tender_id, status);
comment on table quotes is 'An offer to a tender [tenders]';
comment on column quotes.bidder_country is 'ISO 3166-1 alpha-2';
comment on column quotes.currency is 'ISO 4217';
comment on column quotes.quote_metadata is 'What no column holds';

create table tender_documents (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  tender_id uuid not null,
  quote_id uuid,
  file_id uuid,
  document_id uuid,
  title varchar not null,
  kind varchar not null default 'ATTACHMENT',
  is_public boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint tender_documents_tender_fkey foreign key (tenant_id, tender_id) references tenders (tenant_id, id) on delete cascade,
  constraint tender_documents_quote_fkey foreign key (tenant_id, quote_id) references quotes (tenant_id, id) on delete cascade,
  constraint tender_documents_file_fkey foreign key (tenant_id, file_id) references files (tenant_id, id) on delete restrict,
  constraint tender_documents_document_fkey foreign key (tenant_id, document_id) references documents (tenant_id, id) on delete restrict,
  constraint tender_documents_kind_check check (kind in ('NOTICE', 'SPECIFICATION', 'CONTRACT', 'PRICE_SHEET', 'ANSWER', 'QUOTE', 'ATTACHMENT', 'OTHER'))
);
create index tender_documents_tenant_idx on tender_documents (tenant_id, id);
create index tender_documents_tender_idx on tender_documents (tenant_id, tender_id, id);
create index tender_documents_quote_idx on tender_documents (tenant_id, quote_id, id);
create index tender_documents_file_idx on tender_documents (tenant_id, file_id, id);
create index tender_documents_document_idx on tender_documents (tenant_id, document_id, id);
comment on table tender_documents is 'A file of a tender or of a quote [tenders]';
comment on column tender_documents.quote_id is 'Null: of the tender itself';
comment on column tender_documents.is_public is 'Bidders see it';

create table quote_items (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  quote_id uuid not null,
  requirement_id uuid,
  position integer not null,
  description varchar not null,
  quantity double precision not null default 1,
  unit varchar not null default 'piece',
  unit_price_minor bigint not null,
  discount_percent double precision not null default 0,
  tax_percent double precision not null default 0,
  is_optional boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint quote_items_quote_fkey foreign key (tenant_id, quote_id) references quotes (tenant_id, id) on delete cascade,
  constraint quote_items_requirement_fkey foreign key (tenant_id, requirement_id) references tender_requirements (tenant_id, id) on delete restrict,
  constraint quote_items_position_key unique (tenant_id, quote_id, position),
  constraint quote_items_position_check check (position >= 1),
  constraint quote_items_quantity_check check (quantity >= 0),
  constraint quote_items_discount_percent_check check (discount_percent >= 0 and discount_percent <= 100),
  constraint quote_items_tax_percent_check check (tax_percent >= 0 and tax_percent <= 100)
);
create index quote_items_tenant_idx on quote_items (tenant_id, id);
create index quote_items_requirement_idx on quote_items (tenant_id, requirement_id, id);
comment on table quote_items is 'A line of an offer; its total is quantity times price less discount, computed where it is read [tenders]';
comment on column quote_items.unit_price_minor is 'Minor units of the quote''s currency; below zero for a rebate';

create table quote_scores (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  quote_id uuid not null,
  criterion_id uuid not null,
  judge_id uuid,
  judged_by varchar not null default 'PERSON',
  score double precision not null,
  justification varchar,
  evidence jsonb not null default '[]',
  confidence double precision,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint quote_scores_quote_fkey foreign key (tenant_id, quote_id) references quotes (tenant_id, id) on delete cascade,
  constraint quote_scores_criterion_fkey foreign key (tenant_id, criterion_id) references tender_criteria (tenant_id, id) on delete restrict,
  constraint quote_scores_judge_fkey foreign key (tenant_id, judge_id) references users (tenant_id, id) on delete restrict,
  constraint quote_scores_judged_by_check check (judged_by in ('PERSON', 'MODEL', 'FORMULA')),
  constraint quote_scores_score_check check (score >= 0),
  constraint quote_scores_confidence_check check (confidence is null or (confidence >= 0 and confidence <= 1)),
  constraint quote_scores_judge_check check ((judged_by = 'PERSON') = (judge_id is not null))
);
create index quote_scores_tenant_idx on quote_scores (tenant_id, id);
create unique index quote_scores_judge_key on quote_scores (tenant_id, quote_id, criterion_id, judge_id) where judge_id is not null;
create unique index quote_scores_made_key on quote_scores (tenant_id, quote_id, criterion_id, judged_by) where judge_id is null;
create index quote_scores_criterion_idx on quote_scores (tenant_id, criterion_id, id);
create index quote_scores_quote_idx on quote_scores (tenant_id, quote_id, id);
create index quote_scores_judge_idx on quote_scores (tenant_id, judge_id, id);
comment on table quote_scores is 'What a judge gave an offer by one criterion [tenders]';
comment on column quote_scores.judge_id is 'Null: a model or a formula';
comment on column quote_scores.evidence is '[{"file_id": "…", "page": 3, "quote": "…"}]';

create table tender_analyses (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  tender_id uuid not null,
  quote_id uuid,
  kind varchar not null,
  status varchar not null default 'PENDING',
  model varchar,
  request_id uuid,
  result jsonb not null default '{}',
  summary varchar,
  confidence double precision,
  error varchar,
  completed_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint tender_analyses_tender_fkey foreign key (tenant_id, tender_id) references tenders (tenant_id, id) on delete cascade,
  constraint tender_analyses_quote_fkey foreign key (tenant_id, quote_id) references quotes (tenant_id, id) on delete cascade,
  constraint tender_analyses_kind_check check (kind in ('SUMMARY', 'REQUIREMENTS', 'COMPLIANCE', 'RISK', 'COMPARISON', 'RECOMMENDATION', 'QUESTIONS')),
  constraint tender_analyses_status_check check (status in ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED')),
  constraint tender_analyses_confidence_check check (confidence is null or (confidence >= 0 and confidence <= 1))
);
create index tender_analyses_tenant_idx on tender_analyses (tenant_id, id);
create index tender_analyses_kind_idx on tender_analyses (tenant_id, tender_id, kind, id);
create index tender_analyses_quote_idx on tender_analyses (tenant_id, quote_id, id);
comment on table tender_analyses is 'What a model made of a tender or an offer [tenders; readonly]';
comment on column tender_analyses.request_id is 'The ledger line (a partitioned table: no foreign key)';

-- @down
drop table tender_analyses;
drop table quote_scores;
drop table quote_items;
drop table tender_documents;
drop table quotes;
drop table tender_criteria;
drop table tender_requirements;
drop table tenders;
-- @end
