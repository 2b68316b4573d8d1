package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.MODEL_PRICES;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Writes lines that another gateway made: finished from the start, with their sums and events in
 * the same transaction, so that {@link Reconciliation} finds the books as clean as before. Budgets
 * do not pay for them: their periods were others'.
 *
 * <p>Their cost is the other gateway's word, and follows from no price of ours: their usage counts
 * as assumed, and they name a price of the tier {@value #TIER}, by which nothing is ever priced.
 */
public final class BroughtLines {
  private static final String TIER = "brought";
  private static final UUID NO_NODE = new UUID(0, 0);

  private final Dialect dialect;
  private final String source;
  private final Map<String, UUID> prices = new HashMap<>();
  private final RollupRows rollups;

  /**
   * @param source the other gateway's name, which the lines have as a tag
   */
  public BroughtLines(Dialect dialect, String source) {
    this.dialect = dialect;
    this.source = source;
    this.rollups = new RollupRows(dialect);
  }

  /**
   * What became of lines.
   *
   * @param there how many were there already
   * @param late those that are not, and are of a time whose lines may have been let go: they may
   *     have been there, and are in the sums then
   */
  public record Written(long there, Set<UUID> late) {
    public Written {
      late = Set.copyOf(late);
    }
  }

  /**
   * Writes lines that are not there yet, but for late ones.
   *
   * @param sql on the same connection
   * @param lines of one tenant
   */
  public Written write(DSLContext sql, Connection connection, List<BroughtLine> lines, Instant now)
      throws SQLException {
    if (lines.isEmpty()) {
      return new Written(0, Set.of());
    }
    Set<UUID> seen = there(connection, lines);
    // Looked at behind the lines: whoever lets one go has moved the horizon before.
    Instant horizon = PastLines.horizon(sql, lines.getFirst().tenant()).orElse(Instant.EPOCH);
    Set<UUID> late = new HashSet<>();
    List<BroughtLine> fresh = new ArrayList<>();
    long there = 0;
    for (BroughtLine line : lines) {
      if (seen.contains(line.id())) {
        there++;
      } else if (Ids.time(line.id()).isBefore(horizon)) {
        late.add(line.id());
      } else {
        seen.add(line.id());
        fresh.add(line);
      }
    }
    if (!fresh.isEmpty()) {
      fresh.sort(Comparator.comparing(BroughtLine::id));
      insert(sql, connection, fresh, now);
      rollups.forget(); // another transaction may have made none of what this one remembers
      Statements statements = new Statements(connection);
      rollups.addLines(statements, fresh.stream().map(BroughtLine::sums).toList(), now);
      statements.close();
      events(connection, fresh, now);
    }
    return new Written(there, late);
  }

  private Set<UUID> there(Connection connection, List<BroughtLine> lines) throws SQLException {
    Set<UUID> there = new HashSet<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "select id from ai_requests where tenant_id = ? and id " + dialect.inList())) {
      dialect.set(select, 1, lines.getFirst().tenant());
      dialect.setList(select, 2, lines.stream().map(BroughtLine::id).toList());
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          UUID id = dialect.uuid(row, 1);
          if (id != null) {
            there.add(id);
          }
        }
      }
    }
    return there;
  }

  private void insert(DSLContext sql, Connection connection, List<BroughtLine> lines, Instant now)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            insert into ai_requests (id, tenant_id, user_id, provider, model, requested_model, request_type, status,
              is_stream, cache_status, input_tokens, output_tokens, cached_tokens, usage_source, tags, node_id, price_id,
              held_nanos, input_cost_nanos, output_cost_nanos, cost_nanos, first_token_micros, total_micros, upstream_id,
              ip, started_at, finished_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'ASSUMED', %s, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
                .formatted(dialect.json()))) {
      for (BroughtLine line : lines) {
        dialect.set(insert, 1, line.id());
        dialect.set(insert, 2, line.tenant());
        dialect.set(insert, 3, line.user());
        insert.setString(4, line.provider());
        insert.setString(5, line.model());
        insert.setString(6, line.requestedModel());
        insert.setString(7, line.type().name());
        insert.setString(8, line.status().name());
        insert.setBoolean(9, line.isStream());
        insert.setString(10, line.isCacheHit() ? "HIT" : "NONE");
        insert.setLong(11, line.inputTokens());
        insert.setLong(12, line.outputTokens());
        insert.setLong(13, line.cachedTokens());
        dialect.set(insert, 14, tags(line));
        dialect.set(insert, 15, NO_NODE);
        dialect.set(insert, 16, price(sql, line, now));
        insert.setLong(17, line.costNanos()); // as if it had been held: nothing was overdrawn
        insert.setLong(18, line.inputNanos());
        insert.setLong(19, line.costNanos() - line.inputNanos());
        insert.setLong(20, line.costNanos());
        dialect.set(insert, 21, line.firstTokenMicros());
        insert.setLong(22, line.totalMicros());
        insert.setString(23, line.upstreamId());
        insert.setString(24, line.ip());
        dialect.set(insert, 25, line.startedAt());
        dialect.set(insert, 26, line.finishedAt());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  private ArrayNode tags(BroughtLine line) {
    ArrayNode tags = JsonNodeFactory.instance.arrayNode().add("imported=" + source);
    line.tags().forEach(tags::add);
    return tags;
  }

  /** A row by which a reader finds who priced the line. */
  private UUID price(DSLContext sql, BroughtLine line, Instant now) {
    String key = line.provider() + "/" + line.model();
    UUID known = prices.get(key);
    if (known != null) {
      return known;
    }
    @Nullable UUID there =
        sql.select(MODEL_PRICES.ID)
            .from(MODEL_PRICES)
            .where(MODEL_PRICES.TENANT_ID.eq(line.tenant()))
            .and(MODEL_PRICES.PROVIDER.eq(line.provider()))
            .and(MODEL_PRICES.MODEL.eq(line.model()))
            .and(MODEL_PRICES.TIER.eq(TIER))
            .limit(1)
            .fetchOne(MODEL_PRICES.ID);
    UUID id = there == null ? Ids.next() : there;
    if (there == null) {
      sql.insertInto(MODEL_PRICES)
          .set(MODEL_PRICES.ID, id)
          .set(MODEL_PRICES.TENANT_ID, line.tenant())
          .set(MODEL_PRICES.PROVIDER, line.provider())
          .set(MODEL_PRICES.MODEL, line.model())
          .set(MODEL_PRICES.TIER, TIER)
          .set(MODEL_PRICES.VALID_FROM, now)
          .set(MODEL_PRICES.INPUT_PICOS, 0L)
          .set(MODEL_PRICES.OUTPUT_PICOS, 0L)
          .set(MODEL_PRICES.SOURCE, "costs that " + source + " has told")
          .set(MODEL_PRICES.CREATED_AT, now)
          .execute();
    }
    prices.put(key, id);
    return id;
  }

  private void events(Connection connection, List<BroughtLine> lines, Instant now)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into events (id, tenant_id, type, subject_table, subject_id, data, sequence, at)"
                + " values (?, ?, 'ai_request.finished', 'ai_requests', ?, "
                + dialect.json()
                + ", "
                + dialect.nextEventSequence()
                + ", ?)")) {
      for (BroughtLine line : lines) {
        ObjectNode data =
            JsonNodeFactory.instance
                .objectNode()
                .put("status", line.status().name())
                .put("provider", line.provider())
                .put("model", line.model())
                .put("input_tokens", line.inputTokens())
                .put("output_tokens", line.outputTokens())
                .put("cost_nanos", line.costNanos())
                .put("imported", source);
        dialect.set(insert, 1, Ids.next());
        dialect.set(insert, 2, line.tenant());
        dialect.set(insert, 3, line.id());
        dialect.set(insert, 4, data);
        dialect.set(insert, 5, now);
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }
}
