package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.catalogue.Catalogue;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.assertj.core.api.SoftAssertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The second wall: whatever a statement says, PostgreSQL shows a tenant its own rows alone. A row
 * of each tenant stands in every table; the tables are those of the server's catalogue.
 */
class RowSecurityTest {
  private static final UUID OURS = Ids.next();
  private static final UUID THEIRS = Ids.next();
  private static final UUID PLATFORM = UUID.fromString("00000000-0000-7000-8000-000000000001");

  /** Nobody's: neither setting says anything that a policy would let pass. */
  private static final String AS_NOBODY =
      "select set_config('app.system', '', true), set_config('app.tenant', '', true)";

  private static final String WITH_TENANT =
      """
      select c.relname, case when c.relname = 'tenants' then 'id' else 'tenant_id' end
      from pg_class c
      where c.relnamespace = current_schema()::regnamespace and c.relkind = any (cast(? as "char"[]))
        and (c.relname = 'tenants'
          or exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id'))
      order by 1
      """;

  private static final String POLICY_OF_ROWS = "42501";

  /** A trigger that runs before the policy: it does not see what the row names, or forbids all. */
  private static final String RESTRICTED = "23001";

  private static final String READ_ONLY = "25006";

  private final Database database = TestDatabases.fresh(Engine.POSTGRES);

  private record Held(String table, String tenantColumn) {}

  @BeforeEach
  void aRowOfEachTenantInEveryTable() {
    database.write(
        sql -> {
          for (SampleRows rows :
              List.of(
                  new SampleRows(sql, OURS, "a"),
                  new SampleRows(sql, THEIRS, "b"),
                  new SampleRows(sql, PLATFORM, "p"))) {
            SampleRows.tables().forEach(rows::row);
          }
          return null;
        });
  }

  @Test
  void everyTableWithATenantHasAPolicy() {
    assertThat(RowSecurity.faults(database)).isEmpty();
    assertThat(held("rp")).hasSizeGreaterThan(100);
  }

  @Test
  void aTableWithoutOneIsFound() {
    run("create table planted (id uuid not null primary key, tenant_id uuid not null)");
    assertThat(RowSecurity.faults(database)).singleElement().asString().contains("planted");

    run("select hold_tenants('planted')");
    assertThat(RowSecurity.faults(database)).isEmpty();

    run("alter table planted no force row level security");
    assertThat(RowSecurity.openTables(database)).containsExactly("planted");
  }

  @Test
  void aTenantSeesItsOwnRowsAndThoseThatThePlatformShares() {
    Set<String> shared = shared();
    assertThat(shared).contains("roles", "ai_models");
    SoftAssertions softly = new SoftAssertions();
    for (Held it : held("rp")) {
      List<UUID> everybody = owners(it, database::readJdbc);
      List<UUID> seen = owners(it, work -> database.readAs(OURS, work));
      softly.assertThat(asked(it)).as(it.table()).isEqualTo(seen);
      softly
          .assertThat(seen)
          .as(it.table())
          .isEqualTo(
              everybody.stream()
                  .filter(
                      owner ->
                          owner.equals(OURS)
                              || (owner.equals(PLATFORM) && shared.contains(it.table())))
                  .toList());
      if (!isPartition(it.table())) {
        softly.assertThat(everybody).as(it.table()).contains(OURS, THEIRS, PLATFORM);
      }
    }
    softly.assertAll();
  }

  @Test
  void withNeitherSettingNothingIsSeen() {
    SoftAssertions softly = new SoftAssertions();
    for (Held it : held("rpv")) {
      softly.assertThat(owners(it, this::asNobody)).as(it.table()).isEmpty();
    }
    softly.assertAll();
  }

  @Test
  void othersRowsAreNeitherChangedNorDeleted() {
    SoftAssertions softly = new SoftAssertions();
    for (Held it : held("rp")) {
      String others = " where %s in ('%s', '%s')".formatted(it.tenantColumn(), THEIRS, PLATFORM);
      softly
          .assertThat(
              writeAs(
                  OURS,
                  "update %s set %s = %2$s".formatted(it.table(), it.tenantColumn()) + others))
          .as("update " + it.table())
          .isZero();
      softly
          .assertThat(writeAs(OURS, "delete from " + it.table() + others))
          .as("delete from " + it.table())
          .isZero();
    }
    softly.assertAll();
  }

