package dev.ledgerstone.db;

import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.BUDGET_ALERTS;
import static dev.ledgerstone.db.schema.Tables.BUDGET_PERIODS;
import static dev.ledgerstone.db.schema.Tables.MAINTENANCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.testkit.People;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the schema builds on, tried on both engines: append-only triggers, references that cannot
 * leave a tenant, upserts against a partial unique index (docs/adr/0008). What PostgreSQL alone can
 * do is tried in PostgresTrialTest.
 */
@ParameterizedClass
@EnumSource(Engine.class)
class EngineTrialTest {
  private static final Instant NOW = Instant.parse("2031-11-05T12:00:00Z");

  private final Engine engine;
  private final Database database;
  private final People people;

  EngineTrialTest(Engine engine) {
    this.engine = engine;
    this.database = TestDatabases.fresh(engine);
    this.people = People.in(database);
  }

  // ---- append-only

  @Test
  void anAppendOnlyRowCannotBeChanged() {
    UUID alert = alert();

    refused("23001", () -> database.write(sql -> change(sql, alert)));
    assertThat(percent(alert)).isEqualTo(50);
  }

  @Test
  void anAppendOnlyRowCannotBeDeleted() {
    UUID alert = alert();

    refused("23001", () -> database.write(sql -> delete(sql, alert)));
    assertThat(percent(alert)).isEqualTo(50);
  }

  @Test
  void anAppendOnlyTableLetsRowsIn() {
    assertThat(percent(alert())).isEqualTo(50);
  }

  @Test
  void aMaintenanceRowLetsItsTransactionChangeAndDelete() {
    UUID kept = alert();
    UUID gone = alert();

    int touched =
        database.write(
            sql -> {
              UUID reason = allow(sql);
              int rows = change(sql, kept) + delete(sql, gone);
              forbid(sql, reason);
              return rows;
            });

    assertThat(touched).isEqualTo(2);
    assertThat(percent(kept)).isEqualTo(51);
    assertThat(percent(gone)).isNull();
    refused("23001", () -> database.write(sql -> change(sql, kept)));
  }

  @Test
  void theExceptionGoesWithATransactionThatIsRolledBack() {
    UUID alert = alert();

    assertThatThrownBy(
            () ->
                database.write(
                    sql -> {
                      allow(sql);
                      delete(sql, alert);
                      throw new IllegalStateException("thought better of it");
                    }))
        .hasMessage("thought better of it");

    assertThat(percent(alert)).isEqualTo(50);
    refused("23001", () -> database.write(sql -> delete(sql, alert)));
  }

  @Test
  void noOtherTransactionCanUseTheException() throws SQLException {
    UUID alert = alert();
    DatabaseSettings impatient =
        new DatabaseSettings(TestDatabases.url(database), 1, 1, Duration.ofMillis(300));
    try (Connection open = database.borrowWriter();
        Database other = Database.open(impatient)) {
      database.begin(open);
      allow(database.on(open));

      assertThat(other.<Integer>read(sql -> sql.fetchCount(MAINTENANCE))).isZero();
      switch (engine) {
        // The file has one writer: nobody else gets as far as a trigger.
        case SQLITE -> refused("55P03", () -> other.write(sql -> delete(sql, alert)));
        case POSTGRES -> refused("23001", () -> other.write(sql -> delete(sql, alert)));
      }
      assertThat(delete(database.on(open), alert)).isOne();
      database.rollBack(open, new IllegalStateException());
    }
    assertThat(percent(alert)).isEqualTo(50);
  }

  // ---- references within a tenant

  @Test
  void aRowMayPointToARowOfItsTenant() {
    assertThat(key(people.tenant(), people.user())).isOne();
  }

  @Test
  void aRowCannotPointIntoAnotherTenant() {
    People others = People.in(database);

    refused("23503", () -> key(people.tenant(), others.user()));
    refused("23503", () -> key(others.tenant(), people.user()));
  }

  @Test
  void aRowCannotMoveToAnotherTenantWithItsReference() {
    People others = People.in(database);

    refused(
        "23503",
        () ->
            database.write(
                sql ->
                    sql.update(API_KEYS)
                        .set(API_KEYS.TENANT_ID, others.tenant())
                        .set(API_KEYS.NAME, "moved")
                        .where(API_KEYS.ID.eq(people.key()))
                        .execute()));
  }

  // ---- upserts against a partial unique index

  @Test
  void anUpsertMeetsTheRowThatAPartialIndexHolds() {
    trialTable();

    assertThat(upsert("a", 1)).isOne();
    assertThat(upsert("a", 2)).isOne();

    assertThat(values()).isEqualTo("a=2");
  }

  @Test
  void anUpsertPassesRowsThatAPartialIndexLeavesOut() {
    trialTable();
    upsert("a", 1);
    database.write(sql -> sql.execute("update trial set gone = 1"));

    upsert("a", 2);
    upsert("a", 3);

    assertThat(values()).isEqualTo("a=1 gone, a=3");
  }

