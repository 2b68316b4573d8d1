package dev.ledgerstone.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What every job writes: that it is wanted, how far it is, how a try of it ended. Plain prepared
 * SQL: this is a measured path (docs/jobs.md).
 */
final class JobRows {
  /** Nobody reads more of it, and a row that long is still read as one page. */
  private static final int LONGEST_ERROR = 2_000;

  private static final int LONGEST_STACK = 8_000;

  private final Dialect dialect;
  private final String nodeName;
  private final String insert;
  private final String end;

  /**
   * @param nodeName who runs jobs here, as {@code job_attempts.worker} says it
   */
  JobRows(Dialect dialect, String nodeName) {
    this.dialect = dialect;
    this.nodeName = nodeName;
    this.insert =
        "insert into jobs (id, tenant_id, user_id, schedule_id, scheduled_for, parent_id, queue, kind,"
            + " payload, priority, state, run_at, max_attempts, unique_key, timeout_millis,"
            + " created_at, updated_at) values (?, ?, ?, ?, ?, ?, ?, ?, "
            + dialect.json()
            + ", ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing";
    this.end =
        "update jobs set state = ?, result = "
            + dialect.json()
            + ", error = ?, finished_at = ?, run_at = ?, progress_percent = coalesce(?, progress_percent),"
            + " worker_id = null, cancel_requested_at = null, updated_at = ?, version = version + 1"
            + " where id = ? and worker_id = ? and attempts = ? and state = 'RUNNING'";
  }

  /**
   * A job as it is written.
   *
   * @param schedule that made it; null: none did
   * @param scheduledFor which of its times it stands for
   */
  record NewJob(
      UUID id, JobWish wish, @Nullable UUID schedule, @Nullable Instant scheduledFor, Instant at) {
    static NewJob of(JobWish wish, Instant now) {
      return new NewJob(Ids.next(), wish, null, null, now);
    }
  }

  /**
   * The end of a try.
   *
   * @param worker who ran it: with the attempt's number the token
   */
  record End(Claimed job, UUID worker, Ending ending, Instant at) {}

  /** How far a job has come. */
  record Step(Claimed job, UUID worker, double percent, @Nullable String note, Instant at) {}

  /**
   * Writes jobs; one whose unique key another has, or whose time of a schedule was made already, is
   * not written.
   *
   * @return each one's id, or that of the job that is there in its stead
   */
  List<UUID> insert(Connection connection, List<NewJob> jobs) throws SQLException {
    List<UUID> ids = new ArrayList<>(jobs.size());
    List<NewJob> plain = new ArrayList<>();
    for (NewJob job : jobs) {
      if (job.wish.uniqueKey() == null && job.schedule == null) {
        plain.add(job);
        ids.add(job.id);
      } else {
        ids.add(insertUnique(connection, job));
      }
    }
    if (!plain.isEmpty()) {
      try (PreparedStatement statement = connection.prepareStatement(insert)) {
        for (NewJob job : plain) {
          bind(statement, job);
          statement.addBatch();
        }
        statement.executeBatch();
      }
    }
    return ids;
  }

