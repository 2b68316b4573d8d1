package dev.ledgerstone.access;

import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static dev.ledgerstone.db.schema.Tables.USERS;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.audit.SecurityEvent;
import dev.ledgerstone.audit.SecurityEvent.Kind;
import dev.ledgerstone.audit.SecurityEvent.Severity;
import dev.ledgerstone.audit.SecurityEvent.SubjectKind;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.schema.tables.records.UserSessionsRecord;
import dev.ledgerstone.db.schema.tables.records.UsersRecord;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Lets people in by their password.
 *
 * <p>Promises: a wrong name and a wrong password cost the same time and get the same answer; an
 * account rests longer with each failure in a row, and a right guess while it rests is none; one
 * address has only so many attempts a minute.
 */
public final class SignIn {
  private static final int MOST_ADDRESSES = 100_000;

  /** A session just begun: the only moment at which its token is known. */
  public record Begun(UserSessionsRecord session, String username, String role, String token) {
    /** Holds a secret: never shown. */
    @Override
    public String toString() {
      return "Begun[" + session.getId() + "]";
    }
  }

  /** Who might be meant. */
  private record Candidate(
      UUID tenant, String status, @Nullable UUID user, @Nullable String hash) {}

  private final Database database;
  private final Passwords passwords;
  private final SignInRules rules;
  private final Watch watch;
  private final Clock clock;
  private final Cache<String, Bucket> addresses =
      Caffeine.newBuilder()
          .maximumSize(MOST_ADDRESSES)
          .expireAfterAccess(Duration.ofMinutes(2))
          .build();

  SignIn(Database database, Passwords passwords, SignInRules rules, Watch watch, Clock clock) {
    this.watch = watch;
    this.database = database;
    this.passwords = passwords;
    this.rules = rules;
    this.clock = clock;
  }

  /**
   * Begins a session.
   *
   * @param login a user's name or e-mail address
   * @param actor nobody yet, of whatever tenant
   */
  Begun in(String tenant, String login, String password, Arrival arrival, Actor actor) {
    takeTurn(actor);
    Candidate candidate = database.<@Nullable Candidate>read(sql -> find(sql, tenant, login));
    boolean isRight = passwords.matches(password, candidate == null ? null : candidate.hash);
    if (candidate == null || candidate.user == null) {
      UUID of = candidate == null ? Tenants.PLATFORM : candidate.tenant;
      database.write(sql -> failed(sql, actor.in(of), tenant + "/" + login, null));
      throw new AccessProblem.BadCredentials().exception();
    }
    Actor there = actor.in(candidate.tenant);
    UUID user = candidate.user;
    String better =
        isRight && candidate.hash != null && Passwords.isWeak(candidate.hash)
            ? passwords.hash(password)
            : null;
    Begun begun =
        database.<@Nullable Begun>write(
            sql -> {
              UsersRecord row = lock(sql, there.tenant(), user);
              if (!isRight(sql, row, candidate.hash, isRight, there)) {
                return null;
              }
              if (!candidate.status.equals("ACTIVE") || !row.getIsActive()) {
                throw new AccessProblem.Inactive(row.getIsActive() ? "tenant" : "user").exception();
              }
              if (better != null) {
                row.setPasswordHash(better);
              }
              return begin(sql, row, arrival, "SIGN_IN", there);
            });
    if (begun == null) {
      throw new AccessProblem.BadCredentials().exception();
    }
    return begun;
  }

  /** Begins a session of a user who has proved who they are; the row is locked. */
  Begun begin(DSLContext sql, UsersRecord user, Arrival arrival, String how, Actor actor) {
    Instant now = clock.instant();
    user.setFailedLoginCount(0);
    user.set(USERS.LOCKED_UNTIL, null);
    user.setLastLoginAt(now);
    user.update();
    String token = Secrets.newSession();
    UserSessionsRecord session =
        SessionStore.create(sql, actor, user.getId(), token, arrival, how, rules, now);
    watch.signedIn(sql, actor, session);
    return new Begun(session, user.getUsername(), user.getRole(), token);
  }

