package dev.ledgerstone.access;

import static dev.ledgerstone.db.schema.Tables.SESSION_ACTIVITIES;
import static dev.ledgerstone.db.schema.Tables.USER_SESSIONS;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.schema.tables.records.UserSessionsRecord;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** Signed-in devices. */
final class SessionStore {
  /** What became of a session, as {@code session_activities} says it. */
  enum Activity {
    SIGN_IN,
    SIGN_OUT
  }

  private SessionStore() {}

  /** Begins a session; its token is kept as a hash. */
  static UserSessionsRecord create(
      DSLContext sql,
      Actor actor,
      UUID user,
      String token,
      Arrival arrival,
      String how,
      SignInRules rules,
      Instant now) {
    UserSessionsRecord row = sql.newRecord(USER_SESSIONS);
    row.setId(Ids.next());
    row.setTenantId(actor.tenant());
    row.setUserId(user);
    row.setTokenHash(Secrets.hash(token));
    row.set(USER_SESSIONS.DEVICE_NAME, arrival.device());
    row.setDeviceType(deviceType(actor.userAgent()));
    row.set(USER_SESSIONS.USER_AGENT, actor.userAgent());
    row.set(USER_SESSIONS.IP, actor.ip());
    row.set(USER_SESSIONS.COUNTRY, arrival.location().country());
    row.set(USER_SESSIONS.CITY, arrival.location().city());
    row.set(USER_SESSIONS.LATITUDE, arrival.location().latitude());
    row.set(USER_SESSIONS.LONGITUDE, arrival.location().longitude());
    row.setLastSeenAt(now);
    row.setExpiresAt(rules.expiry(now, now));
    row.setCreatedAt(now);
    row.setUpdatedAt(now);
    row.insert();
    activity(sql, row, Activity.SIGN_IN, actor, now);
    Audit.note(
        sql,
        new Actor(
            actor.tenant(),
            Actor.Kind.USER,
            user,
            null,
            row.getId(),
            actor.request(),
            actor.ip(),
            actor.userAgent()),
        how,
        USER_SESSIONS.getName(),
        row.getId(),
        null,
        now);
    return row;
  }

  private static String deviceType(@Nullable String agent) {
    String name = agent == null ? "" : agent.toLowerCase(Locale.ROOT);
    return name.contains("mobile") ? "MOBILE" : name.contains("mozilla") ? "DESKTOP" : "PROGRAM";
  }

  private static void activity(
      DSLContext sql, UserSessionsRecord session, Activity what, Actor actor, Instant now) {
    sql.insertInto(SESSION_ACTIVITIES)
        .set(SESSION_ACTIVITIES.ID, Ids.next())
        .set(SESSION_ACTIVITIES.TENANT_ID, session.getTenantId())
        .set(SESSION_ACTIVITIES.SESSION_ID, session.getId())
        .set(SESSION_ACTIVITIES.ACTION, what.name())
        .set(SESSION_ACTIVITIES.IP, actor.ip())
        .set(SESSION_ACTIVITIES.AT, now)
        .execute();
  }

  /** Notes that a session was used, which puts its end off. */
  static void touch(DSLContext sql, UUID id, Instant at, SignInRules rules) {
    UserSessionsRecord row =
        sql.fetchOne(USER_SESSIONS, USER_SESSIONS.ID.eq(id).and(USER_SESSIONS.REVOKED_AT.isNull()));
    if (row != null && row.getLastSeenAt().isBefore(at)) {
      row.setLastSeenAt(at);
      row.setExpiresAt(rules.expiry(row.getCreatedAt(), at));
      row.setUpdatedAt(at);
      row.update();
    }
  }

  /** Sessions that work, the oldest first. */
  static List<UserSessionsRecord> list(
      DSLContext sql, UUID tenant, UUID user, @Nullable UUID after, Instant now, int limit) {
    Condition where = open(tenant, now).and(USER_SESSIONS.USER_ID.eq(user));
    return sql.selectFrom(USER_SESSIONS)
        .where(after == null ? where : where.and(USER_SESSIONS.ID.gt(after)))
        .orderBy(USER_SESSIONS.ID)
        .limit(limit)
        .fetch();
  }

  private static Condition open(UUID tenant, Instant now) {
    return USER_SESSIONS
        .TENANT_ID
        .eq(tenant)
        .and(USER_SESSIONS.REVOKED_AT.isNull())
        .and(USER_SESSIONS.EXPIRES_AT.gt(now));
  }

  /** A session that works, of a user whom the caller reaches. */
  static UserSessionsRecord require(DSLContext sql, Sight sight, UUID id, Instant now) {
    return sql.selectFrom(USER_SESSIONS)
        .where(open(sight.tenant(), now))
        .and(sight.rows(USER_SESSIONS.TENANT_ID, USER_SESSIONS.USER_ID))
        .and(USER_SESSIONS.ID.eq(id))
        .fetchOptional()
        .orElseThrow(() -> new RequestProblem.NotFound("session", id.toString()).exception());
  }

  /** Ends a session. */
  static void end(DSLContext sql, Actor actor, UserSessionsRecord row, Instant now) {
    row.setRevokedAt(now);
    row.setUpdatedAt(now);
    row.update();
    activity(sql, row, Activity.SIGN_OUT, actor, now);
    Audit.note(
        sql, actor, Activity.SIGN_OUT.name(), USER_SESSIONS.getName(), row.getId(), null, now);
  }

  /**
   * Ends a user's sessions.
   *
   * @param but that one; null: all
   * @return how many
   */
  static int endAll(DSLContext sql, Actor actor, UUID user, @Nullable UUID but, Instant now) {
    Condition where = open(actor.tenant(), now).and(USER_SESSIONS.USER_ID.eq(user));
    List<UserSessionsRecord> rows =
        sql.selectFrom(USER_SESSIONS)
            .where(but == null ? where : where.and(USER_SESSIONS.ID.ne(but)))
            .orderBy(USER_SESSIONS.ID)
            .fetch();
    rows.forEach(row -> end(sql, actor, row, now));
    return rows.size();
  }
}
