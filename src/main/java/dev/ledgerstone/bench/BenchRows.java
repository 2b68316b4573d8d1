package dev.ledgerstone.bench;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.Partitions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A year of rows for the benchmark of the records API, made by the database itself: ledger lines
 * spread evenly over the year before the fill and over {@link #MODELS} models, their sums, and
 * {@link #CONVERSATIONS} conversations of {@link #MESSAGES} messages.
 *
 * <p>Ids are of version 7 and rise with time, as the server's own do; the last 48 bits are the
 * row's number.
 */
final class BenchRows {
  static final int CONVERSATIONS = 10_000;
  static final int MESSAGES = 5;
  static final int MODELS = 20;

  private static final Duration YEAR = Duration.ofDays(365);

  /** Rows of one statement: a commit every second or so. */
  private static final long CHUNK = 100_000;

  private static final String NIL = "'00000000-0000-0000-0000-000000000000'";
  private static final long VARIANT = 0x8000_0000_0000_0000L;

  private final Engine engine;
  private final Instant from;
  private final long lines;
  private final UUID user;

  private BenchRows(Engine engine, Instant from, long lines, UUID user) {
    this.engine = engine;
    this.from = from;
    this.lines = lines;
    this.user = user;
  }

  /**
   * Fills an upgraded database that holds no ledger lines yet, for the user that calls; one that
   * was filled with as many before is taken as it is.
   */
  static BenchRows fill(String url, long lines) {
    // A statement of the fill may take longer than a server's ever should.
    String patient =
        url.startsWith("sqlite:") ? url : url + (url.contains("?") ? "&" : "?") + "socketTimeout=0";
    try (Database database = Database.open(DatabaseSettings.of(patient))) {
      UUID[] owner = database.readJdbc(BenchRows::owner);
      BenchRows earlier = database.readJdbc(it -> earlier(database.engine(), it, lines, owner[1]));
      if (earlier != null) {
        return earlier;
      }
      Instant from = Instant.now().minus(YEAR).truncatedTo(ChronoUnit.SECONDS);
      for (int quarter = 0; quarter < 4; quarter++) {
        new Partitions(database).ensure(from.plus(Duration.ofDays(91L * quarter)));
      }
      BenchRows rows = new BenchRows(database.engine(), from, lines, owner[1]);
      for (long begin = 0; begin < lines; begin += CHUNK) {
        rows.series(database, rows.ledgerLines(), owner, begin, Math.min(lines, begin + CHUNK));
      }
      for (String sums : rows.sums()) {
        database.writeJdbc(connection -> execute(connection, sums));
      }
      rows.series(database, rows.conversations(), owner, 0, CONVERSATIONS);
      rows.series(database, rows.messages(), owner, 0, (long) CONVERSATIONS * MESSAGES);
      rows.settle(database);
      return rows;
    }
  }

  /** Does what the database would begin to do by itself a minute later, within the samples. */
  private void settle(Database database) {
    switch (engine) {
      case SQLITE -> database.writeJdbc(connection -> execute(connection, "analyze"));
      case POSTGRES -> {
        try (Connection connection = database.connect(600)) {
          connection.setAutoCommit(true);
          execute(connection, "vacuum (analyze)");
        } catch (SQLException e) {
          throw DatabaseProblem.of(e);
        }
      }
    }
  }

  private static @Nullable BenchRows earlier(
      Engine engine, Connection connection, long lines, UUID user) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet ends =
            statement.executeQuery(
                """
                select (select id from ai_requests order by id limit 1),
                  (select id from ai_requests order by id desc limit 1)
                """)) {
      ends.next();
      if (ends.getString(1) == null) {
        return null;
      }
      Instant from =
          Instant.ofEpochMilli(UUID.fromString(ends.getString(1)).getMostSignificantBits() >>> 16);
      BenchRows rows = new BenchRows(engine, from, lines, user);
      if (!rows.line(lines - 1).toString().equals(ends.getString(2))) {
        throw new IllegalStateException("the database holds other ledger lines: take an empty one");
      }
      return rows;
    }
  }

  /** The caller's user, for rows that want one. */
  UUID user() {
    return user;
  }

  /** The id of a ledger line, by its number from the oldest. */
  UUID line(long number) {
    return id(number, lines);
  }

  UUID conversation(long number) {
    return id(number, CONVERSATIONS);
  }

  private UUID id(long number, long of) {
    return new UUID((from.toEpochMilli() + number * step(of)) << 16 | 0x7000L, VARIANT | number);
  }

  /** Milliseconds between two of so many rows of a year. */
  private static long step(long rows) {
    return Math.max(1, YEAR.toMillis() / rows);
  }

  private static UUID[] owner(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select t.id, u.id from tenants t join users u on u.tenant_id = t.id"
                    + " where t.slug = 'default' and u.username = 'owner'")) {
      if (!row.next()) {
        throw new IllegalStateException("the tenant default has no user owner");
      }
      return new UUID[] {UUID.fromString(row.getString(1)), UUID.fromString(row.getString(2))};
    }
  }

  private static int execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }

  // ---- what differs between the engines

  private String id(String millis, String number) {
    return switch (engine) {
      case SQLITE ->
          "printf('%%08x-%%04x-7000-8000-%%012x', (%1$s) >> 16, (%1$s) & 65535, %2$s)"
              .formatted(millis, number);
      case POSTGRES ->
          """
          cast(lpad(to_hex((%1$s) >> 16), 8, '0') || '-' || lpad(to_hex((%1$s) & 65535), 4, '0')
            || '-7000-8000-' || lpad(to_hex(%2$s), 12, '0') as uuid)"""
              .formatted(millis, number);
    };
  }

  private String time(String millis) {
    return switch (engine) {
      case SQLITE ->
          "strftime('%%Y-%%m-%%dT%%H:%%M:%%S', (%1$s) / 1000, 'unixepoch') || printf('.%%03d000Z', (%1$s) %% 1000)"
              .formatted(millis);
      case POSTGRES -> "to_timestamp((%s) / 1000.0)".formatted(millis);
    };
  }

  private String start(String unit) {
    return switch (engine) {
      case POSTGRES -> "date_trunc('%s', started_at, 'UTC')".formatted(unit);
      case SQLITE ->
          switch (unit) {
            case "hour" -> "substr(started_at, 1, 13) || ':00:00.000000Z'";
            case "day" -> "substr(started_at, 1, 10) || 'T00:00:00.000000Z'";
            case "month" -> "substr(started_at, 1, 7) || '-01T00:00:00.000000Z'";
            default -> throw new IllegalArgumentException(unit);
          };
    };
  }

  /** Rows by their number {@code i}, from the first parameter to before the second. */
  private String numbers() {
    return switch (engine) {
      case SQLITE ->
          "(with recursive n (i) as (select ? union all select i + 1 from n where i + 1 < ?) select i from n)";
      case POSTGRES -> "(select i from generate_series(?, ? - 1) as i)";
    };
  }

  private void series(Database database, String sql, UUID[] owner, long from, long to) {
    database.writeJdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < owner.length; i++) {
              switch (engine) {
                case SQLITE -> statement.setString(i + 1, owner[i].toString());
                case POSTGRES -> statement.setObject(i + 1, owner[i]);
              }
            }
            statement.setLong(owner.length + 1, from);
            statement.setLong(owner.length + 2, to);
            return statement.executeUpdate();
          }
        });
  }

  // ---- the rows: parameters are tenant, user, and the bounds of the series

  private String millis(String number, long of) {
    return "%d + %s * %d".formatted(from.toEpochMilli(), number, step(of));
  }

  private String ledgerLines() {
    String millis = millis("i", lines);
    return """
        insert into ai_requests (id, tenant_id, user_id, provider, model, requested_model, request_type, status,
          node_id, price_id, input_tokens, output_tokens, cost_nanos, total_micros, http_status, started_at, finished_at)
        select %1$s, o.tenant, o.person, 'bench', 'model-' || (i %% %4$d), 'model-' || (i %% %4$d), 'CHAT', 'COMPLETED',
          %3$s, %3$s, 200 + i %% 100, 40 + i %% 20, 1000 * (i %% 500), 500000 + i %% 100000, 200, %2$s, %2$s
        from (select ? as tenant, ? as person) o cross join %5$s s
        """
        .formatted(id(millis, "i"), time(millis), nil(), MODELS, numbers());
  }

  private String nil() {
    return engine == Engine.POSTGRES ? "cast(" + NIL + " as uuid)" : NIL;
  }

  private List<String> sums() {
    return List.of(sums("HOURLY", "hour", 1), sums("DAILY", "day", 2), sums("MONTHLY", "month", 3));
  }

  private String sums(String kind, String unit, int number) {
    return """
        insert into cost_tracking (id, tenant_id, period_kind, period_start, user_id, api_key_id, service_config_id,
          provider, model, task_type, status, endpoint, requests, successes, input_tokens, output_tokens, cost_nanos,
          latency_micros, updated_at)
        select %1$s, tenant_id, '%2$s', start, user_id, %3$s, %3$s, provider, model, task_type, status,
          '/v1/chat/completions', calls, calls, tokens_in, tokens_out, cost, latency, updated
        from (select row_number() over () as i, tenant_id, %4$s as start, user_id, provider, model, task_type, status,
            count(*) as calls, sum(input_tokens) as tokens_in, sum(output_tokens) as tokens_out,
            sum(cost_nanos) as cost, sum(total_micros) as latency, max(finished_at) as updated
          from ai_requests
          group by tenant_id, %4$s, user_id, provider, model, task_type, status) s
        """
        .formatted(id(Integer.toString(number), "i"), kind, nil(), start(unit));
  }

  private String conversations() {
    String millis = millis("i", CONVERSATIONS);
    return """
        insert into conversations (id, tenant_id, user_id, title, created_at, updated_at)
        select %1$s, o.tenant, o.person, 'Conversation ' || i, %2$s, %2$s
        from (select ? as tenant, ? as person) o cross join %3$s s
        """
        .formatted(id(millis, "i"), time(millis), numbers());
  }

  private String messages() {
    String conversation = "(i / " + MESSAGES + ")";
    String millis = millis(conversation, CONVERSATIONS);
    return """
        insert into messages (id, tenant_id, conversation_id, sequence, role, content, input_tokens, created_at,
          updated_at, created_by)
        select %1$s, o.tenant, %2$s, 1 + i %% %4$d, case i %% 2 when 0 then 'USER' else 'ASSISTANT' end,
          '[{"type": "text", "text": "A message of the benchmark"}]', 20, %3$s, %3$s, o.person
        from (select ? as tenant, ? as person) o cross join %5$s s
        """
        .formatted(
            id(millis, "1000000 + i"), id(millis, conversation), time(millis), MESSAGES, numbers());
  }
}
