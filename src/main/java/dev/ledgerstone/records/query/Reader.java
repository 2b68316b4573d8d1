package dev.ledgerstone.records.query;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Replicas;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.plan.Cursors;
import dev.ledgerstone.records.plan.Expr;
import dev.ledgerstone.records.plan.Node;
import dev.ledgerstone.records.plan.ReadPlan;
import dev.ledgerstone.records.request.Preferences.Count;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Reads what a plan says, in one statement; a long list row by row. */
public final class Reader {
  /** Lists of so many rows are made by the database in one piece, which costs less. */
  private static final long MOST_AT_ONCE = 200;

  /** As much of a list is held before its first row is told: what ends before is told whole. */
  private static final int MOST_HELD_BYTES = 256 << 10;

  /**
   * Lists that are told while they are read, at a time: each keeps a connection as long as its
   * client likes. Others wait for their clients in a file.
   */
  private static final int MOST_STREAMS = 3;

  private static final byte[] NOTHING = {};

  private final Database database;
  private final Replicas replicas;
  private final Statements statements;
  private final SharedReads shared;
  private final Semaphore streams = new Semaphore(MOST_STREAMS);

  /**
   * What tells all columns of a table's row, in a statement whose first node it is: the same each
   * time, and the longest part of one row by its key. Empty where a value is bound in it.
   */
  private final Map<Table, String> wholes = new ConcurrentHashMap<>();

  public Reader(Database database, Statements statements) {
    this(database, Replicas.open(database, List.of()), statements);
  }

  /**
   * @param replicas where plans are read that no transaction holds
   */
  public Reader(Database database, Replicas replicas, Statements statements) {
    this.database = database;
    this.replicas = replicas;
    this.statements = statements;
    this.shared = new SharedReads(statements);
  }

  /** On a connection of its own, which sees the rows of the plan's tenant alone. */
  public Answer read(ReadPlan plan) {
    UUID tenant = plan.root().guard().tenant();
    return switch (plan.count()) {
      case NONE, EXACT -> {
        Sql sql = statement(plan).sql;
        Statements.Rows<Answer> result = rows -> answer(plan, rows, OptionalLong.empty());
        yield replicas.read(
            tenant,
            source ->
                plan.isTagged() // one row, by a key
                    ? shared.read(source, tenant, sql, result)
                    : source.askAs(
                        tenant,
                        sql.text(),
                        false,
                        asked ->
                            statements.query(
                                asked, sql, rows -> first(plan, rows, OptionalLong.empty()))));
      }
      case PLANNED, ESTIMATED ->
          replicas.read(
              tenant, source -> source.readAs(tenant, connection -> read(connection, plan)));
    };
  }

  /** Reads that wait for others of their kind. */
  int waiting() {
    return shared.waiting();
  }

  /** Whether a list may be so long that it is better read row by row. */
  public static boolean mayBeLong(ReadPlan plan) {
    return plan.root().page().limit().orElse(Long.MAX_VALUE) > MOST_AT_ONCE && !plan.isTagged();
  }

  /** As {@link #read(ReadPlan)}, row by row, in memory that does not grow with the list. */
  public void stream(ReadPlan plan, RowTaker taker) {
    boolean isDirect = streams.tryAcquire();
    Held held;
    try {
      UUID tenant = plan.root().guard().tenant();
      held =
          replicas.read(
              tenant,
              source ->
                  source.snapshotAs(
                      tenant, connection -> stream(connection, plan, taker, isDirect)));
    } finally {
      if (isDirect) {
        streams.release();
      }
    }
    if (!held.isTold) {
      held.tell(taker); // the connection is free again, however slow the client is
    }
  }

  /**
   * The rows of a list before it is told.
   *
   * @param isWhole whether there are no more
   * @param isTold whether it has been told by now
   * @param more the rows behind these; null: there are none, or they were told
   */
  private record Held(
      Answer head, List<byte[]> rows, boolean isWhole, boolean isTold, @Nullable Spool more) {
    void tell(RowTaker taker) {
      try (Spool rest = more) {
        taker.begin(head, isWhole);
        rows.forEach(taker::row);
        if (rest != null) {
          rest.forEach(taker::row);
        }
        taker.end();
      }
    }
  }

