package dev.ledgerstone.ledger;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.ledgerstone.db.Dialect;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/** New rows of {@code ai_requests}: intents, and calls that the cache answered, which have ended. */
final class LineRows {
  private static final JsonStringEncoder JSON = JsonStringEncoder.getInstance();

  private static final String COLUMNS =
      """
      id, tenant_id, user_id, api_key_id, session_id, conversation_id, agent_id, service_config_id, provider, model,
      requested_model, task_type, request_type, status, attempt, parent_id, is_stream, cache_status, tags, node_id,
      price_id, held_nanos, budget_period_ids, ip, user_agent, started_at, prompt_version_id""";

  private static final int NEXT = 28;

  private final Dialect dialect;
  private final UUID node;
  private final String begin;
  private final String serve;

  LineRows(Dialect dialect, UUID node) {
    this.dialect = dialect;
    this.node = node;
    String json = dialect.json();
    String values = "?, ".repeat(18) + json + ", ?, ?, ?, " + json + ", ?, ?, ?, ?";
    begin = "insert into ai_requests (" + COLUMNS + ") values (" + values + ")";
    serve =
        "insert into ai_requests ("
            + COLUMNS
            + ", saved_nanos, usage_source, queue_micros, total_micros, finish_reason, finished_at) values ("
            + values
            + ", ?, 'REPORTED', ?, ?, ?, ?)";
  }

  /** Adds an intent to the batch that is returned. */
  PreparedStatement begin(Statements statements, Reservation reservation) throws SQLException {
    PreparedStatement insert = statements.get(begin);
    set(insert, reservation, RequestStatus.PROCESSING);
    insert.addBatch();
    return insert;
  }

  void serve(Statements statements, List<LedgerEntry.Serve> serves) throws SQLException {
    if (serves.isEmpty()) {
      return;
    }
    // Ids rise with their time: in order, the batch's lines go to the end of each index.
    List<LedgerEntry.Serve> ordered =
        serves.stream().sorted(Comparator.comparing(serve -> serve.intent.id())).toList();
    PreparedStatement insert = statements.get(serve);
    for (LedgerEntry.Serve each : ordered) {
      Outcome outcome = each.outcome;
      set(insert, new Reservation(each.intent, 0, false, 0, List.of()), outcome.status());
      insert.setLong(NEXT, each.savedNanos);
      dialect.set(insert, NEXT + 1, outcome.queueMicros());
      insert.setLong(NEXT + 2, outcome.totalMicros());
      insert.setString(NEXT + 3, outcome.finishReason());
      dialect.set(insert, NEXT + 4, outcome.finishedAt());
      insert.addBatch();
    }
    insert.executeBatch();
  }

  private void set(PreparedStatement insert, Reservation reservation, RequestStatus status)
      throws SQLException {
    Intent intent = reservation.intent();
    Subjects subjects = intent.subjects();
    dialect.set(insert, 1, intent.id());
    dialect.set(insert, 2, subjects.tenant());
    dialect.set(insert, 3, subjects.user());
    dialect.set(insert, 4, subjects.apiKey());
    dialect.set(insert, 5, intent.session());
    dialect.set(insert, 6, intent.conversation());
    dialect.set(insert, 7, subjects.agent());
    dialect.set(insert, 8, subjects.service());
    insert.setString(9, subjects.provider());
    insert.setString(10, subjects.model());
    insert.setString(11, intent.requestedModel());
    insert.setString(12, intent.taskType().name());
    insert.setString(13, intent.requestType().name());
    insert.setString(14, status.name());
    insert.setInt(15, intent.attempt());
    dialect.set(insert, 16, intent.parent());
    insert.setBoolean(17, intent.isStream());
    insert.setString(18, intent.cacheStatus().name());
    insert.setString(19, array(subjects.tags()));
    dialect.set(insert, 20, node);
    dialect.set(insert, 21, intent.price().id());
    insert.setLong(22, reservation.heldNanos());
    insert.setString(23, array(reservation.periods()));
    insert.setString(24, intent.ip());
    insert.setString(25, intent.userAgent());
    dialect.set(insert, 26, intent.startedAt());
    dialect.set(insert, 27, subjects.promptVersion());
  }

  private static String array(List<?> values) {
    if (values.isEmpty()) {
      return "[]";
    }
    StringBuilder out = new StringBuilder("[");
    for (Object value : values) {
      out.append(out.length() == 1 ? "" : ",")
          .append('"')
          .append(JSON.quoteAsString(value.toString()))
          .append('"');
    }
    return out.append(']').toString();
  }
}
