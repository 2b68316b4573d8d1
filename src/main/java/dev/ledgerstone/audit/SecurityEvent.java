package dev.ledgerstone.audit;

import static dev.ledgerstone.db.schema.Tables.SECURITY_EVENTS;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Ids;
import java.time.Instant;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Something that looks like an attack or a slip.
 *
 * @param subject the id, address or name that it is about, also where there is none such
 * @param user of the tenant; null: nobody whom it knows
 */
public record SecurityEvent(
    UUID tenant,
    Kind kind,
    Severity severity,
    SubjectKind subjectKind,
    @Nullable String subject,
    @Nullable UUID user,
    @Nullable String ip,
    @Nullable String userAgent,
    ObjectNode details) {
  private static final int LONGEST_SUBJECT = 200;

  /** What happened. */
  public enum Kind {
    SIGN_IN_FAILED,
    ACCOUNT_LOCKED,
    PASSWORD_CHANGED,
    PASSWORD_RESET,
    AUDIT_BROKEN,
    PERMISSION_DENIED,
    ADDRESS_REFUSED,
    SIGN_IN_ATTACK,
    NEW_COUNTRY,
    NEW_NETWORK
  }

  /** How bad it is. */
  public enum Severity {
    INFO,
    LOW,
    MEDIUM,
    HIGH,
    CRITICAL
  }

  /** What it is about. */
  public enum SubjectKind {
    USER,
    API_KEY,
    IP,
    TENANT
  }

  public SecurityEvent {
    subject =
        subject == null
            ? null
            : Redaction.text(
                subject.length() <= LONGEST_SUBJECT
                    ? subject
                    : subject.substring(0, LONGEST_SUBJECT));
  }

  /** An event that an actor caused. */
  public static SecurityEvent of(
      Actor actor,
      Kind kind,
      Severity severity,
      SubjectKind subjectKind,
      @Nullable String subject,
      @Nullable UUID user) {
    return new SecurityEvent(
        actor.tenant(),
        kind,
        severity,
        subjectKind,
        subject,
        user,
        actor.ip(),
        actor.userAgent(),
        JsonNodeFactory.instance.objectNode());
  }

  static SecurityEvent broken(UUID tenant) {
    return of(
        Actor.system(tenant),
        Kind.AUDIT_BROKEN,
        Severity.CRITICAL,
        SubjectKind.TENANT,
        tenant.toString(),
        null);
  }

  /** Writes it. */
  public void write(DSLContext sql, Instant now) {
    sql.insertInto(SECURITY_EVENTS)
        .set(SECURITY_EVENTS.ID, Ids.next())
        .set(SECURITY_EVENTS.TENANT_ID, tenant)
        .set(SECURITY_EVENTS.KIND, kind.name())
        .set(SECURITY_EVENTS.SEVERITY, severity.name())
        .set(SECURITY_EVENTS.SUBJECT_KIND, subjectKind.name())
        .set(SECURITY_EVENTS.SUBJECT, subject)
        .set(SECURITY_EVENTS.USER_ID, user)
        .set(SECURITY_EVENTS.IP, ip)
        .set(SECURITY_EVENTS.USER_AGENT, userAgent)
        .set(SECURITY_EVENTS.DETAILS, details)
        .set(SECURITY_EVENTS.CREATED_AT, now)
        .execute();
  }
}