  @Test
  void noRowIsWrittenForAnother() {
    SoftAssertions softly = new SoftAssertions();
    for (Held it : held("rp")) {
      for (UUID other : List.of(THEIRS, PLATFORM)) {
        String row = row(it, other);
        if (row.isEmpty()) {
          continue; // a partition that holds nothing
        }
        softly
            .assertThat(stateOf(() -> insertAs(OURS, it.table(), row)))
            .as("insert into " + it.table())
            .isIn(POLICY_OF_ROWS, RESTRICTED);
        softly
            .assertThat(
                stateOf(
                    () ->
                        writeAs(
                            OURS,
                            "update %s set %s = '%s'"
                                .formatted(it.table(), it.tenantColumn(), other))))
            .as("update " + it.table())
            .isIn(POLICY_OF_ROWS, RESTRICTED);
      }
    }
    softly.assertAll();
    assertThat(stateOf(() -> insertAs(OURS, "users", row(new Held("users", "tenant_id"), THEIRS))))
        .isEqualTo(POLICY_OF_ROWS);
  }

  @Test
  void aTenantWritesItsOwn() {
    assertThat(writeAs(OURS, "update conversations set title = 'mine'")).isOne();
    assertThat(writeAs(OURS, "update roles set description = 'mine'")).isOne();
    assertThat(writeAs(OURS, "delete from users where id <> id")).isZero();
    assertThat(owners(new Held("conversations", "tenant_id"), database::readJdbc))
        .contains(OURS, THEIRS);
  }

  @Test
  void viewsShowNoMoreThanTheirTables() {
    List<Held> views = held("v");
    assertThat(views).isNotEmpty();
    assertThat(
            names(
                "select relname from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'v'"
                    + " and not coalesce('security_invoker=true' = any (reloptions), false)"))
        .isEmpty();
    for (Held it : views) {
      boolean isShared = it.table().equals("ai_service_config"); // over a shared table
      assertThat(owners(it, work -> database.readAs(OURS, work)))
          .as(it.table())
          .isEqualTo(
              owners(it, database::readJdbc).stream()
                  .filter(owner -> owner.equals(OURS) || (isShared && owner.equals(PLATFORM)))
                  .toList());
    }
    assertThat(owners(new Held("tasks", "tenant_id"), database::readJdbc)).contains(THEIRS);
  }

  /** No policy can stand on one. */
  @Test
  void materializedViewsAreNotServed() {
    List<String> materialized =
        names(
            "select relname from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'm'");
    assertThat(materialized).contains("sales_daily");
    assertThat(Catalogue.ofSchema().tables().stream().map(it -> it.name()))
        .isNotEmpty()
        .doesNotContainAnyElementsOf(materialized);
  }

  @Test
  void aPartitionThatIsNamedIsHeldToo() {
    Instant month = Instant.parse("2031-11-30T00:00:00Z");
    new Partitions(database).ensure(month);
    assertThat(RowSecurity.openTables(database)).isEmpty();
    for (UUID tenant : List.of(OURS, THEIRS)) {
      run(
          "insert into events (id, tenant_id, type, subject_table, subject_id, at) values ('%s', '%s', 't', 't', '%2$s', now())"
              .formatted(Ids.lowest(tenant.equals(OURS) ? month : month.plusMillis(1)), tenant));
    }
    Held part = new Held("events_2031_11", "tenant_id");

    assertThat(owners(part, database::readJdbc)).containsExactlyInAnyOrder(OURS, THEIRS);
    assertThat(owners(part, work -> database.readAs(OURS, work))).containsExactly(OURS);
    assertThat(owners(part, this::asNobody)).isEmpty();
  }

  @Test
  void theTenantGoesWithItsTransaction() {
    Held users = new Held("users", "tenant_id");
    List<UUID> all = owners(users, database::readJdbc);
    for (int i = 0; i < 20; i++) {
      assertThat(owners(users, work -> database.readAs(OURS, work))).containsOnly(OURS);
      assertThat(asked(users)).containsOnly(OURS);
      stateOf(() -> database.askAs(OURS, "select 1 / 0", true, asked -> asked.rows().next()));
      assertThat(owners(users, database::readJdbc)).isEqualTo(all);
      stateOf(() -> writeAs(OURS, "insert into nowhere values (1)"));
      assertThat(owners(users, database::readJdbc)).isEqualTo(all);
    }
  }

  @Test
  void aReadWritesNothing() {
    assertThat(
            stateOf(
                () ->
                    database.readAs(
                        OURS,
                        connection -> execute(connection, "update conversations set title = 'x'"))))
        .isEqualTo(READ_ONLY);
    assertThat(
            stateOf(
                () ->
                    database.askAs(
                        OURS,
                        "update conversations set title = 'x' returning 1",
                        true,
                        asked -> asked.rows().next())))
        .isEqualTo(READ_ONLY);
    assertThat(writeAs(OURS, "update conversations set title = 'y'")).isOne();
  }

