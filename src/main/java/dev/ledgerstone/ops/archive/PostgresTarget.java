package dev.ledgerstone.ops.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Partitions;
import dev.ledgerstone.problem.RequestProblem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * A PostgreSQL database, in one transaction: foreign keys, and the indexes of large tables, are
 * taken away before the rows and made anew behind them; triggers and row security rest meanwhile,
 * and rows come by COPY.
 */
final class PostgresTarget implements Target {
  /** Below it an index is kept up row by row as fast as it is made anew. */
  private static final long LARGE = 20_000;

  private static final int BUFFER = 1 << 16;

  private static final String BUSY = "55P03";

  /** Each gives statements: what is done before the rows, and what puts it back. */
  private static final String RESTS =
      """
      select format('alter table %1$s no force row level security', c.oid::regclass),
        format('alter table %1$s force row level security', c.oid::regclass)
      from pg_class c
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and c.relforcerowsecurity
        and not c.relispartition
      union all
      select format('alter table %1$s disable trigger user', c.oid::regclass),
        format('alter table %1$s enable trigger user', c.oid::regclass)
      from pg_class c
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
        and exists (select 1 from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal)
      union all
      select format('alter table %s drop constraint %I', f.conrelid::regclass, f.conname),
        format('alter table %s add constraint %I %s', f.conrelid::regclass, f.conname, pg_get_constraintdef(f.oid))
      from pg_constraint f
      where f.connamespace = current_schema()::regnamespace and f.contype = 'f' and f.conparentid = 0""";

  private static final String INDEXES =
      """
      select format('drop index %s', i.indexrelid::regclass), replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
      from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = cast(? as regclass) and not i.indisprimary and not c.relispartition
        and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid)""";

  /** Sequences begin behind the highest number that came. */
  private static final String SEQUENCES =
      """
      select format('select setval(%L, greatest(1, (select coalesce(max(%I), 1) from %s)))', s.oid::regclass,
        a.attname, d.refobjid::regclass)
      from pg_class s join pg_depend d on d.objid = s.oid and d.deptype in ('a', 'i') and d.refobjsubid > 0
        join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
      where s.relkind = 'S' and s.relnamespace = current_schema()::regnamespace""";

  private static final String VIEWS =
      """
      select format('refresh materialized view %s', c.oid::regclass) from pg_class c
      where c.relkind = 'm' and c.relnamespace = current_schema()::regnamespace order by c.oid""";

  private final Database database;
  private final Runnable upgrade;
  private final Connection connection;
  private final int patience;
  private final List<String> later = new ArrayList<>();
  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(BUFFER * 2);
  private @Nullable CopyIn copy;
  private boolean isOver;

  /**
   * @param upgrade brings it to this server's version
   */
  PostgresTarget(Database database, Runnable upgrade) throws SQLException {
    this.database = database;
    this.upgrade = upgrade;
    connection = database.borrowWriter();
    patience = connection.getNetworkTimeout();
    connection.setNetworkTimeout(Runnable::run, 0); // an index takes the time that it takes
    connection.setAutoCommit(false);
  }

  @Override
  public void begin(List<Manifest.Content> tables) throws SQLException {
    cover(tables);
    execute("set local lock_timeout = '5s'");
    try {
      // All at once, and first: whoever works on the database is noticed before anything is done.
      execute(
          "truncate " + String.join(", ", tables.stream().map(it -> it.shape().name()).toList()));
    } catch (SQLException e) {
      if (BUSY.equals(e.getSQLState())) {
        throw new RequestProblem.Conflict(
                "somebody works on the database",
                "stop every server on it, and restore again: nothing was changed")
            .exception(e);
      }
      throw e;
    }
    execute("set local maintenance_work_mem = '256MB'");
    pairs(RESTS, null);
    for (Manifest.Content each : tables) {
      if (each.rows() >= LARGE) {
        pairs(INDEXES, each.shape().name());
      }
    }
  }

  /** Makes the partitions of the time that rows come from. */
  private void cover(List<Manifest.Content> tables) {
    Partitions partitions = new Partitions(database);
    Set<String> cut = partitions.tables();
    for (Manifest.Content each : tables) {
      if (each.first() != null && each.last() != null && cut.contains(each.shape().name())) {
        partitions.cover(
            each.shape().name(),
            Ids.time(UUID.fromString(each.first())),
            Ids.time(UUID.fromString(each.last())));
      }
    }
  }

  private void pairs(String question, @Nullable String parameter) throws SQLException {
    List<String> now = new ArrayList<>();
    try (var statement = connection.prepareStatement(question)) {
      if (parameter != null) {
        statement.setString(1, parameter);
      }
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          now.add(row.getString(1));
          later.add(row.getString(2));
        }
      }
    }
    for (String each : now) {
      execute(each);
    }
  }

  @Override
  public void table(Shape shape) throws SQLException, IOException {
    flush();
    copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn("copy " + shape.name() + " (" + shape.names() + ") from stdin");
  }

  @Override
  public void row(@Nullable Object[] values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      if (i > 0) {
        buffer.write('\t');
      }
      Object value = values[i];
      switch (value) {
        case null -> {
          buffer.write('\\');
          buffer.write('N');
        }
        case String text -> escape(text);
        default -> buffer.writeBytes(value.toString().getBytes(UTF_8));
      }
    }
    buffer.write('\n');
    if (buffer.size() >= BUFFER) {
      send();
    }
  }

  private void escape(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    int from = 0;
    for (int i = 0; i < bytes.length; i++) {
      int letter =
          switch (bytes[i]) {
            case '\\' -> '\\';
            case '\t' -> 't';
            case '\n' -> 'n';
            case '\r' -> 'r';
            default -> 0;
          };
      if (letter != 0) {
        buffer.write(bytes, from, i - from);
        buffer.write('\\');
        buffer.write(letter);
        from = i + 1;
      }
    }
    buffer.write(bytes, from, bytes.length - from);
  }

  private void send() throws SQLException {
    if (copy != null) {
      byte[] bytes = buffer.toByteArray();
      copy.writeToCopy(bytes, 0, bytes.length);
      buffer.reset();
    }
  }

  private void flush() throws SQLException {
    if (copy != null) {
      send();
      copy.endCopy();
      copy = null;
    }
  }

  @Override
  public void finish() throws SQLException {
    flush();
    // Backwards: what was taken away last stands below what was taken away first.
    for (String each : later.reversed()) {
      execute(each);
    }
    for (String each : texts(SEQUENCES)) {
      execute(each);
    }
    for (String each : texts(VIEWS)) {
      execute(each);
    }
    connection.commit();
    isOver = true;
    connection.setAutoCommit(true);
    execute("analyze");
    upgrade.run();
  }

  private List<String> texts(String question) throws SQLException {
    List<String> texts = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(question)) {
      while (row.next()) {
        texts.add(row.getString(1));
      }
    }
    return texts;
  }

  @Override
  public void close() {
    try (connection) {
      if (!isOver) {
        if (copy != null && copy.isActive()) {
          copy.cancelCopy();
        }
        connection.rollback();
        connection.setAutoCommit(true);
      }
      connection.setNetworkTimeout(Runnable::run, patience);
    } catch (SQLException e) {
      throw new IllegalStateException("the connection broke; the transaction goes with it", e);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
