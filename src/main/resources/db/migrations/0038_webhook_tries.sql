-- Every try of a delivery, not the last one alone.
-- @up

alter table webhook_deliveries add column tries jsonb default '[]' not null;
comment on table webhook_deliveries is 'An event on its way to an endpoint, with its tries [notify; readonly]';
comment on column webhook_deliveries.response_status is 'Of the last try, as took_millis and error';
comment on column webhook_deliveries.tries is 'What came of each, the first one first: {"attempt": 1, "at": …, "took_millis": …, "response_status": …, "error": …}';

-- @down
alter table webhook_deliveries drop column tries;
comment on table webhook_deliveries is 'An event on its way to an endpoint, with its last try [notify; readonly]';
comment on column webhook_deliveries.response_status is null;
-- @end
