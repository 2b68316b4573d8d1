package dev.ledgerstone.db.migrate;

import dev.ledgerstone.db.Engine;
import java.util.List;

/** Migrations as statements, for those who read and do not run them. */
public final class MigrationTexts {
  private MigrationTexts() {}

  /**
   * One migration's way up as one engine runs it.
   *
   * @param label {@code 0003_events}
   * @param statements each knows its file and line
   */
  public record Up(String label, List<SqlStatement> statements, boolean inTransaction) {}

  /** Every migration of a source, in order. */
  public static List<Up> ups(Engine engine, MigrationSource source) {
    return Migrations.load(engine, source).all().stream()
        .map(it -> new Up(it.label(), it.up().statements(), it.up().inTransaction()))
        .toList();
  }

  /** The statements of a text. */
  public static List<SqlStatement> statements(Engine engine, String file, String text) {
    return SqlSplitter.split(engine, file, 1, text);
  }
}