  /** Whether a user knows their password; a failure counts as one to sign in. */
  boolean knows(Caller caller, String password, Actor actor) {
    takeTurn(actor);
    UUID tenant = caller.tenant().id();
    String hash =
        database.read(
            sql ->
                sql.select(USERS.PASSWORD_HASH)
                    .from(USERS)
                    .where(USERS.TENANT_ID.eq(tenant))
                    .and(USERS.ID.eq(caller.user()))
                    .fetchOne(USERS.PASSWORD_HASH));
    boolean isRight = passwords.matches(password, hash);
    return database.write(
        sql -> isRight(sql, lock(sql, tenant, caller.user()), hash, isRight, actor));
  }

  /**
   * Judges an attempt by the row as it is now: of many that were tried at once only so many count,
   * and none after the password has become another one.
   */
  private boolean isRight(
      DSLContext sql, UsersRecord row, @Nullable String hash, boolean isRight, Actor actor) {
    Instant now = clock.instant();
    boolean rests = row.getLockedUntil() != null && row.getLockedUntil().isAfter(now);
    if (isRight && !rests && row.getPasswordHash() != null && row.getPasswordHash().equals(hash)) {
      return true;
    }
    failed(sql, actor, row.getUsername(), row.getId());
    if (!rests) {
      int failures = row.getFailedLoginCount() + 1;
      row.setFailedLoginCount(failures);
      Duration lock = rules.lock(failures);
      if (lock.isPositive()) {
        row.setLockedUntil(now.plus(lock));
        SecurityEvent.of(
                actor,
                Kind.ACCOUNT_LOCKED,
                Severity.MEDIUM,
                SubjectKind.USER,
                row.getUsername(),
                row.getId())
            .write(sql, now);
      }
      row.update();
    }
    return false;
  }

  private boolean failed(DSLContext sql, Actor actor, String subject, @Nullable UUID user) {
    SecurityEvent.of(actor, Kind.SIGN_IN_FAILED, Severity.LOW, SubjectKind.USER, subject, user)
        .write(sql, clock.instant());
    watch.signInFailed(sql, actor);
    if (user != null) {
      Audit.note(
          sql, actor, "SIGN_IN", USERS.getName(), user, "not the right password", clock.instant());
    }
    return false;
  }

  private void takeTurn(Actor actor) {
    String address = actor.ip() == null ? "" : actor.ip();
    Bucket bucket =
        addresses.get(
            address,
            _ ->
                Bucket.builder()
                    .addLimit(
                        limit ->
                            limit
                                .capacity(rules.attemptsPerMinute())
                                .refillGreedy(rules.attemptsPerMinute(), Duration.ofMinutes(1)))
                    .build());
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
    if (!probe.isConsumed()) {
      throw new AccessProblem.TooManyAttempts(
              Math.max(1, Duration.ofNanos(probe.getNanosToWaitForRefill()).toSeconds() + 1))
          .exception();
    }
  }

  /** A name is looked at before an address: who takes another's address as a name gains nothing. */
  private static @Nullable Candidate find(DSLContext sql, String slug, String login) {
    String key = login.strip().toLowerCase(Locale.ROOT);
    return sql.select(TENANTS.ID, TENANTS.STATUS, USERS.ID, USERS.PASSWORD_HASH)
        .from(TENANTS)
        .leftJoin(USERS)
        .on(
            USERS
                .TENANT_ID
                .eq(TENANTS.ID)
                .and(USERS.USERNAME_KEY.eq(key).or(USERS.EMAIL_KEY.eq(key))))
        .where(TENANTS.SLUG.eq(slug))
        .orderBy(USERS.USERNAME_KEY.eq(key).desc().nullsLast())
        .limit(1)
        .fetchOne(row -> new Candidate(row.value1(), row.value2(), row.value3(), row.value4()));
  }

  static UsersRecord lock(DSLContext sql, UUID tenant, UUID user) {
    return Dialect.locked(
            sql, sql.selectFrom(USERS).where(USERS.TENANT_ID.eq(tenant)).and(USERS.ID.eq(user)))
        .fetchSingle();
  }
}