  private Held stream(Connection connection, ReadPlan plan, RowTaker taker, boolean isDirect)
      throws SQLException {
    boolean[] isBegun = {false};
    try {
      return statements.stream(
          connection,
          rowsStatement(plan).sql,
          (rows, running) -> {
            Held held = held(connection, plan, rows);
            if (held.isWhole) {
              return held;
            }
            if (!isDirect) {
              return new Held(held.head, held.rows, false, false, aside(rows));
            }
            isBegun[0] = true;
            running.unwatched(
                () -> {
                  taker.begin(held.head, false);
                  held.rows.forEach(taker::row);
                });
            do {
              byte[] row = rows.getBytes(1);
              running.unwatched(() -> taker.row(row));
            } while (rows.next());
            running.unwatched(taker::end);
            return new Held(held.head, held.rows, false, true, null);
          });
    } catch (ProblemException e) {
      throw isBegun[0] ? new RowTaker.BrokenOff(e) : e;
    }
  }

  /** The row on which the reading stands, and all behind it. */
  private static Spool aside(ResultSet rows) throws SQLException {
    Spool spool = Spool.open();
    try {
      do {
        spool.add(rows.getBytes(1));
      } while (rows.next());
      return spool;
    } catch (SQLException | RuntimeException e) {
      spool.close();
      throw e;
    }
  }

  /** The first rows; of the one behind them, where there is one, nothing was read. */
  private Held held(Connection connection, ReadPlan plan, ResultSet rows) throws SQLException {
    List<byte[]> held = new ArrayList<>();
    long bytes = 0;
    String last = null;
    boolean isMore = rows.next();
    while (isMore && bytes < MOST_HELD_BYTES) {
      byte[] row = rows.getBytes(1);
      held.add(row);
      bytes += row.length;
      last = plan.cursor().isPresent() ? rows.getString(2) : null;
      isMore = rows.next();
    }
    Answer head =
        isMore || plan.count() != Count.NONE
            ? heading(connection, plan)
            : new Answer(
                held.size(),
                OptionalLong.empty(),
                NOTHING,
                OptionalLong.empty(),
                cursor(plan, held.size(), last));
    return new Held(head, held, !isMore, false, null);
  }

  /** All of an answer but its body, of a list that is read by the same snapshot. */
  private Answer heading(Connection connection, ReadPlan plan) throws SQLException {
    OptionalLong estimate = estimate(connection, plan);
    return statements.query(
        connection, statement(plan, false).sql, rows -> first(plan, rows, estimate));
  }

  /** On a connection that the caller holds: what a transaction wrote is read back so. */
  public Answer read(Connection connection, ReadPlan plan) throws SQLException {
    OptionalLong estimate = estimate(connection, plan);
    return statements.query(connection, statement(plan).sql, rows -> first(plan, rows, estimate));
  }

  private OptionalLong estimate(Connection connection, ReadPlan plan) throws SQLException {
    return switch (plan.count()) {
      case NONE, EXACT -> OptionalLong.empty();
      case PLANNED, ESTIMATED -> new Counts(database.engine(), statements).of(connection, plan);
    };
  }

  private static Answer first(ReadPlan plan, ResultSet rows, OptionalLong estimate)
      throws SQLException {
    rows.next();
    return answer(plan, rows, estimate);
  }

  private static Answer answer(ReadPlan plan, ResultSet rows, OptionalLong estimate)
      throws SQLException {
    long count = rows.getLong(2);
    long total = rows.getLong(1);
    boolean isCounted = !rows.wasNull();
    byte @Nullable [] body = rows.getBytes(3);
    long version = rows.getLong(4);
    boolean isVersioned = !rows.wasNull() && count == 1;
    String last = plan.cursor().isPresent() ? rows.getString(5) : null;
    return new Answer(
        count,
        isCounted ? OptionalLong.of(total) : estimate,
        body == null ? NOTHING : body,
        isVersioned ? OptionalLong.of(version) : OptionalLong.empty(),
        cursor(plan, count, last));
  }

