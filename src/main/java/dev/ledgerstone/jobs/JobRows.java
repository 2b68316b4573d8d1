package dev.ledgerstone.jobs;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.GivenRows;
import dev.ledgerstone.db.JsonBinding;
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
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What every job writes: that it is wanted, how far it is, how a try of it ended. Plain prepared
 * SQL: this is a measured path (docs/jobs.md).
 */
final class JobRows {
  /** Nobody reads more of it, and a row that long is still read as one page. */
  private static final int LONGEST_ERROR = 2_000;

  private static final int LONGEST_STACK = 8_000;

  private static final List<GivenRows.Column<NewJob>> NEW =
      List.of(
          new GivenRows.Column<>("id", "uuid", NewJob::id),
          new GivenRows.Column<>("tenant_id", "uuid", job -> job.wish.tenant()),
          new GivenRows.Column<>("user_id", "uuid", job -> job.wish.user()),
          new GivenRows.Column<>("schedule_id", "uuid", NewJob::schedule),
          new GivenRows.Column<>("scheduled_for", "timestamptz", NewJob::scheduledFor),
          new GivenRows.Column<>("parent_id", "uuid", job -> job.wish.parent()),
          new GivenRows.Column<>("queue", "varchar", NewJob::queue),
          new GivenRows.Column<>("kind", "varchar", job -> job.wish.type().name()),
          new GivenRows.Column<>("payload", "jsonb", NewJob::payload),
          new GivenRows.Column<>("priority", "integer", job -> job.wish.priority()),
          new GivenRows.Column<>("state", "varchar", job -> job.state().name()),
          new GivenRows.Column<>("run_at", "timestamptz", NewJob::runAt),
          new GivenRows.Column<>("attempts", "integer", job -> job.begun == null ? 0 : 1),
          new GivenRows.Column<>("max_attempts", "integer", job -> job.wish.maxAttempts()),
          new GivenRows.Column<>("unique_key", "varchar", job -> job.wish.uniqueKey()),
          new GivenRows.Column<>("timeout_millis", "bigint", job -> job.wish.timeout().toMillis()),
          new GivenRows.Column<>(
              "worker_id", "uuid", job -> job.begun == null ? null : job.begun.worker()),
          new GivenRows.Column<>(
              "started_at", "timestamptz", job -> job.begun == null ? null : job.begun.startedAt()),
          new GivenRows.Column<>("created_at", "timestamptz", NewJob::at),
          new GivenRows.Column<>("updated_at", "timestamptz", NewJob::at));

  private static final List<GivenRows.Column<End>> ENDS =
      List.of(
          new GivenRows.Column<>("job", "uuid", end -> end.job.id()),
          new GivenRows.Column<>("worker", "uuid", end -> end.job.worker()),
          new GivenRows.Column<>("attempt", "integer", end -> end.job.attempt()),
          new GivenRows.Column<>("state", "varchar", end -> end.state().name()),
          new GivenRows.Column<>("result", "jsonb", End::result),
          new GivenRows.Column<>("error", "varchar", End::error),
          new GivenRows.Column<>("finished_at", "timestamptz", End::finishedAt),
          new GivenRows.Column<>("run_at", "timestamptz", End::runAt),
          new GivenRows.Column<>("percent", "double precision", End::percent),
          new GivenRows.Column<>("at", "timestamptz", End::at));

  private static final List<GivenRows.Column<Step>> STEPS =
      List.of(
          new GivenRows.Column<>("job", "uuid", step -> step.job.id()),
          new GivenRows.Column<>("worker", "uuid", step -> step.job.worker()),
          new GivenRows.Column<>("attempt", "integer", step -> step.job.attempt()),
          new GivenRows.Column<>("percent", "double precision", Step::percent),
          new GivenRows.Column<>("note", "varchar", step -> storable(step.note, LONGEST_ERROR)),
          new GivenRows.Column<>("at", "timestamptz", Step::at));

  private static final String OURS =
      " where kept.id = given.job and kept.worker_id = given.worker and kept.attempts = given.attempt"
          + " and kept.state = 'RUNNING'";

  /** Behind {@code with ended as (update …}: the row of history of each try that is ended. */
  private static final String ENDED_INTO_HISTORY =
      """
       returning given.history, kept.tenant_id, kept.id, kept.attempts, given.node, given.outcome,
        given.error, given.stack, given.retry_at, given.began, given.at)
      insert into job_attempts (id, tenant_id, job_id, attempt, worker, outcome, error, stack, retry_at, started_at,
        finished_at, created_at)
      select history, tenant_id, id, attempts, node, outcome, error, stack, retry_at, began, at, at from ended
      returning job_id, attempt
      """;

  private final Dialect dialect;
  private final GivenRows<NewJob> jobs;
  private final GivenRows<End> ends;
  private final GivenRows<End> history;
  private final GivenRows<Step> steps;
  private final String insert;
  private final String insertUnique;
  private final String end;
  private final String tell;
  private final String step;

