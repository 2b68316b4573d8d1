package dev.ledgerstone.db;

import dev.ledgerstone.base.Ids;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.IntFunction;

/**
 * Measures what docs/adr/0008 tells: {@code java -cp … dev.ledgerstone.db.EngineTrialFigures}.
 * Prints rows of a Markdown table: the fastest of five runs on 100,000 rows, in ms, and the median.
 */
final class EngineTrialFigures {
  private static final int ROWS = 100_000;
  private static final int RUNS = 5;
  private static final UUID TENANT = Ids.next();
  private static final Instant FROM = Instant.parse("2031-01-01T00:00:00Z");
  private static final Instant TO = Instant.parse("2031-02-01T00:00:00Z");

  private static final String POLICY =
      "create policy tenant on t using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)";
  private static final String REFUSE =
      "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$";

  private final Database database;

  private EngineTrialFigures(Engine engine) {
    this.database = TestDatabases.empty(engine);
  }

  /** Work that is measured, in a transaction of its own. */
  @FunctionalInterface
  private interface Work {
    void on(Connection connection) throws SQLException;
  }

  public static void main(String[] args) {
    System.out.printf(
        "%d rows, ms, fastest of %d and (median), java %s%n",
        ROWS, RUNS, System.getProperty("java.version"));
    for (Engine engine : Engine.values()) {
      EngineTrialFigures trial = new EngineTrialFigures(engine);
      System.out.println(engine.title() + " " + trial.version());
      trial.triggers();
      trial.references();
      trial.upserts();
      if (engine == Engine.POSTGRES) {
        trial.partitions();
        trial.policies();
      }
    }
  }

  private String version() {
    String query =
        database.engine() == Engine.POSTGRES ? "show server_version" : "select sqlite_version()";
    return database.read(sql -> sql.fetchSingle(query).get(0, String.class));
  }

  // ---- both engines

  private void triggers() {
    table("");
    fill("t");
    measure("update, no trigger", c -> execute(c, "update t set n = n + 1"));
    switch (database.engine()) {
      case SQLITE ->
          run(
              "create trigger fixed before update on t when old.n < 0 begin select raise(abort, 'no'); end");
      case POSTGRES ->
          run(
              REFUSE,
              "create trigger fixed before update on t for each row when (old.n < 0) execute function refuse()");
    }
    measure(
        "update, trigger whose condition does not hold", c -> execute(c, "update t set n = n + 1"));
    drop("t");
  }

  private void references() {
    run(
        "create table p (id uuid not null primary key, tenant_id uuid not null, unique (tenant_id, id))");
    UUID parent = Ids.next();
    run("insert into p values ('" + parent + "', '" + TENANT + "')");
    for (String rule :
        List.of(
            "no reference",
            "references p (id)",
            "foreign key (tenant_id, parent_id) references p (tenant_id, id)")) {
      String column = rule.startsWith("references") ? " " + rule : "";
      String constraint = rule.startsWith("foreign") ? ", " + rule : "";
      run(
          "create table c (id uuid not null primary key, tenant_id uuid not null, parent_id uuid not null"
              + column
              + constraint
              + ")");
      measure(
          "insert, " + rule,
          c -> execute(c, "delete from c"),
          c -> insert(c, "insert into c (id, tenant_id, parent_id) values (?, ?, ?)", _ -> parent));
      drop("c");
    }
    drop("p");
  }

  private void upserts() {
    for (String part : List.of("", " where gone is null")) {
      run(
          "create table u (id uuid not null primary key, tenant_id uuid not null, k uuid not null, n int, gone int)",
          "create unique index u_key on u (tenant_id, k)" + part);
      String upsert =
          "insert into u (id, tenant_id, k, n) values (?, ?, ?, 1) on conflict (tenant_id, k)"
              + part
              + " do update set n = u.n + 1";
      // Other keys each: the driver makes one statement of a batch, which PostgreSQL lets meet a
      // row
      // but once.
      Work work = c -> insert(c, upsert, i -> new UUID(0x7000, i));
      time(work);
      measure("upsert by" + (part.isEmpty() ? " a whole index" : " a partial index"), work);
      drop("u");
    }
  }

  // ---- PostgreSQL

