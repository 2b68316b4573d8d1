package dev.ledgerstone.access;

import static dev.ledgerstone.db.schema.Tables.PASSWORD_RESETS;
import static dev.ledgerstone.db.schema.Tables.USERS;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.audit.SecurityEvent;
import dev.ledgerstone.audit.SecurityEvent.Severity;
import dev.ledgerstone.audit.SecurityEvent.SubjectKind;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.schema.tables.records.PasswordResetsRecord;
import dev.ledgerstone.db.schema.tables.records.UsersRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** Passwords, and the tokens by which they are set anew. */
public final class PasswordStore {
  static final Duration RESET_LASTS = Duration.ofHours(24);

  private PasswordStore() {}

  /**
   * Gives a user of the actor's tenant a password, and ends their sessions.
   *
   * @param hash as {@link Passwords#hash} makes it
   * @param but a session that stays; null: none
   * @param why PASSWORD_CHANGED or PASSWORD_RESET
   */
  public static void set(
      DSLContext sql,
      Actor actor,
      UUID user,
      String hash,
      @Nullable UUID but,
      SecurityEvent.Kind why,
      Instant now) {
    UsersRecord row = SignIn.lock(sql, actor.tenant(), user);
    row.setPasswordHash(hash);
    row.setFailedLoginCount(0);
    row.set(USERS.LOCKED_UNTIL, null);
    row.setUpdatedAt(now);
    row.setVersion(row.getVersion() + 1);
    Audit.store(sql, actor, row, false, now);
    SecurityEvent.of(actor, why, Severity.INFO, SubjectKind.USER, row.getUsername(), user)
        .write(sql, now);
    voidOthers(sql, actor.tenant(), user, now);
    int ended = SessionStore.endAll(sql, actor, user, but, now);
    System.getLogger(PasswordStore.class.getName())
        .log(System.Logger.Level.DEBUG, "a new password ended {0} sessions", ended);
  }

  private static void voidOthers(DSLContext sql, UUID tenant, UUID user, Instant now) {
    sql.update(PASSWORD_RESETS)
        .set(PASSWORD_RESETS.USED_AT, now)
        .where(PASSWORD_RESETS.TENANT_ID.eq(tenant))
        .and(PASSWORD_RESETS.USER_ID.eq(user))
        .and(PASSWORD_RESETS.USED_AT.isNull())
        .execute();
  }

  /** A reset just made: the only moment at which its token is known. */
  record Reset(UUID id, String token, Instant expiresAt) {
    /** Holds a secret: never shown. */
    @Override
    public String toString() {
      return "Reset[" + id + "]";
    }
  }

  /** Makes a token; earlier ones of the user are void. */
  static Reset reset(DSLContext sql, Actor actor, UUID user, Instant now) {
    voidOthers(sql, actor.tenant(), user, now);
    Reset reset = new Reset(Ids.next(), Secrets.newReset(), now.plus(RESET_LASTS));
    sql.insertInto(PASSWORD_RESETS)
        .set(PASSWORD_RESETS.ID, reset.id)
        .set(PASSWORD_RESETS.TENANT_ID, actor.tenant())
        .set(PASSWORD_RESETS.USER_ID, user)
        .set(PASSWORD_RESETS.TOKEN_HASH, Secrets.hash(reset.token))
        .set(PASSWORD_RESETS.EXPIRES_AT, reset.expiresAt)
        .set(PASSWORD_RESETS.CREATED_AT, now)
        .set(PASSWORD_RESETS.CREATED_BY, actor.user())
        .execute();
    Audit.inserted(sql, actor, PASSWORD_RESETS, reset.id, now);
    return reset;
  }

  /** A reset that can still be used; locked where others could use it too. */
  static Optional<PasswordResetsRecord> open(DSLContext sql, String token, Instant now) {
    Condition isOpen =
        PASSWORD_RESETS
            .TOKEN_HASH
            .eq(Secrets.hash(token))
            .and(PASSWORD_RESETS.USED_AT.isNull())
            .and(PASSWORD_RESETS.EXPIRES_AT.gt(now));
    return Dialect.locked(sql, sql.selectFrom(PASSWORD_RESETS).where(isOpen)).fetchOptional();
  }
}
