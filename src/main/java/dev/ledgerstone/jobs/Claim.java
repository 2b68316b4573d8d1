package dev.ledgerstone.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.GivenRows;
import dev.ledgerstone.db.JsonBinding;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Takes jobs for a worker: of each queue as many as it has free slots, from tenant after tenant.
 *
 * <p>Fair: the slots are shared among the tenants whose jobs wait, each claim goes on behind the
 * tenant with which the last one ended, and what one tenant does not need goes to the others. Of a
 * tenant's jobs the lowest priority number goes first, then the oldest. Which tenants wait is found
 * by leaps through {@code jobs_due_idx}, not by reading it: a tenant with a million jobs costs as
 * much as one with three.
 */
final class Claim {
  /** More tenants than this wait for the next claim, a few milliseconds later. */
  private static final int MOST_TENANTS = 32;

  /** Of a job that says none. */
  private static final Duration NO_TIMEOUT = Duration.ofMinutes(5);

  private static final UUID LOWEST = new UUID(0, 0);

  /** How many due jobs one claim moves to the ready ones. */
  private static final int MOST_DUE = 500;

  private static final String WAITING_QUEUES =
      """
      with recursive found(queue) as (
        select (select queue from jobs where state = 'QUEUED' order by queue limit 1)
        union all
        select (select j.queue from jobs j where j.state = 'QUEUED' and j.queue > found.queue order by j.queue limit 1)
        from found where found.queue is not null)
      select queue from found where queue is not null
      """;

  private static final String WAITING_TENANTS =
      """
      with recursive found(tenant_id) as (
        select (select tenant_id from jobs where state = 'QUEUED' and queue = ? and tenant_id > ?
          order by tenant_id limit 1)
        union all
        select (select j.tenant_id from jobs j where j.state = 'QUEUED' and j.queue = ? and j.tenant_id > found.tenant_id
          order by j.tenant_id limit 1)
        from found where found.tenant_id is not null)
      select tenant_id from found where tenant_id is not null limit ?
      """;

  /** Without a table's name: SQLite knows no alias here. */
  private static final String BEGUN =
      """
      returning id, tenant_id, user_id, queue, kind, payload, attempts, max_attempts, timeout_millis, run_at
      """;

  /** In process: a share is a statement. */
  private static final String TAKE_ONE_SHARE =
      """
      update jobs set state = 'RUNNING', worker_id = ?, attempts = attempts + 1, started_at = ?,
        progress_percent = null, progress_note = null, updated_at = ?, version = version + 1
      where id in (select id from jobs where state = 'QUEUED' and queue = ? and tenant_id = ?
        order by priority, run_at limit ?)
      """
          + BEGUN;

  private static final String TAKE_ALL_SHARES =
      """
      with taken as (
        select due.id as job, given.worker, given.began, given.changed from %s cross join lateral (
          select id from jobs where state = 'QUEUED' and queue = given.queue and tenant_id = given.tenant_id
          order by priority, run_at limit given.most for update skip locked) as due)
      update jobs as kept set state = 'RUNNING', worker_id = taken.worker, attempts = kept.attempts + 1,
        started_at = taken.began, progress_percent = null, progress_note = null,
        updated_at = taken.changed, version = kept.version + 1
      from taken where kept.id = taken.job
      """
          + BEGUN;

  private final Dialect dialect;
  private final Map<String, UUID> lastTenants = new HashMap<>();

  Claim(Dialect dialect) {
    this.dialect = dialect;
  }

  /**
   * Makes those ready whose time has come.
   *
   * @return when the next one's time comes; null: none waits for a time
   */
  @Nullable Instant ripen(Connection connection, Instant now) throws SQLException {
    String ripen =
        "update jobs set state = 'QUEUED', updated_at = ? where id in (select id from jobs"
            + " where state = 'SCHEDULED' and run_at <= ? order by run_at limit ?"
            + dialect.skipLocked()
            + ")";
    try (PreparedStatement statement = connection.prepareStatement(ripen)) {
      dialect.set(statement, 1, now);
      dialect.set(statement, 2, now);
      statement.setInt(3, MOST_DUE);
      statement.executeUpdate();
    }
    String next = "select run_at from jobs where state = 'SCHEDULED' order by run_at limit 1";
    try (PreparedStatement statement = connection.prepareStatement(next);
        ResultSet row = statement.executeQuery()) {
      return row.next() ? dialect.instant(row, 1) : null;
    }
  }

