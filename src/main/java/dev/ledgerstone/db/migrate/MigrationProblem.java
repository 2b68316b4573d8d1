package dev.ledgerstone.db.migrate;

import dev.ledgerstone.problem.Problem;
import java.time.Duration;
import java.util.Map;

/** Failures of migrations. A {@code migration} is a label such as {@code 0003_events}. */
public sealed interface MigrationProblem extends Problem {
  /** A file that is not in the format. */
  record BadFile(String file, int line, String fault) implements MigrationProblem {}

  /** Numbers that do not follow each other. */
  record Gap(String file, int missing) implements MigrationProblem {}

  /** Two migrations with one number or one name. */
  record Duplicate(String file, String other) implements MigrationProblem {}

  /** A file that was changed after it was applied. */
  record Changed(String migration) implements MigrationProblem {}

  /** A migration in the database for which this server has no file. */
  record Unknown(String migration) implements MigrationProblem {}

  /** A history that was changed by other hands. */
  record HistoryBroken(String migration, String fault) implements MigrationProblem {}

  /** A statement that the engine refused; its migration left no trace. */
  record Failed(String file, int line, String statement, String reason)
      implements MigrationProblem {}

  /** A rebuild that left rows pointing at rows that are gone. */
  record BrokenReferences(String migration, String table, String parent)
      implements MigrationProblem {}

  /** A migration without {@code @down}. */
  record NoWayDown(String migration) implements MigrationProblem {}

  /** A target that names no version. */
  record NoSuchTarget(String target, String nearest) implements MigrationProblem {}

  /** A target that lies on the other side of the current version. */
  record WrongWay(String target, MigrationEvent.Direction direction) implements MigrationProblem {}

  /** Another server has been migrating for too long. */
  record Locked(Duration waited) implements MigrationProblem {}

  /** Another server moved the version while this one was working. */
  record Overtaken(String migration) implements MigrationProblem {}

  @Override
  default int status() {
    return switch (this) {
      case BadFile _, Gap _, Duplicate _, Failed _, BrokenReferences _ -> 500;
      case NoSuchTarget _ -> 404;
      case Changed _, Unknown _, HistoryBroken _, NoWayDown _, WrongWay _, Overtaken _ -> 409;
      case Locked _ -> 503;
    };
  }

  @Override
  default String code() {
    return switch (this) {
      case BadFile _ -> "migration_file_invalid";
      case Gap _ -> "migration_missing";
      case Duplicate _ -> "migration_duplicate";
      case Changed _ -> "migration_changed";
      case Unknown _ -> "migration_unknown";
      case HistoryBroken _ -> "migration_history_broken";
      case Failed _ -> "migration_failed";
      case BrokenReferences _ -> "migration_references_broken";
      case NoWayDown _ -> "migration_irreversible";
      case NoSuchTarget _ -> "migration_target_unknown";
      case WrongWay _ -> "migration_wrong_direction";
      case Locked _ -> "migration_locked";
      case Overtaken _ -> "migration_overtaken";
    };
  }

  @Override
  default String detail() {
    return switch (this) {
      case BadFile(String file, int line, String fault) -> file + ", line " + line + ": " + fault;
      case Gap(String file, int missing) ->
          "%s is there, but no migration has number %04d".formatted(file, missing);
      case Duplicate(String file, String other) -> file + " has the number or the name of " + other;
      case Changed(String migration) -> migration + " was changed after it was applied";
      case Unknown(String migration) ->
          "the database has " + migration + ", which this server does not know";
      case HistoryBroken(String migration, String fault) ->
          "schema_history is broken at " + migration + ": " + fault;
      case Failed(String file, int line, String statement, String reason) ->
          file + ", line " + line + ": " + reason + " (" + statement + ")";
      case BrokenReferences(String migration, String table, String parent) ->
          migration + " leaves rows of " + table + " whose row of " + parent + " is not there";
      case NoWayDown(String migration) -> migration + " has no way down";
      case NoSuchTarget(String target, _) -> "there is no version " + target;
      case WrongWay(String target, MigrationEvent.Direction direction) ->
          "version "
              + target
              + switch (direction) {
                case UP -> " lies below the current one";
                case DOWN -> " lies above the current one";
              };
      case Locked(Duration waited) ->
          "another server has been migrating for over " + waited.toSeconds() + " s";
      case Overtaken(String migration) ->
          "another server changed the version while this one was at " + migration;
    };
  }

  @Override
  default String hint() {
    return switch (this) {
      case BadFile _ -> "docs/migrations.md has the format";
      case Gap _ -> "give the files numbers without gaps, from 0001";
      case Duplicate _ -> "rename the newer one to the next free number";
      case Changed _ ->
          "restore the file and put the change into a new migration; if the database already agrees"
              + " with the file, run: ledgerstone db stamp";
      case Unknown _ ->
          "start the newer server, or go back with: ledgerstone db downgrade"
              + " (the way down is kept in the database)";
      case HistoryBroken _ ->
          "restore schema_history from a backup, or set it right with: ledgerstone db stamp";
      case Failed _ ->
          "the database stands as before this migration; mend what the line names, then upgrade"
              + " again (a file with @no-transaction may have run in part)";
      case BrokenReferences _ -> "the migration was rolled back; mend those rows in it first";
      case NoWayDown _ -> "restore a backup from before it";
      case NoSuchTarget(_, String nearest) ->
          "write head, base, +N, -N, a number or a name, such as " + nearest;
      case WrongWay(_, MigrationEvent.Direction direction) ->
          switch (direction) {
            case UP -> "to go back, run: ledgerstone db downgrade";
            case DOWN -> "to go on, run: ledgerstone db upgrade";
          };
      case Locked _ -> "wait for it, or end it if it hangs: its work is rolled back";
      case Overtaken _ -> "look at: ledgerstone db current; then run the command again";
    };
  }

  @Override
  default Map<String, String> headers() {
    return this instanceof Locked ? Map.of("Retry-After", "10") : Map.of();
  }
}
