package dev.ledgerstone.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.JsonBinding;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A line of {@code ai_requests} as it is stored, as far as sums and costs follow from it.
 *
 * @param sums what it adds to the sums once it is finished
 * @param source null while it runs
 * @param periods the budget periods that hold it, or paid it
 */
record StoredLine(
    UUID id,
    Rollup.Line sums,
    long cachedTokens,
    long cacheWriteTokens,
    long reasoningTokens,
    @Nullable UsageSource source,
    UUID price,
    long heldNanos,
    boolean isOverHold,
    long inputCostNanos,
    long outputCostNanos,
    List<UUID> periods,
    boolean isFinished,
    Units units) {
  /** Comes before {@code from}. */
  static final String COLUMNS =
      """
      select id, tenant_id, user_id, api_key_id, service_config_id, provider, model, task_type, request_type, status,
        started_at, input_tokens, output_tokens, cost_nanos, total_micros, cache_status, saved_nanos, cached_tokens,
        cache_write_tokens, reasoning_tokens, usage_source, price_id, held_nanos, is_over_hold, input_cost_nanos,
        output_cost_nanos, budget_period_ids, finished_at,
        images, characters, audio_millis""";

  static StoredLine of(ResultSet row, Dialect dialect) throws SQLException {
    RequestType type = RequestType.valueOf(row.getString(9));
    String cache = row.getString(16);
    String source = row.getString(21);
    return new StoredLine(
        uuid(row, dialect, 1),
        new Rollup.Line(
            uuid(row, dialect, 2),
            uuid(row, dialect, 3),
            orNone(dialect.uuid(row, 4)),
            orNone(dialect.uuid(row, 5)),
            row.getString(6),
            row.getString(7),
            TaskType.valueOf(row.getString(8)),
            RequestStatus.valueOf(row.getString(10)),
            type.endpoint(),
            instant(row, dialect, 11),
            row.getLong(12),
            row.getLong(13),
            row.getLong(14),
            row.getLong(15),
            cache.equals("HIT") || cache.equals("SEMANTIC_HIT"),
            row.getLong(17)),
        row.getLong(18),
        row.getLong(19),
        row.getLong(20),
        source == null ? null : UsageSource.valueOf(source),
        uuid(row, dialect, 22),
        row.getLong(23),
        row.getBoolean(24),
        row.getLong(25),
        row.getLong(26),
        ids(row.getString(27)),
        row.getString(28) != null,
        new Units(row.getLong(29), row.getLong(30), row.getLong(31)));
  }

  private static UUID uuid(ResultSet row, Dialect dialect, int at) throws SQLException {
    return Objects.requireNonNull(dialect.uuid(row, at));
  }

  private static Instant instant(ResultSet row, Dialect dialect, int at) throws SQLException {
    return Objects.requireNonNull(dialect.instant(row, at));
  }

  private static UUID orNone(@Nullable UUID id) {
    return id == null ? Rollup.NONE : id;
  }

  private static List<UUID> ids(String json) {
    if (json.equals("[]")) {
      return List.of();
    }
    List<UUID> ids = new ArrayList<>();
    for (JsonNode id : JsonBinding.parse(json)) {
      ids.add(UUID.fromString(id.asText()));
    }
    return ids;
  }

  /** The usage, without the parts that have no column. */
  TokenUsage usage(UsageSource known) {
    return new TokenUsage(
        sums.inputTokens(),
        sums.outputTokens(),
        cachedTokens,
        cacheWriteTokens,
        0,
        reasoningTokens,
        0,
        0,
        units,
        known);
  }

  /**
   * Whether the cost follows from the columns: parts of the usage that have none (tokens of audio,
   * tokens cached for an hour) must cost what the part costs to which the columns count them.
   */
  boolean isDetermined(Rates rates) {
    boolean plainInput = sums.inputTokens() > cachedTokens + cacheWriteTokens;
    boolean plainOutput = sums.outputTokens() > reasoningTokens;
    return (cacheWriteTokens == 0 || rates.cacheWrite1h() == rates.cacheWrite())
        && (!plainInput || rates.inputAudio() == rates.inputPicos())
        && (!plainOutput || rates.outputAudio() == rates.outputPicos());
  }
}
