package dev.ledgerstone.ledger;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.GivenRows;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * New rows of {@code ai_requests}: intents, and calls that the cache answered, which have ended.
 */
final class LineRows {
  private static final JsonStringEncoder JSON = JsonStringEncoder.getInstance();

  /**
   * A new row.
   *
   * @param outcome of a call that has ended; null: an intent
   */
  private record Line(Reservation reserved, @Nullable Outcome outcome, long savedNanos) {
    Intent intent() {
      return reserved.intent();
    }

    Subjects subjects() {
      return intent().subjects();
    }

    Outcome ended() {
      return Objects.requireNonNull(outcome);
    }
  }

  private static final List<GivenRows.Column<Line>> ENDED =
      List.of(
          column("saved_nanos", "bigint", Line::savedNanos),
          column("usage_source", "varchar", _ -> UsageSource.REPORTED.name()),
          column("queue_micros", "bigint", line -> line.ended().queueMicros()),
          column("total_micros", "bigint", line -> line.ended().totalMicros()),
          column("finish_reason", "varchar", line -> line.ended().finishReason()),
          column("finished_at", "timestamptz", line -> line.ended().finishedAt()));

  private final GivenRows<Line> begun;
  private final String begin;
  private final GivenRows<Line> served;
  private final String serve;

  LineRows(Dialect dialect, UUID node) {
    List<GivenRows.Column<Line>> columns = columns(node);
    begun = new GivenRows<>(dialect, columns);
    begin = begun.insertInto("ai_requests");
    served = new GivenRows<>(dialect, Stream.concat(columns.stream(), ENDED.stream()).toList());
    serve = served.insertInto("ai_requests");
  }

  private static List<GivenRows.Column<Line>> columns(UUID node) {
    return List.of(
        column("id", "uuid", line -> line.intent().id()),
        column("tenant_id", "uuid", line -> line.subjects().tenant()),
        column("user_id", "uuid", line -> line.subjects().user()),
        column("api_key_id", "uuid", line -> line.subjects().apiKey()),
        column("session_id", "uuid", line -> line.intent().session()),
        column("conversation_id", "uuid", line -> line.intent().conversation()),
        column("agent_id", "uuid", line -> line.subjects().agent()),
        column("service_config_id", "uuid", line -> line.subjects().service()),
        column("provider", "varchar", line -> line.subjects().provider()),
        column("model", "varchar", line -> line.subjects().model()),
        column("requested_model", "varchar", line -> line.intent().requestedModel()),
        column("task_type", "varchar", line -> line.intent().taskType().name()),
        column("request_type", "varchar", line -> line.intent().requestType().name()),
        column("status", "varchar", LineRows::status),
        column("attempt", "integer", line -> line.intent().attempt()),
        column("parent_id", "uuid", line -> line.intent().parent()),
        column("is_stream", "boolean", line -> line.intent().isStream()),
        column("cache_status", "varchar", line -> line.intent().cacheStatus().name()),
        column("tags", "jsonb", line -> array(line.subjects().tags())),
        column("node_id", "uuid", _ -> node),
        column("price_id", "uuid", line -> line.intent().price().id()),
        column("held_nanos", "bigint", line -> line.reserved.heldNanos()),
        column("budget_period_ids", "jsonb", line -> array(line.reserved.periods())),
        column("ip", "varchar", line -> line.intent().ip()),
        column("user_agent", "varchar", line -> line.intent().userAgent()),
        column("started_at", "timestamptz", line -> line.intent().startedAt()),
        column("prompt_version_id", "uuid", line -> line.subjects().promptVersion()));
  }

  private static GivenRows.Column<Line> column(
      String name, String type, Function<Line, @Nullable Object> value) {
    return new GivenRows.Column<>(name, type, value);
  }

  private static String status(Line line) {
    Outcome outcome = line.outcome;
    return (outcome == null ? RequestStatus.PROCESSING : outcome.status()).name();
  }

  void begin(Trip trip, List<Reservation> reservations) throws SQLException {
    insert(trip, begun, begin, reservations.stream().map(of -> new Line(of, null, 0)));
  }

  void serve(Trip trip, List<LedgerEntry.Serve> serves) throws SQLException {
    insert(
        trip,
        served,
        serve,
        serves.stream()
            .map(
                each ->
                    new Line(
                        new Reservation(each.intent, 0, false, 0, List.of()),
                        each.outcome,
                        each.savedNanos)));
  }

  /** Ids rise with their time: in order, the batch's lines go to the end of each index. */
  private static void insert(Trip trip, GivenRows<Line> rows, String sql, Stream<Line> lines)
      throws SQLException {
    List<Line> ordered = lines.sorted(Comparator.comparing(line -> line.intent().id())).toList();
    if (!ordered.isEmpty()) {
      trip.add(new NewRows<>(rows, sql, ordered));
    }
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
