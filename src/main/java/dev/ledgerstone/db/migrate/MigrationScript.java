package dev.ledgerstone.db.migrate;

import dev.ledgerstone.db.Engine;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Migrations as a text to be run by hand, for those who may not let a server change their schema.
 */
public final class MigrationScript {
  private final Engine engine;
  private final Migrations migrations;
  private final String serverVersion;

  public MigrationScript(Engine engine, MigrationSource source, String serverVersion) {
    this(engine, Migrations.load(engine, source), serverVersion);
  }

  MigrationScript(Engine engine, Migrations migrations, String serverVersion) {
    this.engine = engine;
    this.migrations = migrations;
    this.serverVersion = serverVersion;
  }

  /**
   * What brings a database from one version to another, up or down, the history included; needs no
   * database.
   *
   * @param to may be relative to {@code from}
   */
  public String sql(String from, String to) {
    Targets targets = new Targets(migrations, List.of());
    int begin = targets.resolve(from, 0);
    int goal = targets.resolve(to, begin);
    StringBuilder script = new StringBuilder();
    script
        .append("-- Ledgerstone ")
        .append(serverVersion)
        .append(": ")
        .append(engine.title())
        .append(" from version ")
        .append(begin)
        .append(" to ")
        .append(goal)
        .append(". Run it with: ")
        .append(
            switch (engine) {
              case SQLITE -> "sqlite3 -bail FILE < SCRIPT";
              case POSTGRES -> "psql -v ON_ERROR_STOP=1 -f SCRIPT";
            })
        .append("\n\n")
        .append(History.CREATE)
        .append(";\n");
    for (int number = begin + 1; number <= goal; number++) {
      up(script, migrations.get(number));
    }
    for (int number = begin; number > goal; number--) {
      down(script, migrations.get(number));
    }
    return script.toString();
  }

  private void up(StringBuilder script, Migration migration) {
    script.append("\n-- ").append(migration.label()).append('\n');
    append(script, migration.up(), insert(migration));
  }

  private void down(StringBuilder script, Migration migration) {
    @Nullable Step down = migration.down();
    if (down == null) {
      throw new MigrationProblem.NoWayDown(migration.label()).exception();
    }
    script.append("\n-- back from ").append(migration.label()).append('\n');
    append(script, down, "delete from schema_history where number = " + migration.number());
  }

  private void append(StringBuilder script, Step step, String record) {
    boolean rests = step.rebuilds() && engine == Engine.SQLITE;
    String begin = engine == Engine.SQLITE ? "begin immediate;\n" : "begin;\n";
    if (rests) {
      script.append("pragma foreign_keys = off;\npragma legacy_alter_table = on;\n");
    }
    script
        .append(step.inTransaction() ? begin : "")
        .append(SqlStatement.join(step.statements()))
        .append(step.inTransaction() ? "" : begin)
        .append(record)
        .append(";\ncommit;\n");
    if (rests) {
      script.append("pragma legacy_alter_table = off;\npragma foreign_keys = on;\n");
    }
  }

  private String insert(Migration migration) {
    @Nullable Step down = migration.down();
    return "insert into schema_history ("
        + History.COLUMNS
        + ") values ("
        + migration.number()
        + ", "
        + literal(migration.name())
        + ", "
        + literal(migration.checksum())
        + ", "
        + literal(migration.chain())
        + ", "
        + (down == null ? "null" : literal(down.text()))
        + ", "
        + switch (engine) {
          case SQLITE -> "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')";
          case POSTGRES -> "current_timestamp";
        }
        + ", 0, "
        + literal(serverVersion)
        + ")";
  }

  private static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }
}