  @Test
  void anUpsertThatDoesNotNameThePartIsRefused() {
    trialTable();

    // PostgreSQL 42P10; SQLite has no code for it.
    assertThatThrownBy(
            () ->
                database.write(
                    sql ->
                        sql.execute(
                            "insert into trial (name, val) values ('a', 1) on conflict (name) do update set val = 2")))
        .isInstanceOf(ProblemException.class)
        .cause()
        .hasMessageContaining("ON CONFLICT");
    assertThat(values()).isEmpty();
  }

  @Test
  void aSecondLiveRowIsRefusedWithoutAnUpsert() {
    trialTable();
    upsert("a", 1);

    refused(
        "23505",
        () -> database.write(sql -> sql.execute("insert into trial (name, val) values ('a', 2)")));
  }

  // ---- rows

  private UUID alert() {
    UUID budget = people.hardBudget("DAILY", 1_000);
    UUID period = Ids.next();
    UUID alert = Ids.next();
    database.write(
        sql -> {
          sql.insertInto(BUDGET_PERIODS)
              .set(BUDGET_PERIODS.ID, period)
              .set(BUDGET_PERIODS.TENANT_ID, people.tenant())
              .set(BUDGET_PERIODS.BUDGET_ID, budget)
              .set(BUDGET_PERIODS.PERIOD_START, NOW)
              .set(BUDGET_PERIODS.UPDATED_AT, NOW)
              .execute();
          return sql.insertInto(BUDGET_ALERTS)
              .set(BUDGET_ALERTS.ID, alert)
              .set(BUDGET_ALERTS.TENANT_ID, people.tenant())
              .set(BUDGET_ALERTS.BUDGET_PERIOD_ID, period)
              .set(BUDGET_ALERTS.THRESHOLD_PERCENT, 50)
              .set(BUDGET_ALERTS.SPENT_NANOS, 500L)
              .set(BUDGET_ALERTS.LIMIT_NANOS, 1_000L)
              .set(BUDGET_ALERTS.AT, NOW)
              .execute();
        });
    return alert;
  }

  private static int change(DSLContext sql, UUID alert) {
    return sql.update(BUDGET_ALERTS)
        .set(BUDGET_ALERTS.THRESHOLD_PERCENT, 51)
        .where(BUDGET_ALERTS.ID.eq(alert))
        .execute();
  }

  private static int delete(DSLContext sql, UUID alert) {
    return sql.deleteFrom(BUDGET_ALERTS).where(BUDGET_ALERTS.ID.eq(alert)).execute();
  }

  /** The alert's threshold; null: there is no such alert. */
  private @Nullable Integer percent(UUID alert) {
    return database.<@Nullable Integer>read(
        sql ->
            sql.select(BUDGET_ALERTS.THRESHOLD_PERCENT)
                .from(BUDGET_ALERTS)
                .where(BUDGET_ALERTS.ID.eq(alert))
                .fetchOne(BUDGET_ALERTS.THRESHOLD_PERCENT));
  }

  private static UUID allow(DSLContext sql) {
    UUID id = Ids.next();
    sql.insertInto(MAINTENANCE)
        .set(MAINTENANCE.ID, id)
        .set(MAINTENANCE.REASON, "trial")
        .set(MAINTENANCE.AT, NOW)
        .execute();
    return id;
  }

  private static void forbid(DSLContext sql, UUID id) {
    sql.deleteFrom(MAINTENANCE).where(MAINTENANCE.ID.eq(id)).execute();
  }

  private int key(UUID tenant, UUID user) {
    UUID id = Ids.next();
    return database.write(
        sql ->
            sql.insertInto(API_KEYS)
                .set(API_KEYS.ID, id)
                .set(API_KEYS.TENANT_ID, tenant)
                .set(API_KEYS.USER_ID, user)
                .set(API_KEYS.NAME, id.toString())
                .set(API_KEYS.PREFIX, "lsk_")
                .set(API_KEYS.KEY_HASH, id.toString())
                .set(API_KEYS.CREATED_AT, NOW)
                .set(API_KEYS.UPDATED_AT, NOW)
                .execute());
  }

  private void trialTable() {
    database.writeJdbc(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute("create table trial (name varchar not null, val int, gone int)");
            statement.execute(
                "create unique index trial_live_key on trial (name) where gone is null");
          }
          return null;
        });
  }

  private int upsert(String name, int value) {
    return database.write(
        sql ->
            sql.execute(
                "insert into trial (name, val) values (?, ?)"
                    + " on conflict (name) where gone is null do update set val = excluded.val",
                name,
                value));
  }

  private String values() {
    List<String> rows =
        database.read(
            sql ->
                sql.fetch(
                        "select name || '=' || val || case when gone is null then '' else ' gone' end"
                            + " from trial order by val")
                    .getValues(0, String.class));
    return String.join(", ", rows);
  }

  private static void refused(String state, ThrowingCallable work) {
    assertThatThrownBy(work)
        .isInstanceOf(ProblemException.class)
        .satisfies(
            problem -> assertThat(SqlStates.of(sqlCause(problem))).as("SQLSTATE").isEqualTo(state));
  }

  static SQLException sqlCause(Throwable problem) {
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        return sql;
      }
    }
    throw new AssertionError("no failure of the database", problem);
  }
}
