-- Row-level security holds through a view only if the view acts for its caller.
-- @up
alter view tasks set (security_invoker = true);
alter view file_storage set (security_invoker = true);
alter view access_audit_logs set (security_invoker = true);
-- @down
-- @end
