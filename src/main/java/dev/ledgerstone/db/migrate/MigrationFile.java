package dev.ledgerstone.db.migrate;

import dev.ledgerstone.db.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One file as one engine reads it; docs/migrations.md has the format.
 *
 * @param down null if the file has no way down
 * @param inTransaction unless its head says {@code @no-transaction}
 * @param rebuilds whether its head says {@code @rebuild}
 */
record MigrationFile(
    List<SqlStatement> up,
    @Nullable List<SqlStatement> down,
    boolean inTransaction,
    boolean rebuilds) {
  static final String NO_TRANSACTION = "-- @no-transaction";
  static final String REBUILD = "-- @rebuild";

  private static final Pattern MARKER = Pattern.compile("\\s*--\\s+@(\\S+)\\s*");
  private static final Pattern ENGINE_LINE = Pattern.compile("(\\s*)--@(\\S*)(?:\\s(.*))?");

  static MigrationFile parse(Engine engine, String path, String text) {
    return new Parser(engine, path).parse(text);
  }

  /** The text that a checksum is made of: line ends and trailing blanks are no change. */
  static String normalise(String text) {
    return text.lines().map(String::stripTrailing).collect(Collectors.joining("\n")).strip();
  }

  private enum Section {
    HEAD,
    UP,
    DOWN,
    AFTER
  }

  private static final class Parser {
    private final Engine engine;
    private final String path;
    private final List<SqlStatement> up = new ArrayList<>();
    private @Nullable List<SqlStatement> down;
    private boolean inTransaction = true;
    private boolean rebuilds;

    private Section section = Section.HEAD;
    private final StringBuilder body = new StringBuilder();
    private int bodyLine = 1;
    private int line;

    Parser(Engine engine, String path) {
      this.engine = engine;
      this.path = path;
    }

    MigrationFile parse(String text) {
      for (String row : text.lines().toList()) {
        line++;
        Matcher marker = MARKER.matcher(row);
        if (marker.matches()) {
          marker(marker.group(1));
        } else {
          row(row);
        }
      }
      if (section != Section.AFTER) {
        throw bad(section == Section.HEAD ? "there is no -- @up" : "there is no -- @end");
      }
      if (rebuilds && !inTransaction) {
        throw bad("@rebuild needs a transaction, @no-transaction forbids it");
      }
      return new MigrationFile(
          List.copyOf(up), down == null ? null : List.copyOf(down), inTransaction, rebuilds);
    }

    private void marker(String name) {
      switch (name) {
        case "no-transaction" -> {
          expect(name, Section.HEAD);
          inTransaction = false;
        }
        case "rebuild" -> {
          expect(name, Section.HEAD);
          rebuilds = true;
        }
        case "up" -> {
          expect(name, Section.HEAD);
          enter(Section.UP);
        }
        case "down" -> {
          expect(name, Section.UP);
          up.addAll(statements());
          enter(Section.DOWN);
        }
        case "end" -> {
          if (section == Section.UP) {
            up.addAll(statements());
          } else {
            expect(name, Section.DOWN);
            down = statements();
          }
          enter(Section.AFTER);
        }
        default -> throw bad("there is no marker @" + name);
      }
    }

    private void expect(String marker, Section wanted) {
      if (section != wanted) {
        throw bad("@" + marker + " stands in the wrong place");
      }
    }

    private void enter(Section next) {
      section = next;
      body.setLength(0);
      bodyLine = line + 1;
    }

    private void row(String row) {
      switch (section) {
        case HEAD, AFTER -> {
          if (!row.isBlank() && !row.stripLeading().startsWith("--")) {
            throw bad("a statement stands outside of @up and @down");
          }
        }
        case UP, DOWN -> body.append(forEngine(row)).append('\n');
      }
    }

    /** A line with the marker of this engine without it; any other line as it is. */
    private String forEngine(String row) {
      Matcher match = ENGINE_LINE.matcher(row);
      if (!match.matches()) {
        return row;
      }
      Engine wanted;
      try {
        wanted = Engine.valueOf(match.group(2).toUpperCase(Locale.ROOT));
      } catch (IllegalArgumentException e) {
        throw bad("there is no engine --@" + match.group(2) + "; write --@sqlite or --@postgres");
      }
      String rest = match.group(3) == null ? "" : match.group(3);
      return wanted == engine ? match.group(1) + rest : "";
    }

    private List<SqlStatement> statements() {
      List<SqlStatement> all = SqlSplitter.split(engine, path, bodyLine, body.toString());
      return switch (engine) {
        case SQLITE ->
            all.stream()
                .filter(statement -> !statement.isCommentOn())
                .map(it -> new SqlStatement(it.file(), it.line(), SqliteChecks.compared(it.text())))
                .toList();
        case POSTGRES -> all;
      };
    }

    private RuntimeException bad(String fault) {
      return new MigrationProblem.BadFile(path, Math.max(line, 1), fault).exception();
    }
  }
}
