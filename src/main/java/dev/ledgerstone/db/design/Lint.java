package dev.ledgerstone.db.design;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.migrate.MigrationSource;
import dev.ledgerstone.db.migrate.MigrationTexts;
import dev.ledgerstone.db.migrate.SqlStatement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Steps of migrations that lock or rewrite a table that may be big, or that break the server that
 * still runs while they do.
 *
 * <p>A table that the same migration makes is empty, and nothing about it is told. A line {@code --
 * @lint-ignore rule reason} above a statement, or in the file's head for all of it, passes over
 * one rule.
 */
public final class Lint {
  /** What is looked for. */
  public enum Rule {
    /** PostgreSQL refuses it if there are rows; SQLite always. */
    NOT_NULL_WITHOUT_DEFAULT(
        "rows that are there make this fail",
        "give it a default, or add it nullable, fill it in batches, and set it not null in a later migration"),
    VOLATILE_DEFAULT(
        "PostgreSQL rewrites the table under an exclusive lock to give each row its own default",
        "add the column without a default, set the default, and fill it in batches"),
    INDEX_NOT_CONCURRENT(
        "writes to the table wait on PostgreSQL until the index is built",
        "create index concurrently, in a postgres companion with -- @no-transaction"),
    CONCURRENTLY_IN_TRANSACTION(
        "PostgreSQL refuses concurrently inside a transaction",
        "put -- @no-transaction into the file's head"),
    TYPE_CHANGE(
        "PostgreSQL rewrites the table under an exclusive lock",
        "add a column of the new type, fill it in batches, let the server use it, and drop the old one in a later migration"),
    SET_NOT_NULL(
        "PostgreSQL reads the whole table under an exclusive lock",
        "add a check (c is not null) not valid, validate it in a later migration, then set not null: that then reads nothing"),
    CONSTRAINT_VALIDATES(
        "PostgreSQL checks every row while writes wait",
        "add the constraint not valid, and validate it in a later migration"),
    UNIQUE_BUILDS_INDEX(
        "PostgreSQL builds the constraint's index under an exclusive lock",
        "create unique index concurrently, then add constraint … unique using index"),
    DROP_IN_USE(
        "a server of the version before, which still runs, fails",
        "let a released version live without it first, and drop it in the next one"),
    RENAME_IN_USE(
        "a server of the version before, which still runs, fails",
        "add the new name, write both, and drop the old one in a later version"),
    WHOLE_TABLE_WRITE(
        "one statement holds every row of the table locked until the migration ends",
        "change rows in batches from the server, or name the few rows in a where"),
    SQLITE_REBUILD(
        "SQLite copies the whole table, and no other write comes through meanwhile",
        "accept it for a small table; for a big one add a nullable column instead"),
    IGNORED_WITHOUT_REASON(
        "a rule is passed over and nobody knows why", "write: -- @lint-ignore rule reason");

    private final String why;
    private final String mend;

    Rule(String why, String mend) {
      this.why = why;
      this.mend = mend;
    }

    /** As files write it: {@code index-not-concurrent}. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** A step that breaks a rule. */
  public record Finding(String file, int line, Rule rule, String table) {
    /** What happens. */
    public String why() {
      return rule.why;
    }

    /** How to write it instead. */
    public String mend() {
      return rule.mend;
    }
  }

  private static final String NAME = "\"?([a-z_0-9]+)\"?";
  private static final Pattern CREATE_TABLE =
      Pattern.compile("create (?:table|materialized view) (?:if not exists )?" + NAME + ".*");
  private static final Pattern CREATE_INDEX =
      Pattern.compile(
          "create (?:unique )?index (concurrently )?.*? on (?:only )?" + NAME + " ?[(u].*");
  private static final Pattern ALTER = Pattern.compile("alter table (?:only )?" + NAME + " (.*)");
  private static final Pattern DROP_TABLE =
      Pattern.compile("drop table (?:if exists )?" + NAME + ".*");
  private static final Pattern WRITE =
      Pattern.compile("(?:update " + NAME + " set|delete from " + NAME + ")(.*)");
  private static final Pattern IGNORE =
      Pattern.compile("\\s*-- @lint-ignore(?:\\s+(\\S+))?(?:\\s+(\\S.*))?");
  private static final Pattern CALL =
      Pattern.compile(".* default [^,]*[a-z_]+ ?\\(.*|.* default (current_|localtime).*");

  private final Map<String, String> files;
  private final List<Finding> findings = new ArrayList<>();
  private final Set<String> reported = new HashSet<>();

  private Lint(Map<String, String> files) {
    this.files = files;
  }

  /**
   * Looks at migrations.
   *
   * @param labels which ones: {@code 0031_colours}
   */
  public static List<Finding> of(MigrationSource source, List<String> labels) {
    Lint lint = new Lint(source.files());
    for (Engine engine : Engine.values()) {
      for (MigrationTexts.Up up : MigrationTexts.ups(engine, source)) {
        if (labels.contains(up.label())) {
          lint.migration(engine, up);
        }
      }
    }
    for (Map.Entry<String, String> file : lint.files.entrySet()) {
      if (labels.stream().anyMatch(it -> file.getKey().endsWith(it + ".sql"))) {
        lint.reasons(file.getKey(), file.getValue());
      }
    }
    return List.copyOf(lint.findings);
  }