  /** The planner may not believe that a policy leaves nothing of a table. */
  @Test
  void thePlannersCountsStayNearTheTruth() {
    run(
        "create table many (id uuid not null primary key, tenant_id uuid not null)",
        "insert into many select gen_random_uuid(), '%s' from generate_series(1, 10000)"
            .formatted(OURS),
        "select hold_tenants('many')",
        "analyze many");
    String question = "explain select 1 from many where tenant_id = '" + OURS + "'";

    String plan =
        database.readAs(OURS, connection -> String.join("\n", strings(connection, question)));

    assertThat(plan).containsPattern("rows=(9[5-9]|100)\\d\\d");
  }

  // ---- helpers

  private interface Way {
    List<UUID> read(Database.ConnectionWork<List<UUID>> work);
  }

  private static List<UUID> owners(Held it, Way way) {
    return way.read(
        connection -> {
          List<UUID> owners = new ArrayList<>();
          try (Statement statement = connection.createStatement();
              ResultSet rows =
                  statement.executeQuery(
                      "select " + it.tenantColumn() + " from " + it.table() + " order by 1")) {
            while (rows.next()) {
              owners.add(rows.getObject(1, UUID.class));
            }
          }
          return owners;
        });
  }

  /** As the records API reads: by one statement that is held to its tenant by itself. */
  private List<UUID> asked(Held it) {
    return database.askAs(
        OURS,
        "select " + it.tenantColumn() + " from " + it.table() + " where ? = 'x' order by 1",
        false,
        asked -> {
          asked.statement().setString(asked.first(), "x");
          List<UUID> owners = new ArrayList<>();
          try (ResultSet rows = asked.rows()) {
            while (rows.next()) {
              owners.add(rows.getObject(1, UUID.class));
            }
          }
          return owners;
        });
  }

  private <T> T asNobody(Database.ConnectionWork<T> work) {
    return database.writeJdbc(
        connection -> {
          execute(connection, AS_NOBODY);
          return work.on(connection);
        });
  }

  /**
   * @param kinds letters of {@code pg_class.relkind}
   */
  private List<Held> held(String kinds) {
    return database
        .read(sql -> sql.fetch(WITH_TENANT, "{" + String.join(",", kinds.split("")) + "}"))
        .map(it -> new Held(it.get(0, String.class), it.get(1, String.class)));
  }

  private boolean isPartition(String table) {
    return database.read(
        sql ->
            sql.fetchSingle("select relispartition from pg_class where relname = ?", table)
                .get(0, Boolean.class));
  }

  private static Set<String> shared() {
    return Set.copyOf(
        SampleRows.tables().stream()
            .filter(it -> Schema.Traits.of(it.getComment()).is("shared"))
            .map(org.jooq.Table::getName)
            .toList());
  }

  /** Empty if the tenant has none there. */
  private String row(Held it, UUID tenant) {
    return database.readJdbc(
        connection ->
            String.join(
                "",
                strings(
                    connection,
                    "select to_jsonb(t) from %s t where %s = '%s' limit 1"
                        .formatted(it.table(), it.tenantColumn(), tenant))));
  }

  private int insertAs(UUID tenant, String table, String row) {
    return database.writeAs(
        tenant,
        connection -> {
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "insert into %s select * from jsonb_populate_record(cast(null as %1$s), cast(? as jsonb))"
                      .formatted(table))) {
            insert.setString(1, row);
            return insert.executeUpdate();
          }
        });
  }

  private int writeAs(UUID tenant, String statement) {
    return database.writeAs(tenant, connection -> execute(connection, statement));
  }

  /** The count of the rows it changed. */
  private static int execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      return statement.getUpdateCount();
    }
  }

  private static List<String> strings(Connection connection, String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  private void run(String... statements) {
    database.writeJdbc(
        connection -> {
          for (String each : statements) {
            execute(connection, each);
          }
          return 0;
        });
  }

  private List<String> names(String question) {
    return database.readJdbc(connection -> strings(connection, question));
  }

  /** Of the error that work ends in. */
  private static String stateOf(ThrowingCallable work) {
    ProblemException problem = catchThrowableOfType(ProblemException.class, work);
    assertThat(problem).hasCauseInstanceOf(SQLException.class);
    return SqlStates.of((SQLException) Objects.requireNonNull(problem.getCause()));
  }
}
