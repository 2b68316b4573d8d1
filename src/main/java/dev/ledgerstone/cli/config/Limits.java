package dev.ledgerstone.cli.config;

import static dev.ledgerstone.db.schema.Tables.RATE_LIMIT_POLICIES;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.schema.tables.records.RateLimitPoliciesRecord;
import dev.ledgerstone.settings.Config;
import java.util.List;
import java.util.UUID;

/** The section {@code limits}. */
record Limits(Diff diff, Names names) {
  void apply(List<Config.Limit> wishes) {
    wishes.forEach(this::limit);
  }

  private void limit(Config.Limit wish) {
    UUID tenant =
        wish.subject() == Config.Subject.GLOBAL ? Tenants.PLATFORM : names.tenant(wish.tenant());
    String subject = subject(tenant, wish);
    long window = wish.window().toMillis();
    RateLimitPoliciesRecord row =
        diff.sql()
            .fetchOne(
                RATE_LIMIT_POLICIES,
                RATE_LIMIT_POLICIES
                    .TENANT_ID
                    .eq(tenant)
                    .and(RATE_LIMIT_POLICIES.SUBJECT_KIND.eq(wish.subject().name()))
                    .and(RATE_LIMIT_POLICIES.SUBJECT.eq(subject))
                    .and(RATE_LIMIT_POLICIES.UNIT.eq(wish.unit().name()))
                    .and(RATE_LIMIT_POLICIES.WINDOW_MILLIS.eq(window)));
    boolean isNew = row == null;
    if (row == null) {
      row = diff.sql().newRecord(RATE_LIMIT_POLICIES);
      row.setId(Ids.next());
      row.setTenantId(tenant);
      row.setSubjectKind(wish.subject().name());
      row.setSubject(subject);
      row.setUnit(wish.unit().name());
      row.setWindowMillis(window);
      row.setIsActive(true);
      row.setCreatedAt(diff.now());
      row.setVersion(1L);
    }
    diff.set(row, RATE_LIMIT_POLICIES.QUOTA, wish.quota());
    diff.set(row, RATE_LIMIT_POLICIES.BURST, wish.burst());
    diff.set(row, RATE_LIMIT_POLICIES.PRIORITY, wish.priority());
    diff.store(row, isNew, RATE_LIMIT_POLICIES.UPDATED_AT, RATE_LIMIT_POLICIES.VERSION);
  }

  private String subject(UUID tenant, Config.Limit wish) {
    if (wish.subjectId().equals("*")) {
      return "*";
    }
    return switch (wish.subject()) {
      case TENANT -> names.tenant(wish.subjectId()).toString();
      case USER -> names.user(tenant, wish.subjectId()).toString();
      case API_KEY -> names.key(tenant, wish.subjectId()).toString();
      case IP, MODEL, GLOBAL -> wish.subjectId();
    };
  }
}