  /**
   * Takes jobs; they are RUNNING when the transaction is committed.
   *
   * @param slots free ones, by queue
   */
  List<Claimed> take(Connection connection, UUID worker, Map<String, Integer> slots, Instant now)
      throws SQLException {
    List<Claimed> taken = new ArrayList<>();
    for (String queue : waitingQueues(connection)) {
      int free = slots.getOrDefault(queue, 0);
      if (free > 0) {
        take(connection, worker, queue, free, now, taken);
      }
    }
    return taken;
  }

  /** Whether a new job of these tenants stands behind nobody in a queue, and no rule of theirs. */
  boolean isClear(Connection connection, String queue, Collection<UUID> tenants)
      throws SQLException {
    String sql =
        "select exists (select 1 from jobs where state = 'QUEUED' and queue = ?) or exists (select 1 from job_queues"
            + " where name = ? and (is_paused or max_running is not null or rate_per_minute is not null) and tenant_id "
            + dialect.inList()
            + ")";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, queue);
      statement.setString(2, queue);
      dialect.setList(statement, 3, tenants);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return !row.getBoolean(1);
      }
    }
  }

  private static List<String> waitingQueues(Connection connection) throws SQLException {
    List<String> queues = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(WAITING_QUEUES);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        queues.add(rows.getString(1));
      }
    }
    return queues;
  }

  private void take(
      Connection connection, UUID worker, String queue, int slots, Instant now, List<Claimed> taken)
      throws SQLException {
    Set<UUID> tenants = waitingTenants(connection, queue);
    Map<UUID, Allowance> allowances = allowances(connection, queue, tenants, now);
    Collection<UUID> eager = tenants;
    int free = slots;
    while (free > 0 && !eager.isEmpty()) {
      List<Share> shares = shares(queue, eager, allowances, free);
      Map<UUID, Integer> took = take(connection, worker, shares, now, taken);
      eager = new ArrayList<>();
      for (Share share : shares) {
        int count = took.getOrDefault(share.tenant, 0);
        free -= count;
        use(connection, allowances.get(share.tenant), count);
        if (count == share.most) {
          eager.add(share.tenant); // what others do not need is its own
        }
      }
    }
  }

  /** Up to how many jobs of a tenant are taken. */
  private record Share(String queue, UUID tenant, int most) {}

  /** Shares slots among tenants that may begin jobs; some of them get none if there are too few. */
  private List<Share> shares(
      String queue, Collection<UUID> tenants, Map<UUID, Allowance> allowances, int slots) {
    List<Share> shares = new ArrayList<>();
    int free = slots;
    int left = tenants.size();
    for (UUID tenant : tenants) {
      Allowance allowance = allowances.get(tenant);
      int even = Math.ceilDiv(free, left--);
      int most = allowance == null ? even : (int) Math.min(even, allowance.left);
      if (free > 0) {
        lastTenants.put(queue, tenant);
      }
      if (allowance == null || allowance.left > 0) {
        shares.add(new Share(queue, tenant, most));
        free -= most;
      }
    }
    return shares;
  }

  /** Those behind the one that was served last, then from the first one on. */
  private Set<UUID> waitingTenants(Connection connection, String queue) throws SQLException {
    Set<UUID> tenants = new LinkedHashSet<>();
    UUID last = lastTenants.getOrDefault(queue, LOWEST);
    waitingTenants(connection, queue, last, tenants);
    if (tenants.size() < MOST_TENANTS && !last.equals(LOWEST)) {
      waitingTenants(connection, queue, LOWEST, tenants);
    }
    return tenants;
  }

  private void waitingTenants(Connection connection, String queue, UUID after, Set<UUID> tenants)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(WAITING_TENANTS)) {
      statement.setString(1, queue);
      dialect.set(statement, 2, after);
      statement.setString(3, queue);
      statement.setInt(4, MOST_TENANTS - tenants.size());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          tenants.add(Objects.requireNonNull(dialect.uuid(rows, 1)));
        }
      }
    }
  }

  /** How many more of a tenant's jobs may begin; used up as they do. */
  private static final class Allowance {
    private final UUID row;
    private final @Nullable Integer perMinute;
    private Instant rateAt;
    private long left;

    Allowance(UUID row, long left, @Nullable Integer perMinute, Instant rateAt) {
      this.row = row;
      this.left = left;
      this.perMinute = perMinute;
      this.rateAt = rateAt;
    }
  }

  /**
   * What tenants have laid down for their part of the queue. The rows are locked, so that two nodes
   * together take no more than is allowed.
   */
  private Map<UUID, Allowance> allowances(
      Connection connection, String queue, Collection<UUID> tenants, Instant now)
      throws SQLException {
    Map<UUID, Allowance> allowances = new HashMap<>();
    String sql =
        "select id, tenant_id, is_paused, max_running, rate_per_minute, rate_at from job_queues"
            + " where name = ? and tenant_id "
            + dialect.inList()
            + " order by id"
            + dialect.forUpdate();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, queue);
      dialect.setList(statement, 2, tenants);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          UUID tenant = Objects.requireNonNull(dialect.uuid(rows, 2));
          allowances.put(tenant, allowance(connection, queue, tenant, rows, now));
        }
      }
    }
    return allowances;
  }

  private Allowance allowance(
      Connection connection, String queue, UUID tenant, ResultSet row, Instant now)
      throws SQLException {
    UUID id = Objects.requireNonNull(dialect.uuid(row, 1));
    boolean isPaused = row.getBoolean(3);
    int maxRunning = row.getInt(4);
    boolean isBounded = !row.wasNull();
    int rate = row.getInt(5);
    Integer perMinute = row.wasNull() ? null : rate;
    Instant rateAt = dialect.instant(row, 6);
    Instant from = rateAt == null ? Instant.EPOCH : rateAt;
    long left = isPaused ? 0 : Long.MAX_VALUE;
    if (isBounded && !isPaused) {
      left = Math.max(0, maxRunning - running(connection, queue, tenant));
    }
    if (perMinute != null) {
      // GCRA: each job takes its part of a minute; up to a second's worth may be begun at once.
      Instant earliest = now.minus(burst(perMinute));
      from = from.isBefore(earliest) ? earliest : from;
      left = Math.min(left, Math.max(0, Duration.between(from, now).dividedBy(part(perMinute))));
    }
    return new Allowance(id, left, perMinute, from);
  }

  private static Duration part(int perMinute) {
    return Duration.ofMinutes(1).dividedBy(perMinute);
  }

  private static Duration burst(int perMinute) {
    Duration part = part(perMinute);
    return part.compareTo(Duration.ofSeconds(1)) > 0 ? part : Duration.ofSeconds(1);
  }

  private int running(Connection connection, String queue, UUID tenant) throws SQLException {
    String sql =
        "select count(*) from jobs where tenant_id = ? and state = 'RUNNING' and queue = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      dialect.set(statement, 1, tenant);
      statement.setString(2, queue);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getInt(1);
      }
    }
  }

  /** Takes what is there of each share; how many of whose. */
  private Map<UUID, Integer> take(
      Connection connection, UUID worker, List<Share> shares, Instant now, List<Claimed> taken)
      throws SQLException {
    GivenRows<Share> given =
        new GivenRows<>(
            dialect,
            List.of(
                new GivenRows.Column<>("worker", "uuid", _ -> worker),
                new GivenRows.Column<>("began", "timestamptz", _ -> now),
                new GivenRows.Column<>("changed", "timestamptz", _ -> now),
                new GivenRows.Column<>("queue", "varchar", Share::queue),
                new GivenRows.Column<>("tenant_id", "uuid", Share::tenant),
                new GivenRows.Column<>("most", "integer", Share::most)));
    String sql = dialect.isInProcess() ? TAKE_ONE_SHARE : TAKE_ALL_SHARES.formatted(given.table());
    List<Share> wanted = shares.stream().filter(share -> share.most > 0).toList();
    Map<UUID, Integer> took = new HashMap<>();
    for (Claimed job : given.query(connection, sql, wanted, row -> claimed(row, worker, now))) {
      taken.add(job);
      took.merge(job.tenant(), 1, Integer::sum);
    }
    return took;
  }

  private Claimed claimed(ResultSet row, UUID worker, Instant now) throws SQLException {
    JsonNode payload = JsonBinding.parse(row.getString(6));
    long millis = row.getLong(9);
    Duration timeout = row.wasNull() ? NO_TIMEOUT : Duration.ofMillis(millis);
    return new Claimed(
        Objects.requireNonNull(dialect.uuid(row, 1)),
        worker,
        Objects.requireNonNull(dialect.uuid(row, 2)),
        dialect.uuid(row, 3),
        row.getString(4),
        row.getString(5),
        payload,
        row.getInt(7),
        row.getInt(8),
        timeout,
        Objects.requireNonNull(dialect.instant(row, 10)),
        now);
  }

  private void use(Connection connection, @Nullable Allowance allowance, int took)
      throws SQLException {
    if (allowance == null || took == 0) {
      return;
    }
    allowance.left -= took;
    Integer perMinute = allowance.perMinute;
    if (perMinute == null) {
      return;
    }
    allowance.rateAt = allowance.rateAt.plus(part(perMinute).multipliedBy(took));
    try (PreparedStatement statement =
        connection.prepareStatement("update job_queues set rate_at = ? where id = ?")) {
      dialect.set(statement, 1, allowance.rateAt);
      dialect.set(statement, 2, allowance.row);
      statement.executeUpdate();
    }
  }
}
