package dev.ledgerstone.db;

import dev.ledgerstone.base.Ids;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.UUID;

/**
 * What policies cost on PostgreSQL: run {@code main} on a quiet machine; figures in docs/adr/0012.
 */
final class RowSecurityFigures {
  private static final int ROWS = 50_000;
  private static final int READS = 3_000;
  private static final int INSERTS = 20_000;
  private static final UUID TENANT = Ids.next();

  private final Database database = TestDatabases.empty(Engine.POSTGRES);

  private RowSecurityFigures() {}

  public static void main(String[] arguments) throws SQLException {
    new RowSecurityFigures().run();
    System.exit(0); // the embedded server keeps threads
  }

  private interface Work {
    void run() throws SQLException;
  }

  private void run() throws SQLException {
    for (String table : new String[] {"bare", "held"}) {
      execute(
          "create table %s (id uuid not null primary key, tenant_id uuid not null, title varchar not null)"
              .formatted(table));
      execute(
          "insert into %s select gen_random_uuid(), '%s', 'row ' || n || ' of many' from generate_series(1, %d) n"
              .formatted(table, TENANT, ROWS));
      execute(
          "create index %s_words on %1$s using gin (to_tsvector('simple', title))"
              .formatted(table));
    }
    execute("alter table held enable row level security");
    execute("alter table held force row level security");
    execute(
        """
        create policy tenant on held using (nullif((select current_setting('app.system', true)) = 'on'
          or tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid), false) is not null)""");
    execute("analyze");
    for (String table : new String[] {"bare", "held"}) {
      Database.ConnectionWork<Integer> one = connection -> one(connection, table);
      say("one row, " + table + ", no transaction, µs", READS, each(() -> database.readJdbc(one)));
      say("one row, " + table + ", readAs, µs", READS, each(() -> database.readAs(TENANT, one)));
      String words =
          "select count(*) from %s where to_tsvector('simple', title) @@ to_tsquery('simple', '77')"
              .formatted(table);
      say("found by a word, " + table + ", µs", 1, () -> execute(words));
      say(
          "all rows counted, " + table + ", µs",
          1,
          () -> execute("select count(*) from " + table + " where title <> ''"));
      say("insert, " + table + ", µs a row", INSERTS, () -> insert(table));
    }
  }

  private static Work each(Work work) {
    return () -> {
      for (int i = 0; i < READS; i++) {
        work.run();
      }
    };
  }

  private static int one(Connection connection, String table) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select title from " + table + " where tenant_id = ? and id = ?")) {
      statement.setObject(1, TENANT);
      statement.setObject(2, TENANT);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? 1 : 0;
      }
    }
  }

  private void insert(String table) {
    database.writeJdbc(
        connection -> {
          try (PreparedStatement insert =
              connection.prepareStatement("insert into " + table + " values (?, ?, 'a new row')")) {
            for (int i = 0; i < INSERTS; i++) {
              insert.setObject(1, Ids.next());
              insert.setObject(2, TENANT);
              insert.addBatch();
            }
            return insert.executeBatch().length;
          }
        });
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.borrowWriter();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Fastest of five, and the median. */
  private static void say(String what, int parts, Work work) throws SQLException {
    double[] micros = new double[5];
    for (int i = 0; i < micros.length; i++) {
      long start = System.nanoTime();
      work.run();
      micros[i] = (System.nanoTime() - start) / 1_000.0 / parts;
    }
    Arrays.sort(micros);
    System.out.printf("%s: %.1f (%.1f)%n", what, micros[0], micros[2]);
  }
}