  private void migration(Engine engine, MigrationTexts.Up up) {
    Set<String> made = new HashSet<>();
    for (SqlStatement each : up.statements()) {
      String text = plain(each.text());
      Matcher create = CREATE_TABLE.matcher(text);
      if (create.matches()) {
        made.add(create.group(1));
      }
      switch (engine) {
        case POSTGRES -> postgres(each, text, made, up.inTransaction());
        case SQLITE -> {
          Matcher drop = DROP_TABLE.matcher(text);
          if (drop.matches() && made.contains("new_" + drop.group(1))) {
            tell(each, Rule.SQLITE_REBUILD, drop.group(1));
          }
        }
      }
    }
  }

  /** In lower case, strings emptied, blanks single: keywords stand where a pattern looks. */
  private static String plain(String sql) {
    return sql.replaceAll("--[^\n]*", " ")
        .replaceAll("'(?:[^']|'')*'", "''")
        .replaceAll("\\s+", " ")
        .strip()
        .toLowerCase(Locale.ROOT);
  }

  private void postgres(
      SqlStatement statement, String text, Set<String> made, boolean inTransaction) {
    Matcher index = CREATE_INDEX.matcher(text);
    if (index.matches()) {
      if (index.group(1) == null && !made.contains(index.group(2))) {
        tell(statement, Rule.INDEX_NOT_CONCURRENT, index.group(2));
      } else if (index.group(1) != null && inTransaction) {
        tell(statement, Rule.CONCURRENTLY_IN_TRANSACTION, index.group(2));
      }
      return;
    }
    Matcher drop = DROP_TABLE.matcher(text);
    if (drop.matches() && !made.contains(drop.group(1))) {
      tell(statement, Rule.DROP_IN_USE, drop.group(1));
      return;
    }
    Matcher write = WRITE.matcher(text);
    if (write.matches()) {
      @Nullable String updated = write.group(1);
      String table = updated == null ? write.group(2) : updated;
      if (!made.contains(table) && !write.group(3).contains(" where ")) {
        tell(statement, Rule.WHOLE_TABLE_WRITE, table);
      }
      return;
    }
    Matcher alter = ALTER.matcher(text);
    if (alter.matches() && !made.contains(alter.group(1))) {
      for (String action : actions(alter.group(2))) {
        alter(statement, alter.group(1), action);
      }
    }
  }

  /** At commas outside of brackets. */
  private static List<String> actions(String text) {
    List<String> actions = new ArrayList<>();
    int depth = 0;
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == ',' && depth == 0) {
        actions.add(text.substring(from, i).strip());
        from = i + 1;
      }
    }
    actions.add(text.substring(from).strip());
    return actions;
  }

  private void alter(SqlStatement statement, String table, String action) {
    boolean isConstraint =
        action.matches("add (constraint|check|foreign|unique|primary|exclude)\\b.*");
    if (isConstraint) {
      if (action.matches(".*\\b(unique|primary key|exclude)\\b.*")) {
        if (!action.contains(" using index")) {
          tell(statement, Rule.UNIQUE_BUILDS_INDEX, table);
        }
      } else if (!action.contains(" not valid")) {
        tell(statement, Rule.CONSTRAINT_VALIDATES, table);
      }
    } else if (action.startsWith("add ")) {
      if (action.contains(" not null") && !action.contains(" default ")) {
        tell(statement, Rule.NOT_NULL_WITHOUT_DEFAULT, table);
      }
      if (CALL.matcher(action.replaceFirst(" (check|references) .*", "")).matches()) {
        tell(statement, Rule.VOLATILE_DEFAULT, table);
      }
    } else if (action.matches("alter (column )?\\S+ (set data )?type .*")) {
      tell(statement, Rule.TYPE_CHANGE, table);
    } else if (action.matches("alter (column )?\\S+ set not null")) {
      tell(statement, Rule.SET_NOT_NULL, table);
    } else if (action.startsWith("rename ") && !action.startsWith("rename constraint")) {
      tell(statement, Rule.RENAME_IN_USE, table);
    } else if (action.matches("drop (?!constraint\\b).*")) {
      tell(statement, Rule.DROP_IN_USE, table);
    }
  }

  private void tell(SqlStatement statement, Rule rule, String table) {
    String place = statement.file() + ":" + statement.line() + ":" + rule;
    if (!isIgnored(statement, rule) && reported.add(place)) {
      findings.add(new Finding(statement.file(), statement.line(), rule, table));
    }
  }

  private boolean isIgnored(SqlStatement statement, Rule rule) {
    List<String> lines = files.getOrDefault(statement.file(), "").lines().toList();
    Map<Integer, String> above = new HashMap<>();
    for (int i = statement.line() - 2;
        i >= 0 && lines.get(i).stripLeading().startsWith("--");
        i--) {
      above.put(i, lines.get(i));
    }
    for (int i = 0; i < lines.size() && !lines.get(i).strip().equals("-- @up"); i++) {
      above.put(i, lines.get(i));
    }
    return above.values().stream()
        .map(IGNORE::matcher)
        .anyMatch(it -> it.matches() && rule.text().equals(it.group(1)));
  }

  private void reasons(String file, String text) {
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      Matcher ignore = IGNORE.matcher(lines.get(i));
      if (ignore.matches() && ignore.group(2) == null) {
        findings.add(new Finding(file, i + 1, Rule.IGNORED_WITHOUT_REASON, ""));
      }
    }
  }
}
