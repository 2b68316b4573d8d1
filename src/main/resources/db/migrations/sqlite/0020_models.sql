-- What SQLite says its own way: triggers, full text and views.
-- @up

create trigger model_metrics_append_only_update before update on model_metrics when not exists (select 1 from maintenance)
begin select raise(abort, 'model_metrics is append-only'); end;
create trigger model_metrics_append_only_delete before delete on model_metrics when not exists (select 1 from maintenance)
begin select raise(abort, 'model_metrics is append-only'); end;
create trigger run_params_append_only_update before update on run_params when not exists (select 1 from maintenance)
begin select raise(abort, 'run_params is append-only'); end;
create trigger run_params_append_only_delete before delete on run_params when not exists (select 1 from maintenance)
begin select raise(abort, 'run_params is append-only'); end;
create trigger run_metrics_append_only_update before update on run_metrics when not exists (select 1 from maintenance)
begin select raise(abort, 'run_metrics is append-only'); end;
create trigger run_metrics_append_only_delete before delete on run_metrics when not exists (select 1 from maintenance)
begin select raise(abort, 'run_metrics is append-only'); end;

-- @down
-- @end
