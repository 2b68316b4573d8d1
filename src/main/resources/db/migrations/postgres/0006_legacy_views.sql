-- Row-level security holds through a view only if the view acts for its caller.
-- @up
alter view companies set (security_invoker = true);
alter view ai_service_config set (security_invoker = true);
alter view ai_request_log set (security_invoker = true);
alter view usage_logs set (security_invoker = true);
alter view user_budgets set (security_invoker = true);
-- @down
-- @end
