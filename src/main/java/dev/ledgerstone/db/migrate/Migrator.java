package dev.ledgerstone.db.migrate;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.migrate.MigrationEvent.Direction;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Brings a database from one version of the schema to another.
 *
 * <p>A target is {@code head}, {@code base}, {@code +N}, {@code -N}, a number or a name. Failures
 * are {@link MigrationProblem}s.
 */
public final class Migrator {
  /** How long a server waits for another one that migrates. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Database database;
  private final Migrations migrations;
  private final Consumer<? super MigrationEvent> progress;
  private final String serverVersion;
  private final Duration patience;
  private final History history;

  /** A migrator of our own migrations that works in silence. */
  public Migrator(Database database, String serverVersion) {
    this(database, Migrations.ours(database.engine()), _ -> {}, serverVersion, PATIENCE);
  }

  /**
   * @param progress is told of each step, on the thread that asked for it
   * @param serverVersion noted in the history
   */
  public Migrator(
      Database database,
      MigrationSource source,
      Consumer<? super MigrationEvent> progress,
      String serverVersion) {
    this(database, source, progress, serverVersion, PATIENCE);
  }

  Migrator(
      Database database,
      MigrationSource source,
      Consumer<? super MigrationEvent> progress,
      String serverVersion,
      Duration patience) {
    this(database, Migrations.load(database.engine(), source), progress, serverVersion, patience);
  }

  private Migrator(
      Database database,
      Migrations migrations,
      Consumer<? super MigrationEvent> progress,
      String serverVersion,
      Duration patience) {
    this.database = database;
    this.migrations = migrations;
    this.progress = progress;
    this.serverVersion = serverVersion;
    this.patience = patience;
    this.history = new History(database.engine(), database.dialect());
  }

  /** Goes up; gives what was run, in order: nothing if the database is there already. */
  public List<String> upgrade(String target) {
    return session(
        session -> {
          List<AppliedMigration> past = history.read(session.connection());
          refuse(migrations.problems(past));
          int goal = new Targets(migrations, past).resolve(target, past.size());
          if (goal < past.size()) {
            throw new MigrationProblem.WrongWay(target, Direction.UP).exception();
          }
          List<String> done = new ArrayList<>();
          for (int number = past.size() + 1; number <= goal; number++) {
            Migration next = migrations.get(number);
            progress.accept(
                new MigrationEvent.Started(
                    next.label(), Direction.UP, number - past.size(), goal - past.size()));
            long begin = System.nanoTime();
            if (apply(session, next)) {
              done.add(next.label());
              progress.accept(
                  new MigrationEvent.Finished(next.label(), Direction.UP, since(begin)));
            }
          }
          return done;
        });
  }

  /**
   * Goes down by the ways that the history kept, so that files that were changed or are gone do not
   * matter; gives what was undone, in order.
   */
  public List<String> downgrade(String target) {
    return session(
        session -> {
          List<AppliedMigration> past = history.read(session.connection());
          refuse(Migrations.broken(past));
          int goal = new Targets(migrations, past).resolve(target, past.size());
          if (goal > past.size()) {
            throw new MigrationProblem.WrongWay(target, Direction.DOWN).exception();
          }
          List<AppliedMigration> doomed = past.subList(goal, past.size()).reversed();
          doomed.forEach(Migrator::wayDown); // refuses before the first is undone
          List<String> done = new ArrayList<>();
          for (AppliedMigration each : doomed) {
            progress.accept(
                new MigrationEvent.Started(
                    each.label(), Direction.DOWN, past.size() - each.number() + 1, doomed.size()));
            long begin = System.nanoTime();
            if (undo(session, each, wayDown(each))) {
              done.add(each.label());
              progress.accept(
                  new MigrationEvent.Finished(each.label(), Direction.DOWN, since(begin)));
            }
          }
          return done;
        });
  }

  private static String wayDown(AppliedMigration migration) {
    if (migration.down() == null) {
      throw new MigrationProblem.NoWayDown(migration.label()).exception();
    }
    return migration.down();
  }

