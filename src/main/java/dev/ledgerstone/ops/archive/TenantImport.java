package dev.ledgerstone.ops.archive;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.SqlStates;
import dev.ledgerstone.db.migrate.AppliedMigration;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Adds a tenant of an archive to a database, beside those that are there: in one transaction, under
 * the ids that its rows have. Servers may go on meanwhile.
 *
 * <p>Rows refer to each other in rings, so references are judged when all are there: at the
 * transaction's end on SQLite; on PostgreSQL rows wait in temporary tables, and one statement moves
 * them all. Events come without a place in the feed: who listens has heard them, or never will.
 */
public final class TenantImport {
  private static final int BATCH = 1000;
  private static final int PROGRESS = 5000;

  /** Triggers that would count rows again, or judge them before what they refer to is there. */
  private static final String POSTGRES_TRIGGERS =
      """
      select format('alter table %s disable trigger %I', tgrelid::regclass, tgname),
        format('alter table %s enable trigger %I', tgrelid::regclass, tgname)
      from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where not tgisinternal and tgtype & 1 = 1 and tgtype & 4 = 4 and c.relnamespace = current_schema()::regnamespace
        and not c.relispartition""";

  private static final String SQLITE_TRIGGERS =
      """
      select 'drop trigger "' || name || '"', sql from sqlite_schema
      where type = 'trigger' and (name like '%\\_stock' escape '\\' or name like '%\\_tenant\\_insert' escape '\\')""";

  private final Database database;
  private final String version;
  private final Watcher watcher;

  public TenantImport(Database database, String version, Watcher watcher) {
    this.database = database;
    this.version = version;
    this.watcher = watcher;
  }

  /**
   * What was added.
   *
   * @param tenant under the name that it has here
   */
  public record Report(Manifest manifest, Manifest.Tenant tenant, long rows, Duration took) {}

  /**
   * Adds the tenant.
   *
   * @param as its short name here; null: the one that it has in the archive
   */
  public Report run(Path archive, @Nullable String passphrase, @Nullable String as) {
    long begin = System.nanoTime();
    ArchiveReader reader = new ArchiveReader(archive, passphrase);
    Manifest manifest = reader.manifest();
    Manifest.Tenant tenant = manifest.tenant();
    if (tenant == null) {
      throw new RequestProblem.Conflict(
              "the archive holds a whole database",
              "make a database of it: ledgerstone restore " + archive.getFileName())
          .exception();
    }
    check(manifest);
    Manifest.Tenant named = new Manifest.Tenant(tenant.id(), as == null ? tenant.slug() : as);
    long rows = add(reader, manifest, named);
    return new Report(manifest, named, rows, Duration.ofNanos(System.nanoTime() - begin));
  }

  private long add(ArchiveReader reader, Manifest manifest, Manifest.Tenant named) {
    try {
      return database.writeJdbc(
          connection -> {
            absent(connection, named);
            try (Adding adding = new Adding(connection, manifest, named)) {
              adding.begin();
              reader.read(adding);
              adding.finish();
              return adding.rows;
            }
          });
    } catch (ProblemException e) {
      throw e.problem() instanceof DatabaseProblem.Refused ? unknown(e) : e;
    }
  }

  /** A reference that leads nowhere: SQLite tells no more of it, and at the end alone. */
  private static ProblemException unknown(Exception cause) {
    return new RequestProblem.Conflict(
            "rows of the tenant refer to rows of the platform that are not here",
            "nothing was changed; run db seed here, and bring along what the platform's own people made"
                + " and the tenant uses: collections, forms, templates")
        .exception(cause);
  }

  private void check(Manifest manifest) {
    List<String> ours =
        new Migrator(database, version).history().stream().map(AppliedMigration::label).toList();
    List<String> theirs = manifest.migrations().stream().map(Manifest.Step::name).toList();
    if (!ours.equals(theirs)) {
      throw new RequestProblem.Conflict(
              "the archive's tables are those of "
                  + (theirs.isEmpty() ? "no version" : theirs.getLast())
                  + ", and the database's those of "
                  + (ours.isEmpty() ? "no version" : ours.getLast()),
              "bring both servers to the same version, and export again")
          .exception();
    }
  }

  private void absent(Connection connection, Manifest.Tenant tenant) throws SQLException {
    try (PreparedStatement question =
        connection.prepareStatement(
            "select id, slug from tenants where id = ? or slug = ? order by slug limit 1")) {
      UUID id = UUID.fromString(tenant.id());
      database.dialect().set(question, 1, id);
      question.setString(2, tenant.slug());
      try (ResultSet row = question.executeQuery()) {
        if (row.next()) {
          boolean isItself = id.equals(database.dialect().uuid(row, 1));
          throw new RequestProblem.Conflict(
                  "there is a tenant " + row.getString(2) + " already",
                  isItself
                      ? "a tenant is imported whole, into a database that does not have it"
                      : "it is another one: give this one another name with --as")
              .exception();
        }
      }
    }
  }

  /** Rows on their way into the tables. */
  private final class Adding implements ArchiveReader.Visitor, AutoCloseable {
    private final Connection connection;
    private final Manifest expected;
    private final Manifest.Tenant tenant;
    private final boolean isInProcess;
    private final Map<String, Shape> shapes = new TreeMap<>();
    private final List<String> later = new ArrayList<>();
    private @Nullable PreparedStatement insert;
    private @Nullable Shape current;
    private int batched;
    private long rows;

