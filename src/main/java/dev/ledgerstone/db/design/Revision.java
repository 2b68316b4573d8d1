package dev.ledgerstone.db.design;

import dev.ledgerstone.db.migrate.MigrationSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jooq.Record;

/**
 * A migration that brings a database to what is declared, and back.
 *
 * @param files texts by path below the migrations' folder; empty: there is nothing to do
 * @param notes what a person should look at; they stand in the file's head too
 */
public record Revision(Map<String, String> files, List<String> notes) {
  /**
   * Writes it.
   *
   * @param name of the files: {@code 0031_colours}
   * @param message their first line
   * @param had what the database has
   * @param renames what is declared under another name than the database has it, in this order
   * @param allowDrops whether tables, columns, constraints and indexes that are not declared go
   * @param source whose triggers a rebuild makes again
   */
  public static Revision write(
      String name,
      String message,
      Design had,
      Design declared,
      List<Rename> renames,
      boolean allowDrops,
      MigrationSource source) {
    StringBuilder renaming = new StringBuilder();
    StringBuilder back = new StringBuilder();
    Design live = had;
    for (Rename each : renames) {
      live = each.in(live);
      renaming.append(each.sql()).append(each.comments(live));
      back.insert(0, each.back());
    }
    List<String> notes = new ArrayList<>(Rename.supposed(live, declared));
    if (!renames.isEmpty()) {
      notes.add(
          "code, functions and search indexes that speak of what is renamed are changed by hand");
    }
    List<String> kept = new ArrayList<>();
    Design goal = allowDrops ? declared : declared.keeping(live, kept);
    kept.forEach(it -> notes.add("not done without --allow-drops: drop " + it));
    if (renames.isEmpty() && goal.lines().equals(live.lines())) {
      return new Revision(Map.of(), notes);
    }
    Map<String, List<String>> triggers = triggers(source, renames);
    List<String> onTheWayDown = new ArrayList<>();
    Step up = Step.between(live, goal, triggers, notes);
    Step down = Step.between(goal, live, triggers, onTheWayDown);
    onTheWayDown.forEach(it -> notes.add("on the way down, " + it));
    boolean rebuilds = up.rebuilds() || down.rebuilds();
    Map<String, String> files = new LinkedHashMap<>();
    String path = name + ".sql";
    files.put(
        path,
        file(
            message,
            notes,
            false,
            following(renaming, rebuilds) + up.portable(),
            down.portable() + following(back, rebuilds)));
    if (!up.sqlite().isEmpty() || !down.sqlite().isEmpty()) {
      files.put(
          "sqlite/" + path,
          file("What SQLite says its own way.", List.of(), rebuilds, up.sqlite(), down.sqlite()));
    }
    if (!up.postgres().isEmpty() || !down.postgres().isEmpty()) {
      files.put(
          "postgres/" + path,
          file(
              "What PostgreSQL says its own way.",
              List.of(),
              false,
              up.postgres(),
              down.postgres()));
    }
    return new Revision(files, List.copyOf(notes));
  }

  /** In a migration that rebuilds, SQLite's triggers and references follow no renaming unasked. */
  private static String following(StringBuilder renames, boolean rebuilds) {
    return renames.isEmpty() || !rebuilds
        ? renames.toString()
        : "--@sqlite pragma legacy_alter_table = off;\n"
            + renames
            + "--@sqlite pragma legacy_alter_table = on;\n";
  }

  private static String file(
      String message, List<String> notes, boolean rebuilds, String up, String down) {
    StringBuilder text = new StringBuilder("-- ").append(message).append('\n');
    notes.forEach(it -> text.append("-- NOTE ").append(it).append('\n'));
    return text.append(rebuilds ? "-- @rebuild\n" : "")
        .append("-- @up\n\n")
        .append(up)
        .append("\n-- @down\n\n")
        .append(down)
        .append("\n-- @end\n")
        .toString();
  }

  /**
   * Of the migrations' own result: the triggers of each table, as SQLite keeps their text, under
   * the new names.
   */
  private static Map<String, List<String>> triggers(MigrationSource source, List<Rename> renames) {
    return Designs.Scratch.with(
        source,
        database -> {
          for (Rename each : renames) {
            database.write(sql -> sql.execute(each.sql())); // SQLite rewrites them itself
          }
          Map<String, List<String>> triggers = new LinkedHashMap<>();
          for (Record row :
              database.read(
                  sql ->
                      sql.fetch(
                          "select tbl_name, sql from sqlite_schema where type = 'trigger' order by name"))) {
            triggers
                .computeIfAbsent(row.get(0, String.class), _ -> new ArrayList<>())
                .add(row.get(1, String.class));
          }
          return triggers;
        });
  }
}
