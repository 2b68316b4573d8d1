package dev.ledgerstone.ledger;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.ledger.Reconciliation.Findings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Checks that each finished line has one event {@code ai_request.finished}, and each such event its
 * line, in memory that does not grow with them.
 *
 * <p>Lines and events go by policies of retention. Of a line that began before the tenant's horizon
 * of either, one may be there without the other: neither is looked at. An event is no older than
 * its line's id.
 *
 * <p>Both sides are counted and summed into buckets by their ids' hash. Where a bucket's two sides
 * differ, its ids alone are read again and compared one by one; an anti-join would sort or hash all
 * of both tables in memory, since events have no index on their subject.
 */
final class FinishedEvents {
  private static final int BUCKETS = 1 << 14;

  /** Buckets read again in one pass; past them differences are counted, not named. */
  private static final int EXAMINED = 256;

  private static final String SELECT_EVENTS =
      "select tenant_id, subject_id from events where type = 'ai_request.finished'";
  private static final String SELECT_LINES =
      "select tenant_id, id from ai_requests where finished_at is not null";

  private static final String SELECT_GONE =
      "select tenant_id, max(horizon) from retention_horizons where table_name in ('ai_requests', 'events') group by tenant_id";

  private final Dialect dialect;
  private final Findings findings;

  /** Lines less events. */
  private final long[] counts = new long[BUCKETS];

  /** The sum of the lines' hashes less that of the events': 0 where both sides are the same. */
  private final long[] sums = new long[BUCKETS];

  /** Up to when a tenant's lines or events may be gone. */
  private final Map<UUID, Instant> gone = new HashMap<>();

  /**
   * @param connection of the snapshot that is proved
   */
  FinishedEvents(Connection connection, Dialect dialect, Findings findings) throws SQLException {
    this.dialect = dialect;
    this.findings = findings;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(SELECT_GONE)) {
      while (row.next()) {
        gone.put(
            Objects.requireNonNull(dialect.uuid(row, 1)),
            Objects.requireNonNull(dialect.instant(row, 2)));
      }
    }
  }

  /** Whether a line and its event must both be there. */
  private boolean isDue(UUID tenant, UUID line) {
    Instant horizon = gone.get(tenant);
    return horizon == null || !Ids.time(line).isBefore(horizon);
  }

  /** A finished line. */
  void line(UUID tenant, UUID id) {
    if (!isDue(tenant, id)) {
      return;
    }
    long hash = hash(id);
    counts[bucket(hash)]++;
    sums[bucket(hash)] += hash;
  }

  /** Compares all lines told before with the events; returns how many of these are looked at. */
  long compare(Connection connection) throws SQLException {
    long[] events = {0};
    each(
        connection,
        SELECT_EVENTS,
        id -> {
          events[0]++;
          long hash = hash(id);
          counts[bucket(hash)]--;
          sums[bucket(hash)] -= hash;
        });
    boolean[] examined = new boolean[BUCKETS];
    int differing = 0;
    for (int i = 0; i < BUCKETS; i++) {
      if (counts[i] != 0 || sums[i] != 0) {
        differing++;
        examined[i] = differing <= EXAMINED && !findings.isFull();
        if (!examined[i]) {
          findings.addUnnamed(Math.max(1, Math.abs(counts[i])));
        }
      }
    }
    if (differing > 0) {
      name(connection, examined);
    }
    return events[0];
  }

  private void name(Connection connection, boolean[] examined) throws SQLException {
    Map<UUID, Integer> balance = new HashMap<>();
    each(
        connection,
        SELECT_LINES,
        id -> {
          if (examined[bucket(hash(id))]) {
            balance.put(id, 1);
          }
        });
    each(
        connection,
        SELECT_EVENTS,
        id -> {
          if (examined[bucket(hash(id))]) {
            balance.merge(id, -1, Integer::sum);
          }
        });
    balance.forEach(
        (id, left) -> {
          if (left == 1) {
            findings.add("events", id, "row", "ai_request.finished of this line", "none");
          } else if (left < 0) {
            findings.add(
                "events",
                id,
                "row",
                "one for each finished line",
                "ai_request.finished, " + -left + " too many");
          }
        });
  }

  private void each(Connection connection, String select, Consumer<UUID> to) throws SQLException {
    try (Statement statement = Reconciliation.streaming(connection);
        ResultSet rows = statement.executeQuery(select)) {
      while (rows.next()) {
        UUID line = Objects.requireNonNull(dialect.uuid(rows, 2));
        if (isDue(Objects.requireNonNull(dialect.uuid(rows, 1)), line)) {
          to.accept(line);
        }
      }
    }
  }

  private static int bucket(long hash) {
    return (int) (hash & (BUCKETS - 1));
  }

  /** The finalizer of SplitMix64 over both halves: ids of one moment share their upper bits. */
  private static long hash(UUID id) {
    return mix(mix(id.getMostSignificantBits()) + id.getLeastSignificantBits());
  }

  private static long mix(long value) {
    long mixed = value + 0x9E37_79B9_7F4A_7C15L;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D0_49BB_1331_11EBL;
    return mixed ^ (mixed >>> 31);
  }
}