  /**
   * @param nodeName who runs jobs here, as {@code job_attempts.worker} says it
   */
  JobRows(Dialect dialect, String nodeName) {
    this.dialect = dialect;
    this.jobs = new GivenRows<>(dialect, NEW);
    this.ends = new GivenRows<>(dialect, dialect.isInProcess() ? ENDS : endsWithHistory(nodeName));
    this.history = new GivenRows<>(dialect, history(nodeName));
    this.steps = new GivenRows<>(dialect, STEPS);
    this.insert =
        "insert into jobs (%1$s) select %1$s from %2$s".formatted(jobs.names(), jobs.table());
    this.insertUnique = insert + " where true on conflict do nothing returning id";
    String update =
        "update jobs as kept set state = given.state, result = given.result, error = given.error,"
            + " finished_at = given.finished_at, run_at = given.run_at,"
            + " progress_percent = coalesce(given.percent, kept.progress_percent),"
            + " worker_id = null, cancel_requested_at = null, updated_at = given.at, version = kept.version + 1"
            + " from "
            + ends.table()
            + OURS;
    this.end =
        dialect.isInProcess()
            ? update + " returning id, attempts"
            : "with ended as (" + update + ENDED_INTO_HISTORY;
    this.tell =
        "insert into job_attempts (%1$s) select %1$s from %2$s"
            .formatted(history.names(), history.table());
    this.step =
        "update jobs as kept set progress_percent = given.percent, progress_note = given.note,"
            + " updated_at = given.at from "
            + steps.table()
            + OURS;
  }

  private static List<GivenRows.Column<End>> endsWithHistory(String nodeName) {
    List<GivenRows.Column<End>> columns = new ArrayList<>(ENDS);
    columns.add(new GivenRows.Column<>("history", "uuid", _ -> Ids.next()));
    columns.add(new GivenRows.Column<>("node", "varchar", _ -> nodeName));
    columns.add(new GivenRows.Column<>("outcome", "varchar", end -> end.ending.outcome()));
    columns.add(new GivenRows.Column<>("stack", "varchar", End::stack));
    columns.add(new GivenRows.Column<>("retry_at", "timestamptz", End::retryAt));
    columns.add(new GivenRows.Column<>("began", "timestamptz", end -> end.job.startedAt()));
    return columns;
  }

  private static List<GivenRows.Column<End>> history(String nodeName) {
    return List.of(
        new GivenRows.Column<>("id", "uuid", _ -> Ids.next()),
        new GivenRows.Column<>("tenant_id", "uuid", end -> end.job.tenant()),
        new GivenRows.Column<>("job_id", "uuid", end -> end.job.id()),
        new GivenRows.Column<>("attempt", "integer", end -> end.job.attempt()),
        new GivenRows.Column<>("worker", "varchar", _ -> nodeName),
        new GivenRows.Column<>("outcome", "varchar", end -> end.ending.outcome()),
        new GivenRows.Column<>("error", "varchar", End::error),
        new GivenRows.Column<>("stack", "varchar", End::stack),
        new GivenRows.Column<>("retry_at", "timestamptz", End::retryAt),
        new GivenRows.Column<>("started_at", "timestamptz", end -> end.job.startedAt()),
        new GivenRows.Column<>("finished_at", "timestamptz", End::at),
        new GivenRows.Column<>("created_at", "timestamptz", End::at));
  }

  /**
   * A job as it is written.
   *
   * @param payload of the wish, as its text
   * @param schedule that made it; null: none did
   * @param scheduledFor which of its times it stands for
   * @param begun the try that is begun by this very write; null: it waits for a claim
   */
  record NewJob(
      UUID id,
      JobWish wish,
      String payload,
      @Nullable UUID schedule,
      @Nullable Instant scheduledFor,
      @Nullable Claimed begun,
      Instant at) {
    static NewJob of(JobWish wish, Instant now) {
      return new NewJob(Ids.next(), wish, wish.payload().toString(), null, null, null, now);
    }

    static NewJob of(UUID schedule, Instant time, JobWish wish, Instant now) {
      return new NewJob(Ids.next(), wish, wish.payload().toString(), schedule, time, null, now);
    }

    /** Whether it is a new job whatever else there is, and may begin as soon as it is there. */
    boolean isReady() {
      return isPlain() && !waits();
    }

    String queue() {
      return wish.type().queue();
    }

    /** Its first try, by a worker. */
    Claimed claimed(UUID worker, Instant now) {
      return new Claimed(
          id,
          worker,
          wish.tenant(),
          wish.user(),
          queue(),
          wish.type().name(),
          JsonBinding.parse(payload),
          1,
          wish.maxAttempts(),
          wish.timeout(),
          at,
          now);
    }

    /** The same job, as one whose first try has begun. */
    NewJob begun(Claimed first) {
      return new NewJob(id, wish, payload, schedule, scheduledFor, first, at);
    }

    private boolean isPlain() {
      return wish.uniqueKey() == null && schedule == null;
    }

    private boolean waits() {
      return wish.runAt() != null && wish.runAt().isAfter(at);
    }

    private JobState state() {
      return begun != null ? JobState.RUNNING : waits() ? JobState.SCHEDULED : JobState.QUEUED;
    }

    private Instant runAt() {
      return wish.runAt() != null && waits() ? wish.runAt() : at;
    }
  }

