package dev.ledgerstone.access;

/** The permissions that the code asks for; docs/permissions.md lists them. */
public final class Permissions {
  public static final Permission CALL_MODELS = Permission.of("gateway.ai_models:call");
  public static final Permission READ_MODELS = Permission.of("gateway.ai_models:read");
  public static final Permission READ_PROVIDER_KEYS =
      Permission.of("providers.ai_provider_keys:read");
  public static final Permission WRITE_PROVIDER_KEYS =
      Permission.of("providers.ai_provider_keys:write");
  public static final Permission READ_CACHE = Permission.of("gateway.response_cache_entries:read");
  public static final Permission WRITE_CACHE =
      Permission.of("gateway.response_cache_entries:write");
  public static final Permission READ_REQUESTS = Permission.of("ledger.ai_requests:read");
  public static final Permission READ_BODIES = Permission.of("ledger.ai_request_bodies:read");
  public static final Permission WRITE_FEEDBACK = Permission.of("ledger.request_feedback:write");
  public static final Permission WRITE_SCORES = Permission.of("ledger.request_scores:write");
  public static final Permission WRITE_CONVERSATIONS = Permission.of("chat.conversations:write");
  public static final Permission READ_COSTS = Permission.of("ledger.cost_tracking:read");
  public static final Permission READ_BUDGETS = Permission.of("ledger.budgets:read");
  public static final Permission WRITE_BUDGETS = Permission.of("ledger.budgets:write");
  public static final Permission READ_KEYS = Permission.of("identity.api_keys:read");
  public static final Permission WRITE_KEYS = Permission.of("identity.api_keys:write");
  public static final Permission READ_USERS = Permission.of("identity.users:read");
  public static final Permission WRITE_USERS = Permission.of("identity.users:write");
  public static final Permission READ_SESSIONS = Permission.of("identity.user_sessions:read");
  public static final Permission WRITE_SESSIONS = Permission.of("identity.user_sessions:write");
  public static final Permission READ_TENANT = Permission.of("identity.tenants:read");
  public static final Permission WRITE_TENANT = Permission.of("identity.tenants:write");
  public static final Permission VERIFY_AUDIT = Permission.of("audit.audit_seals:verify");
  public static final Permission READ_JOBS = Permission.of("jobs.jobs:read");
  public static final Permission WRITE_JOBS = Permission.of("jobs.jobs:write");
  public static final Permission READ_JOB_QUEUES = Permission.of("jobs.job_queues:read");
  public static final Permission WRITE_JOB_QUEUES = Permission.of("jobs.job_queues:write");
  public static final Permission READ_JOB_SCHEDULES = Permission.of("jobs.job_schedules:read");
  public static final Permission WRITE_JOB_SCHEDULES = Permission.of("jobs.job_schedules:write");
  public static final Permission READ_WEBHOOKS = Permission.of("notify.webhook_endpoints:read");
  public static final Permission WRITE_WEBHOOKS = Permission.of("notify.webhook_endpoints:write");
  public static final Permission READ_EVENTS = Permission.of("events.event_records:read");
  public static final Permission WRITE_EVENTS = Permission.of("events.event_records:write");
  public static final Permission READ_COMPLIANCE = Permission.of("audit.compliance_reports:read");
  public static final Permission WRITE_COMPLIANCE = Permission.of("audit.compliance_reports:write");
  public static final Permission READ_FORMS = Permission.of("audit.form_templates:read");
  public static final Permission WRITE_FORMS = Permission.of("audit.form_templates:write");
  public static final Permission READ_SUBMISSIONS = Permission.of("audit.form_submissions:read");
  public static final Permission WRITE_SUBMISSIONS = Permission.of("audit.form_submissions:write");

  private Permissions() {}
}