  private UUID insertUnique(Connection connection, NewJob job) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      for (int tries = 0; tries < 10; tries++) {
        bind(statement, job);
        if (statement.executeUpdate() == 1) {
          return job.id;
        }
        UUID other = other(connection, job);
        if (other != null) {
          return other;
        }
        // It has finished between the two statements.
      }
    }
    throw new IllegalStateException("jobs with one unique key come and go too fast");
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

  private void bind(PreparedStatement statement, NewJob job) throws SQLException {
    JobWish wish = job.wish;
    Instant runAt = wish.runAt();
    boolean waits = runAt != null && runAt.isAfter(job.at);
    dialect.set(statement, 1, job.id);
    dialect.set(statement, 2, wish.tenant());
    dialect.set(statement, 3, wish.user());
    dialect.set(statement, 4, job.schedule);
    dialect.set(statement, 5, job.scheduledFor);
    dialect.set(statement, 6, wish.parent());
    statement.setString(7, wish.type().queue());
    statement.setString(8, wish.type().name());
    dialect.set(statement, 9, wish.payload());
    statement.setInt(10, wish.priority());
    statement.setString(11, (waits ? JobState.SCHEDULED : JobState.QUEUED).name());
    dialect.set(statement, 12, waits ? runAt : job.at);
    statement.setInt(13, wish.maxAttempts());
    statement.setString(14, wish.uniqueKey());
    statement.setLong(15, wish.timeout().toMillis());
    dialect.set(statement, 16, job.at);
    dialect.set(statement, 17, job.at);
  }

  /**
   * Writes the ends of tries, each with its row of history.
   *
   * @return those that were written: one whose token is no longer the job's is passed over
   */
  List<End> finish(Connection connection, List<End> ends) throws SQLException {
    // In the order of their ids, so that two nodes never wait for each other in a ring.
    List<End> sorted = new ArrayList<>(ends);
    sorted.sort(Comparator.comparing(it -> it.job.id()));
    int[] counts;
    try (PreparedStatement statement = connection.prepareStatement(end)) {
      for (End each : sorted) {
        bind(statement, each);
        statement.addBatch();
      }
      counts = statement.executeBatch();
    }
    List<End> written = new ArrayList<>(sorted.size());
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] == 1) {
        written.add(sorted.get(i));
      }
    }
    history(connection, written);
    return written;
  }

  private void bind(PreparedStatement statement, End each) throws SQLException {
    JobState state = each.ending.state(each.at);
    JsonNode result = each.ending instanceof Ending.Succeeded(var value) ? value : null;
    Instant retryAt = each.ending instanceof Ending.Failed(_, _, _, var at) ? at : null;
    statement.setString(1, state.name());
    statement.setString(2, result == null ? null : result.toString());
    statement.setString(3, error(each.ending, LONGEST_ERROR));
    dialect.set(statement, 4, state.isFinished() ? each.at : null);
    dialect.set(statement, 5, retryAt == null ? each.job.runAt() : retryAt);
    dialect.set(statement, 6, state == JobState.SUCCEEDED ? (Double) 100.0 : null);
    dialect.set(statement, 7, each.at);
    dialect.set(statement, 8, each.job.id());
    dialect.set(statement, 9, each.worker);
    statement.setInt(10, each.job.attempt());
  }

  private void history(Connection connection, List<End> ends) throws SQLException {
    if (ends.isEmpty()) {
      return;
    }
    String sql =
        "insert into job_attempts (id, tenant_id, job_id, attempt, worker, outcome, error, stack, retry_at,"
            + " started_at, finished_at, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (End each : ends) {
        Ending.Failed failed = each.ending instanceof Ending.Failed it ? it : null;
        dialect.set(statement, 1, Ids.next());
        dialect.set(statement, 2, each.job.tenant());
        dialect.set(statement, 3, each.job.id());
        statement.setInt(4, each.job.attempt());
        statement.setString(5, nodeName);
        statement.setString(6, each.ending.outcome());
        statement.setString(7, error(each.ending, LONGEST_ERROR));
        statement.setString(8, failed == null ? null : storable(failed.stack(), LONGEST_STACK));
        dialect.set(statement, 9, failed == null ? null : failed.retryAt());
        dialect.set(statement, 10, each.job.startedAt());
        dialect.set(statement, 11, each.at);
        dialect.set(statement, 12, each.at);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  private static @Nullable String error(Ending ending, int longest) {
    return ending instanceof Ending.Failed failed ? storable(failed.error(), longest) : null;
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
  void progress(Connection connection, List<Step> steps) throws SQLException {
    String sql =
        "update jobs set progress_percent = ?, progress_note = ?, updated_at = ?"
            + " where id = ? and worker_id = ? and attempts = ? and state = 'RUNNING'";
    List<Step> sorted = new ArrayList<>(steps);
    sorted.sort(Comparator.comparing(it -> it.job.id()));
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (Step step : sorted) {
        dialect.set(statement, 1, (Double) step.percent);
        statement.setString(2, storable(step.note, LONGEST_ERROR));
        dialect.set(statement, 3, step.at);
        dialect.set(statement, 4, step.job.id());
        dialect.set(statement, 5, step.worker);
        statement.setInt(6, step.job.attempt());
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }
}
