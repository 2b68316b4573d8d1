package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.base.Ids;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jooq.DSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What PostgreSQL alone can do, tried before the schema grows on it: partitions by range of a
 * UUIDv7, and row-level security for a role that owns its tables and is no superuser
 * (docs/adr/0008).
 */
class PostgresTrialTest {
  private static final Instant JANUARY = Instant.parse("2031-01-01T00:00:00Z");
  private static final Instant FEBRUARY = Instant.parse("2031-02-01T00:00:00Z");
  private static final Instant MARCH = Instant.parse("2031-03-01T00:00:00Z");

  private static final UUID OURS = Ids.next();
  private static final UUID THEIRS = Ids.next();

  private final Database database = TestDatabases.empty(Engine.POSTGRES);

  @BeforeEach
  void partitionedTable() {
    run(
        "create table lines (id uuid not null primary key, tenant_id uuid not null, n int) partition by range (id)",
        "create table lines_default partition of lines default",
        january("create table lines_2031_01 partition of lines"),
        "create table lines_2031_02 partition of lines for values from ('%s') to ('%s')"
            .formatted(Ids.lowest(FEBRUARY), Ids.lowest(MARCH)));
  }

  // ---- partitions

  @Test
  void aRowGoesWhereItsIdWasMade() {
    assertThat(insert(OURS, JANUARY)).isEqualTo("lines_2031_01");
    assertThat(insert(OURS, FEBRUARY.minusMillis(1))).isEqualTo("lines_2031_01");
    assertThat(insert(OURS, FEBRUARY)).isEqualTo("lines_2031_02");
    assertThat(insert(OURS, MARCH)).isEqualTo("lines_default");
  }

  @Test
  void thePrimaryKeyStaysTheIdAlone() {
    insert(OURS, JANUARY);

    assertThat(text("select pg_get_indexdef('lines_pkey'::regclass)")).endsWith("(id)");
    refused("23505", () -> insert(OURS, JANUARY));
  }

  @Test
  void aMonthIsTakenOffAndPutBack() {
    insert(OURS, JANUARY);
    insert(OURS, FEBRUARY);

    run("alter table lines detach partition lines_2031_01");
    assertThat(count("lines")).isOne();
    assertThat(count("lines_2031_01")).isOne();

    run(january("alter table lines attach partition lines_2031_01"));
    assertThat(count("lines")).isEqualTo(2);
  }

  @Test
  void aTableWithOtherMonthsRowsIsNotAttached() {
    insert(OURS, JANUARY);
    run(
        "alter table lines detach partition lines_2031_01",
        "insert into lines_2031_01 values ('%s', '%s', 1)".formatted(Ids.lowest(FEBRUARY), OURS));

    refused("23514", () -> run(january("alter table lines attach partition lines_2031_01")));
  }

  @Test
  void aMonthIsDroppedPastATriggerThatForbidsToDelete() {
    insert(OURS, JANUARY);
    insert(OURS, FEBRUARY);
    appendOnly();
    refused("23001", () -> run("delete from lines"));

    run("alter table lines detach partition lines_2031_01", "drop table lines_2031_01");

    assertThat(count("lines")).isOne();
  }

  @Test
  void truncateIsPastRowTriggersToo() {
    insert(OURS, JANUARY);
    appendOnly();

    run("truncate lines");

    assertThat(count("lines")).isZero();
  }

  @Test
  void aDefaultPartitionForbidsToDetachConcurrently() throws SQLException {
    try (Connection connection = database.borrowWriter();
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(
              () ->
                  statement.execute(
                      "alter table lines detach partition lines_2031_01 concurrently"))
          .hasMessageContaining("default partition exists");
    }
  }

  @Test
  void aLookUpByIdReadsOnePartition() {
    String plan =
        database.read(
            sql ->
                sql.fetch("explain select * from lines where id = '" + Ids.lowest(JANUARY) + "'")
                    .format());

    assertThat(plan).contains("lines_2031_01").doesNotContain("lines_2031_02", "lines_default");
  }

  // ---- row-level security

  @Test
  void withoutATenantNoRowIsSeen() {
    oneRowOfEachTenant();

    assertThat(count("lines")).isZero();
  }

  @Test
  void aTenantSeesItsOwnRows() {
    oneRowOfEachTenant();

    assertThat(seenBy(OURS, "select tenant_id from lines")).containsExactly(OURS.toString());
    assertThat(seenBy(THEIRS, "select tenant_id from lines")).containsExactly(THEIRS.toString());
    assertThat(seenBy(OURS, "select count(*) from lines")).containsExactly("1");
  }

  @Test
  void theTenantGoesWithItsTransaction() throws SQLException {
    oneRowOfEachTenant();
    try (Connection pooled = database.borrowWriter()) {
      database.begin(pooled);
      act(database.on(pooled), OURS);
      assertThat(database.on(pooled).fetchCount(rows())).isOne();
      database.commit(pooled);

      // The setting is now '' and no longer null: a policy without nullif would fail here.
      assertThat(database.on(pooled).fetchCount(rows())).isZero();
    }
  }