  /** The end of a try. */
  record End(Claimed job, Ending ending, Instant at) {
    private JobState state() {
      return ending.state(at);
    }

    private @Nullable String result() {
      return ending instanceof Ending.Succeeded(var value) && value != null
          ? value.toString()
          : null;
    }

    private Ending.@Nullable Failed failed() {
      return ending instanceof Ending.Failed failed ? failed : null;
    }

    private @Nullable String error() {
      Ending.Failed failed = failed();
      return failed == null ? null : storable(failed.error(), LONGEST_ERROR);
    }

    private @Nullable String stack() {
      Ending.Failed failed = failed();
      return failed == null ? null : storable(failed.stack(), LONGEST_STACK);
    }

    private @Nullable Instant retryAt() {
      Ending.Failed failed = failed();
      return failed == null ? null : failed.retryAt();
    }

    private Instant runAt() {
      Instant retryAt = retryAt();
      return retryAt == null ? job.runAt() : retryAt;
    }

    private @Nullable Instant finishedAt() {
      return state().isFinished() ? at : null;
    }

    private @Nullable Double percent() {
      return state() == JobState.SUCCEEDED ? (Double) 100.0 : null;
    }
  }

  /** How far a job has come. */
  record Step(Claimed job, double percent, @Nullable String note, Instant at) {}

  /**
   * Writes jobs; one whose unique key another has, or whose time of a schedule was made already, is
   * not written.
   *
   * @return each one's id, or that of the job that is there in its stead
   */
  List<UUID> insert(Connection connection, List<NewJob> all) throws SQLException {
    List<UUID> ids = new ArrayList<>(all.size());
    List<NewJob> plain = new ArrayList<>();
    for (NewJob job : all) {
      if (job.isPlain()) {
        plain.add(job);
        ids.add(job.id);
      } else {
        ids.add(insertUnique(connection, job));
      }
    }
    jobs.run(connection, insert, plain);
    return ids;
  }

  private UUID insertUnique(Connection connection, NewJob job) throws SQLException {
    for (int tries = 0; tries < 10; tries++) {
      if (!jobs.query(connection, insertUnique, List.of(job), this::id).isEmpty()) {
        return job.id;
      }
      UUID other = other(connection, job);
      if (other != null) {
        return other;
      }
      // It has finished between the two statements.
    }
    throw new IllegalStateException("jobs with one unique key come and go too fast");
  }

  private UUID id(ResultSet row) throws SQLException {
    return Objects.requireNonNull(dialect.uuid(row, 1));
  }

  private @Nullable UUID other(Connection connection, NewJob job) throws SQLException {
    String sql =
        "select id from jobs where tenant_id = ? and kind = ? and unique_key = ? and finished_at is null"
            + " union all select id from jobs where tenant_id = ? and schedule_id = ? and scheduled_for = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      dialect.set(statement, 1, job.wish.tenant());
      statement.setString(2, job.wish.type().name());
      statement.setString(3, job.wish.uniqueKey());
      dialect.set(statement, 4, job.wish.tenant());
      dialect.set(statement, 5, job.schedule);
      dialect.set(statement, 6, job.scheduledFor);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? dialect.uuid(row, 1) : null;
      }
    }
  }

  /**
   * Writes the ends of tries, each with its row of history.
   *
   * @return those that were written: one whose token is no longer the job's is passed over
   */
  List<End> finish(Connection connection, List<End> all) throws SQLException {
    Set<Token> found =
        new HashSet<>(
            ends.query(
                connection, end, sorted(all, End::job), row -> new Token(id(row), row.getInt(2))));
    List<End> written =
        all.stream()
            .filter(each -> found.contains(new Token(each.job.id(), each.job.attempt())))
            .toList();
    if (dialect.isInProcess()) {
      history.run(connection, tell, written);
    }
    return written;
  }

  /** A try: no other has its number. */
  private record Token(UUID job, int attempt) {}

  /** In the order of their ids, so that two nodes never wait for each other in a ring. */
  private static <T> List<T> sorted(List<T> all, Function<T, Claimed> job) {
    return all.stream().sorted(Comparator.comparing(each -> job.apply(each).id())).toList();
  }

  /** PostgreSQL's text has no NUL. */
  private static @Nullable String storable(@Nullable String text, int longest) {
    if (text == null) {
      return null;
    }
    String bounded = text.length() <= longest ? text : text.substring(0, longest);
    return bounded.replace('\0', ' ');
  }

  /** Writes how far jobs have come; one that is another's by now is passed over. */
  void progress(Connection connection, List<Step> all) throws SQLException {
    // Of a job that tells twice within a batch the later word counts.
    Map<UUID, Step> last = new HashMap<>();
    all.forEach(each -> last.put(each.job.id(), each));
    steps.run(connection, step, sorted(List.copyOf(last.values()), Step::job));
  }
}