  private void partitions() {
    List<Double> deletes = new ArrayList<>();
    List<Double> drops = new ArrayList<>();
    for (int i = 0; i < RUNS; i++) {
      table(" partition by range (id)");
      run(
          "create table t_default partition of t default",
          "create table t_old partition of t for values from ('%s') to ('%s')"
              .formatted(Ids.lowest(FROM), Ids.lowest(TO)));
      fill("t");
      deletes.add(time(c -> execute(c, "delete from t where id < '" + Ids.lowest(TO) + "'")));
      fill("t");
      drops.add(
          time(
              c -> {
                execute(c, "alter table t detach partition t_old");
                execute(c, "drop table t_old");
              }));
      drop("t");
    }
    print("delete of a month", deletes);
    print("detach and drop of a month", drops);
    table("");
    measure("insert, one table", c -> execute(c, "truncate t"), c -> fill(c, "t"));
    drop("t");
    table(" partition by range (id)");
    run(
        "create table t_default partition of t default",
        "create table t_old partition of t for values from ('%s') to ('%s')"
            .formatted(Ids.lowest(FROM), Ids.lowest(TO)));
    measure(
        "insert, through the partitioned table", c -> execute(c, "truncate t"), c -> fill(c, "t"));
    drop("t");
  }

  private void policies() {
    String select = "select count(*), sum(n) from t where tenant_id = '" + TENANT + "'";
    table("");
    fill("t");
    measure("select, no policy", c -> execute(c, select));
    run(
        "alter table t enable row level security",
        "alter table t force row level security",
        POLICY);
    measure(
        "select, policy",
        c -> {},
        c -> {
          act(c);
          execute(c, select);
        });
    drop("t");
    table("");
    measure("insert, no policy", c -> execute(c, "truncate t"), c -> fill(c, "t"));
    run(
        "alter table t enable row level security",
        "alter table t force row level security",
        POLICY);
    measure(
        "insert, policy",
        c -> execute(c, "truncate t"),
        c -> {
          act(c);
          fill(c, "t");
        });
    drop("t");
  }

  private static void act(Connection connection) throws SQLException {
    execute(connection, "set local app.tenant = '" + TENANT + "'");
  }

  // ---- rows

  private void table(String rest) {
    run(
        "create table t (id uuid not null primary key, tenant_id uuid not null, n int not null)"
            + rest);
  }

  private void drop(String table) {
    run("drop table " + table);
  }

  private void fill(String table) {
    database.writeJdbc(
        connection -> {
          fill(connection, table);
          return null;
        });
    if (database.engine() == Engine.POSTGRES) {
      run("analyze " + table);
    }
  }

  /** In batches, with ids of one month that rise. */
  private static void fill(Connection connection, String table) throws SQLException {
    long step = (TO.toEpochMilli() - FROM.toEpochMilli()) / ROWS;
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into " + table + " (id, tenant_id, n) values (?, ?, ?)")) {
      boolean isPostgres = connection.getMetaData().getDatabaseProductName().equals("PostgreSQL");
      for (int i = 0; i < ROWS; i++) {
        set(insert, 1, Ids.lowest(FROM.plusMillis(i * step)), isPostgres);
        set(insert, 2, TENANT, isPostgres);
        insert.setInt(3, i);
        batched(insert, i);
      }
      insert.executeBatch();
    }
  }

  private static void insert(Connection connection, String sql, IntFunction<UUID> third)
      throws SQLException {
    boolean isPostgres = connection.getMetaData().getDatabaseProductName().equals("PostgreSQL");
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      for (int i = 0; i < ROWS; i++) {
        set(insert, 1, Ids.next(), isPostgres);
        set(insert, 2, TENANT, isPostgres);
        set(insert, 3, third.apply(i), isPostgres);
        batched(insert, i);
      }
      insert.executeBatch();
    }
  }

  private static void batched(PreparedStatement insert, int i) throws SQLException {
    insert.addBatch();
    if (i % 500 == 499) {
      insert.executeBatch();
    }
  }

  private static void set(PreparedStatement statement, int at, UUID id, boolean isPostgres)
      throws SQLException {
    if (isPostgres) {
      statement.setObject(at, id);
    } else {
      statement.setString(at, id.toString());
    }
  }

  private void run(String... statements) {
    database.writeJdbc(
        connection -> {
          for (String each : statements) {
            execute(connection, each);
          }
          return null;
        });
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  // ---- time

  private void measure(String what, Work work) {
    measure(what, _ -> {}, work);
  }

  /** A run that does not count, then those that do. */
  private void measure(String what, Work before, Work work) {
    List<Double> times = new ArrayList<>();
    for (int i = 0; i <= RUNS; i++) {
      time(before);
      double millis = time(work);
      if (i > 0) {
        times.add(millis);
      }
    }
    print(what, times);
  }

  private double time(Work work) {
    long start = System.nanoTime();
    database.writeJdbc(
        connection -> {
          work.on(connection);
          return null;
        });
    return (System.nanoTime() - start) / 1e6;
  }

  private static void print(String what, List<Double> times) {
    double[] sorted = times.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    System.out.println(
        String.format(
            Locale.ROOT, "| %s | %.0f (%.0f) |", what, sorted[0], sorted[sorted.length / 2]));
  }
}