  private static Optional<String> cursor(ReadPlan plan, long rows, @Nullable String last) {
    boolean mayFollow = rows > 0 && rows == plan.root().page().limit().orElse(Long.MAX_VALUE);
    return mayFollow && last != null ? Optional.of(Cursors.encode(last)) : Optional.empty();
  }

  /** {@code total, rows, body, version, cursor} of a plan. */
  Renderer statement(ReadPlan plan) {
    return statement(plan, true);
  }

  /** A row of the list each: as JSON, and its place where a cursor is asked for. */
  Renderer rowsStatement(ReadPlan plan) {
    Renderer to = statements.renderer(plan.zone());
    to.sql.add("select ");
    to.rowBody(plan.isStripped());
    if (plan.cursor().isPresent()) {
      to.sql.add(", ");
      to.text("s.k");
    }
    from(to, plan);
    return to;
  }

  private Renderer statement(ReadPlan plan, boolean isWithBody) {
    Renderer to = statements.renderer(plan.zone());
    Node root = plan.root();
    to.sql.add("select ");
    if (plan.count() == Count.EXACT) {
      to.sql.add("(");
      count(to, root);
      to.sql.add(")");
    } else {
      to.sql.add("null");
    }
    to.sql.add(", count(*), ");
    if (isWithBody) {
      to.body(plan.isStripped());
    } else {
      to.sql.add("null");
    }
    to.sql.add(plan.isTagged() ? ", max(s.v), " : ", null, ");
    if (plan.cursor().isPresent()) {
      to.lastOf("s.k");
    } else {
      to.sql.add("null");
    }
    from(to, plan);
    return to;
  }

  private void from(Renderer to, ReadPlan plan) {
    to.sql.add(" from (");
    if (plan.root().isGrouped()) {
      to.rows(plan.root(), Optional.empty(), "", true);
    } else {
      rows(to, plan, plan.root());
    }
    to.sql.add(") s");
  }

  private void rows(Renderer to, ReadPlan plan, Node root) {
    to.paged(root.page(), () -> unpaged(to, plan, root));
  }

  private void unpaged(Renderer to, ReadPlan plan, Node root) {
    String alias = to.alias();
    boolean isUsual = alias.equals(Renderer.FIRST) && plan.zone().isEmpty() && root.isWhole();
    String whole = isUsual ? wholes.computeIfAbsent(root.table(), _ -> whole(root)) : "";
    to.sql.add("select ");
    if (whole.isEmpty()) {
      object(to, root, alias);
    } else {
      to.sql.add(whole);
    }
    to.sql.add(" as j");
    if (plan.isTagged()) {
      to.sql.add(", ").column(alias, "version").add(" as v");
    }
    if (plan.cursor().isPresent()) {
      to.sql.add(", ");
      List<Expr> values = plan.cursor().get();
      to.array(values, alias);
      to.sql.add(" as k");
    }
    to.source(root, alias, Optional.empty(), "");
    to.orderBy(root.orders(), alias);
  }

  private static void object(Renderer to, Node root, String alias) {
    to.object(
        root.items().stream()
            .map(it -> new Renderer.Member(it.name(), () -> to.json(it.value(), alias)))
            .toList());
  }

  private String whole(Node root) {
    Renderer to = statements.renderer(Optional.empty());
    object(to, root, Renderer.FIRST);
    return to.sql.values().isEmpty() ? to.sql.text() : "";
  }

  /** {@code select count(*) …}: all rows that the pages of a node are made of. */
  static void count(Renderer to, Node root) {
    if (root.isGrouped()) {
      to.sql.add("select count(*) from (");
      new Groups(to).counted(root);
      to.sql.add(") n");
    } else {
      to.sql.add("select count(*)");
      to.source(root, to.alias(), Optional.empty(), "");
    }
  }
}