    Adding(Connection connection, Manifest expected, Manifest.Tenant tenant) {
      this.connection = connection;
      this.expected = expected;
      this.tenant = tenant;
      this.isInProcess = database.engine() == Engine.SQLITE;
    }

    void begin() throws SQLException {
      if (isInProcess) {
        execute("pragma defer_foreign_keys = on");
      }
      List<String> now = new ArrayList<>();
      try (Statement statement = connection.createStatement();
          ResultSet row =
              statement.executeQuery(isInProcess ? SQLITE_TRIGGERS : POSTGRES_TRIGGERS)) {
        while (row.next()) {
          now.add(row.getString(1));
          later.add(row.getString(2));
        }
      }
      for (String each : now) {
        execute(each);
      }
    }

    @Override
    public void manifest(Manifest manifest) {
      if (!manifest.equals(expected)) {
        throw Damage.of("the archive was changed while it was read");
      }
    }

    @Override
    public void lines(Shape shape, byte[] lines) throws IOException {
      try {
        if (!shape.equals(current)) {
          flush();
          current = shape;
          insert = into(shape);
        }
        RowLines.read(
            lines,
            shape,
            values -> {
              try {
                row(shape, values);
              } catch (SQLException e) {
                throw refused(shape.name(), e);
              }
            });
      } catch (SQLException e) {
        throw refused(shape.name(), e);
      }
    }

    private RuntimeException refused(String what, SQLException e) {
      return new RequestProblem.Conflict(
              "rows of " + what + " cannot be added: " + DatabaseProblem.of(e).problem().detail(),
              "nothing was changed; a key or a name of the tenant may be another's here")
          .exception(e);
    }

    private PreparedStatement into(Shape shape) throws SQLException {
      shapes.put(shape.name(), shape);
      String table = shape.name();
      if (!isInProcess) {
        table = "incoming_" + shape.name();
        execute(
            "create temp table "
                + table
                + " (like "
                + shape.name()
                + " including defaults) on commit drop");
      }
      Dialect dialect = database.dialect();
      return connection.prepareStatement(
          "insert into "
              + table
              + " ("
              + shape.names()
              + ") values ("
              + String.join(
                  ", ",
                  shape.columns().stream()
                      .map(
                          it ->
                              switch (it.kind()) {
                                case JSON -> dialect.json();
                                case UUID -> isInProcess ? "?" : "?::uuid";
                                case TIME -> isInProcess ? "?" : "?::timestamptz";
                                case TEXT, INTEGER, DOUBLE, BOOLEAN -> "?";
                              })
                      .toList())
              + ")"
              + conflict(shape, isInProcess));
    }

    /** The platform's prices may be there; everything else is new. */
    private static String conflict(Shape shape, boolean isHere) {
      return isHere && shape.name().equals("model_prices") ? " on conflict do nothing" : "";
    }

    private void row(Shape shape, @Nullable Object[] values) throws SQLException {
      PreparedStatement statement = insert;
      if (statement == null) {
        throw new IllegalStateException("rows of no table");
      }
      for (int i = 0; i < values.length; i++) {
        Object value = value(shape.name(), shape.columns().get(i).name(), values[i]);
        int at = i + 1;
        switch (value) {
          case null -> statement.setNull(at, Types.NULL);
          case Long number -> statement.setLong(at, number);
          case Double number -> statement.setDouble(at, number);
          case Boolean truth -> statement.setBoolean(at, truth);
          default -> statement.setString(at, value.toString());
        }
      }
      statement.addBatch();
      rows++;
      if (rows % PROGRESS == 0) {
        watcher.at(shape.name(), rows, expected.rows());
      }
      if (++batched == BATCH) {
        statement.executeBatch();
        batched = 0;
      }
    }

    /** What is another here than in the archive. */
    private @Nullable Object value(String table, String column, @Nullable Object brought) {
      return switch (table + "." + column) {
        case "events.sequence" -> null;
        case "tenants.slug" -> tenant.slug();
        // The platform's prices come as the tenant's own, in a tier by which nothing is priced.
        case "model_prices.tenant_id" -> tenant.id();
        case "model_prices.tier" -> "brought";
        default -> brought;
      };
    }

    private void flush() throws SQLException {
      if (insert != null) {
        if (batched > 0) {
          insert.executeBatch();
          batched = 0;
        }
        insert.close();
        insert = null;
      }
    }

    void finish() throws SQLException {
      try {
        flush();
        if (!isInProcess && !shapes.isEmpty()) {
          execute(move());
        }
        for (String each : later) {
          execute(each);
        }
      } catch (SQLException e) {
        throw SqlStates.of(e).equals("23503") ? unknown(e) : refused("the archive", e);
      }
    }

    /** One statement: its references are judged behind its last row. */
    private String move() {
      List<String> parts = new ArrayList<>();
      for (Shape shape : shapes.values()) {
        parts.add(
            "moved_"
                + shape.name()
                + " as (insert into "
                + shape.name()
                + " ("
                + shape.names()
                + ") select "
                + shape.names()
                + " from incoming_"
                + shape.name()
                + conflict(shape, true)
                + ")");
      }
      return "with " + String.join(", ", parts) + " select 1";
    }

    @Override
    public void close() throws SQLException {
      if (insert != null) {
        insert.close();
      }
    }

    private void execute(String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }
  }
}