  @Test
  void aRowCannotBeWrittenForAnotherTenant() {
    secured();

    refused(
        "42501",
        () ->
            database.write(
                sql -> {
                  act(sql, OURS);
                  return sql.execute(insertText(THEIRS, JANUARY));
                }));
  }

  @Test
  void aRowCannotBeGivenToAnotherTenant() {
    oneRowOfEachTenant();

    refused(
        "42501",
        () ->
            database.write(
                sql -> {
                  act(sql, OURS);
                  return sql.execute("update lines set tenant_id = '" + THEIRS + "'");
                }));
  }

  @Test
  void anotherTenantsRowsAreNeitherChangedNorDeleted() {
    oneRowOfEachTenant();

    int touched =
        database.write(
            sql -> {
              act(sql, OURS);
              return sql.execute("update lines set n = 2 where tenant_id = '" + THEIRS + "'")
                  + sql.execute("delete from lines where tenant_id = '" + THEIRS + "'");
            });

    assertThat(touched).isZero();
    assertThat(seenBy(THEIRS, "select n from lines")).containsExactly("1");
  }

  @Test
  void aCheapFunctionInAQueryIsNotShownTheRowsOfOthers() {
    oneRowOfEachTenant();
    run(
        """
        create function tell(tenant uuid) returns boolean language plpgsql cost 0.0000001 as $$
        begin
          if tenant = '%s' then raise exception 'seen'; end if;
          return true;
        end $$"""
            .formatted(THEIRS));

    assertThat(seenBy(OURS, "select n from lines where tell(tenant_id)")).containsExactly("1");
    assertThatThrownBy(() -> seenBy(THEIRS, "select n from lines where tell(tenant_id)"))
        .cause()
        .hasMessageContaining("seen");
  }

  @Test
  void withoutForceTheTablesOwnerIsNotHeld() {
    oneRowOfEachTenant();
    run("alter table lines no force row level security");

    assertThat(count("lines")).isEqualTo(2);
  }

  @Test
  void thePolicyOfTheWholeDoesNotHoldOnAPartThatIsNamed() {
    oneRowOfEachTenant();
    assertThat(seenBy(OURS, "select tenant_id from lines_2031_01")).hasSize(2);

    secure("lines_2031_01");

    assertThat(seenBy(OURS, "select tenant_id from lines_2031_01"))
        .containsExactly(OURS.toString());
  }

  // ---- what the tests are made of

  private void oneRowOfEachTenant() {
    insert(OURS, JANUARY);
    insert(THEIRS, JANUARY.plusMillis(1));
    secured();
  }

  private void secured() {
    secure("lines");
  }

  private void secure(String table) {
    run(
        "alter table " + table + " enable row level security",
        "alter table " + table + " force row level security",
        "create policy tenant on "
            + table
            + " using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)");
  }

  private void appendOnly() {
    run(
        """
        create function refuse() returns trigger language plpgsql as $$
        begin
          raise exception 'append-only' using errcode = 'restrict_violation';
        end $$""",
        "create trigger lines_append_only before update or delete on lines for each row execute function refuse()");
  }

  private static String january(String statement) {
    return statement
        + " for values from ('%s') to ('%s')".formatted(Ids.lowest(JANUARY), Ids.lowest(FEBRUARY));
  }

  private static String insertText(UUID tenant, Instant at) {
    return "insert into lines values ('%s', '%s', 1)".formatted(Ids.lowest(at), tenant);
  }

  /** Tells the partition that took the row. */
  private String insert(UUID tenant, Instant at) {
    return database.write(
        sql ->
            sql.fetchSingle(insertText(tenant, at) + " returning tableoid::regclass::text")
                .get(0, String.class));
  }

  private static void act(DSLContext sql, UUID tenant) {
    sql.execute("set local app.tenant = '" + tenant + "'");
  }

  private List<String> seenBy(UUID tenant, String query) {
    return database.write(
        sql -> {
          act(sql, tenant);
          return sql.fetch(query).getValues(0, String.class);
        });
  }

  private static org.jooq.Table<?> rows() {
    return org.jooq.impl.DSL.table("lines");
  }

  private int count(String table) {
    return database.read(
        sql -> sql.fetchSingle("select count(*) from " + table).get(0, Integer.class));
  }

  private String text(String query) {
    return database.read(sql -> sql.fetchSingle(query).get(0, String.class));
  }

  private void run(String... statements) {
    database.writeJdbc(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            for (String each : statements) {
              statement.execute(each);
            }
          }
          return null;
        });
  }

  private static void refused(String state, ThrowingCallable work) {
    assertThatThrownBy(work)
        .satisfies(
            problem ->
                assertThat(SqlStates.of(EngineTrialTest.sqlCause(problem))).isEqualTo(state));
  }
}
