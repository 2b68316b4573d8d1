-- From where keys are used, so that a new place is noticed; and what a compliance report rests on.
-- @up

create table api_key_networks (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  api_key_id uuid not null,
  network varchar not null,
  country varchar,
  created_at timestamptz not null,
  constraint api_key_networks_network_key unique (tenant_id, api_key_id, network),
  constraint api_key_networks_key_fkey foreign key (tenant_id, api_key_id) references api_keys (tenant_id, id) on delete cascade
);
comment on table api_key_networks is 'Networks from which a key was used; a further one is a security event [identity; readonly]';
comment on column api_key_networks.network is 'The first 24 bits of an IPv4 address, 48 of an IPv6 one: 203.0.113.0/24';
comment on column api_key_networks.country is 'Where the address was said to be: ISO 3166-1, two letters; null: not known';
comment on column api_key_networks.created_at is 'When the key was first used from there';

alter table compliance_reports add column content jsonb not null default '{}';
comment on column compliance_reports.content is 'What the findings rest on: accesses, retention, keys and security events as they were found [server]';
comment on column compliance_reports.findings is 'One entry a control: [{"control": "CC6.1", "result": "PASS", "evidence": ["…"]}] [server]';
comment on column compliance_reports.score is 'Per cent of the controls that pass [server]';
comment on column compliance_reports.summary is 'In a sentence [server]';

-- @down
comment on column compliance_reports.findings is 'One entry a control: [{"control": "CC6.1", "result": "PASS", "evidence": ["…"]}]';
comment on column compliance_reports.score is 'Per cent of the controls that pass';
comment on column compliance_reports.summary is null;
alter table compliance_reports drop column content;
drop table api_key_networks;
-- @end