  /** The newest migration that the database has had. */
  public Optional<AppliedMigration> current() {
    List<AppliedMigration> past = history();
    return past.isEmpty() ? Optional.empty() : Optional.of(past.getLast());
  }

  /** What the database has had, oldest first. */
  public List<AppliedMigration> history() {
    return List.copyOf(database.read(sql -> sql.connectionResult(history::read)));
  }

  /**
   * Writes the history as if every migration up to the target, and none above, had been run from
   * the files as they are; runs none.
   */
  public void stamp(String target) {
    session(
        session ->
            session.transaction(
                false,
                connection -> {
                  List<AppliedMigration> past = history.read(connection);
                  int goal = new Targets(migrations, List.of()).resolve(target, past.size());
                  for (AppliedMigration each : past) {
                    history.delete(connection, each.number());
                  }
                  for (Migration each : migrations.all().subList(0, goal)) {
                    AppliedMigration row = row(each, Duration.ZERO);
                    history.insert(connection, before(past, row).orElse(row));
                  }
                  return goal;
                }));
  }

  /** The row that says the same already. */
  private static Optional<AppliedMigration> before(
      List<AppliedMigration> past, AppliedMigration row) {
    return past.stream()
        .filter(
            each ->
                each.label().equals(row.label())
                    && each.checksum().equals(row.checksum())
                    && each.chain().equals(row.chain()))
        .findFirst();
  }

  /** How the database stands to our files; changes nothing. */
  public MigrationStatus check() {
    List<AppliedMigration> past = history();
    int current = past.isEmpty() ? 0 : past.getLast().number();
    return new MigrationStatus(
        current,
        migrations.head(),
        migrations.all().stream()
            .filter(each -> each.number() > current)
            .map(Migration::label)
            .toList(),
        migrations.problems(past));
  }

  /** As {@link MigrationScript#sql}; does not ask the database. */
  public String sql(String from, String to) {
    return new MigrationScript(database.engine(), migrations, serverVersion).sql(from, to);
  }

  private boolean apply(MigrationSession session, Migration next) throws SQLException {
    return StepRunner.run(
        session,
        next.label(),
        next.up(),
        connection -> isNext(connection, next),
        (connection, took) -> history.insert(connection, row(next, took)));
  }

  /** Whether it is this one's turn; false if another server was faster. */
  private boolean isNext(Connection connection, Migration next) throws SQLException {
    List<AppliedMigration> past = history.read(connection);
    refuse(migrations.problems(past));
    if (past.size() < next.number() - 1) {
      throw new MigrationProblem.Overtaken(next.label()).exception();
    }
    return past.size() == next.number() - 1;
  }

  private boolean undo(MigrationSession session, AppliedMigration last, String down)
      throws SQLException {
    return StepRunner.run(
        session,
        last.label(),
        Step.parse(database.engine(), "the way down of " + last.label() + " in the history", down),
        connection -> isLast(connection, last),
        (connection, _) -> history.delete(connection, last.number()));
  }

  private boolean isLast(Connection connection, AppliedMigration last) throws SQLException {
    List<AppliedMigration> past = history.read(connection);
    if (past.size() > last.number()
        || (past.size() == last.number() && !past.getLast().equals(last))) {
      throw new MigrationProblem.Overtaken(last.label()).exception();
    }
    return past.size() == last.number();
  }

  private AppliedMigration row(Migration migration, Duration took) {
    return new AppliedMigration(
        migration.number(),
        migration.name(),
        migration.checksum(),
        migration.chain(),
        migration.down() == null ? null : migration.down().text(),
        Instant.now().truncatedTo(ChronoUnit.MICROS),
        took,
        serverVersion);
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private static void refuse(List<MigrationProblem> problems) {
    if (!problems.isEmpty()) {
      throw problems.getFirst().exception();
    }
  }

  private <T> T session(SessionWork<T> work) {
    try (MigrationSession session =
        MigrationSession.open(
            database, patience, () -> progress.accept(new MigrationEvent.Waiting()))) {
      return work.in(session);
    } catch (SQLException e) {
      throw DatabaseProblem.of(e);
    }
  }

  @FunctionalInterface
  private interface SessionWork<T> {
    T in(MigrationSession session) throws SQLException;
  }
}
