package dev.ledgerstone.records.query;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.Replicas;
import dev.ledgerstone.records.plan.Cursors;
import dev.ledgerstone.records.plan.Expr;
import dev.ledgerstone.records.plan.Node;
import dev.ledgerstone.records.plan.ReadPlan;
import dev.ledgerstone.records.request.Preferences.Count;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** Reads what a plan says, in one statement. */
public final class Reader {
  private final Database database;
  private final Replicas replicas;
  private final Statements statements;

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
  }

  /** On a connection of its own, which sees the rows of the plan's tenant alone. */
  public Answer read(ReadPlan plan) {
    UUID tenant = plan.root().guard().tenant();
    return replicas.read(
        tenant, source -> source.readAs(tenant, connection -> read(connection, plan)));
  }

  /** On a connection that the caller holds: what a transaction wrote is read back so. */
  public Answer read(Connection connection, ReadPlan plan) throws SQLException {
    Renderer select = statement(plan);
    OptionalLong estimate =
        switch (plan.count()) {
          case NONE, EXACT -> OptionalLong.empty();
          case PLANNED, ESTIMATED -> new Counts(database.engine(), statements).of(connection, plan);
        };
    return statements.query(
        connection,
        select.sql,
        rows -> {
          rows.next();
          return answer(plan, rows, estimate);
        });
  }

  private static Answer answer(ReadPlan plan, ResultSet rows, OptionalLong estimate)
      throws SQLException {
    long count = rows.getLong(2);
    long total = rows.getLong(1);
    boolean isCounted = !rows.wasNull();
    byte[] body = rows.getBytes(3);
    long version = rows.getLong(4);
    boolean isVersioned = !rows.wasNull() && count == 1;
    String last = plan.cursor().isPresent() ? rows.getString(5) : null;
    boolean mayFollow =
        last != null && count > 0 && count == plan.root().page().limit().orElse(Long.MAX_VALUE);
    return new Answer(
        count,
        isCounted ? OptionalLong.of(total) : estimate,
        body,
        isVersioned ? OptionalLong.of(version) : OptionalLong.empty(),
        mayFollow && last != null ? Optional.of(Cursors.encode(last)) : Optional.empty());
  }

  /** {@code total, rows, body, version, cursor} of a plan. */
  Renderer statement(ReadPlan plan) {
    Renderer to = renderer(database.engine(), plan.zone());
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
    to.body(plan.isStripped());
    to.sql.add(plan.isTagged() ? ", max(s.v), " : ", null, ");
    if (plan.cursor().isPresent()) {
      to.lastOf("s.k");
    } else {
      to.sql.add("null");
    }
    to.sql.add(" from (");
    if (root.isGrouped()) {
      to.rows(root, Optional.empty(), "", true);
    } else {
      rows(to, plan, root);
    }
    to.sql.add(") s");
    return to;
  }

  private static void rows(Renderer to, ReadPlan plan, Node root) {
    String alias = to.alias();
    to.sql.add("select ");
    to.object(
        root.items().stream()
            .map(it -> new Renderer.Member(it.name(), () -> to.json(it.value(), alias)))
            .toList());
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
    to.page(root.page());
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

  static Renderer renderer(Engine engine, Optional<ZoneId> zone) {
    return switch (engine) {
      case SQLITE -> new SqliteRenderer(zone);
      case POSTGRES -> new PostgresRenderer(zone);
    };
  }
}
