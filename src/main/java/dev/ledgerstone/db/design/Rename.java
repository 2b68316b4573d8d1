package dev.ledgerstone.db.design;

import dev.ledgerstone.db.design.Design.Check;
import dev.ledgerstone.db.design.Design.Column;
import dev.ledgerstone.db.design.Design.Constraint;
import dev.ledgerstone.db.design.Design.Index;
import dev.ledgerstone.db.design.Design.Reference;
import dev.ledgerstone.db.design.Design.Table;
import dev.ledgerstone.db.design.Design.Unique;
import dev.ledgerstone.problem.RequestProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A table, or a column of one, that keeps its rows under another name: no comparison can tell that
 * from a drop and an addition.
 *
 * @param column null: the table itself
 * @param to the new name
 */
public record Rename(String table, @Nullable String column, String to) {
  private static final Pattern WRITTEN =
      Pattern.compile("(?<table>\\w+)(?:\\.(?<column>\\w+))?=(?<to>\\w+)");

  /**
   * As people write it: {@code pets.colour=color}, {@code pets=animals}.
   *
   * @throws dev.ledgerstone.problem.ProblemException if it is neither
   */
  public static Rename of(String text) {
    Matcher written = WRITTEN.matcher(text.strip());
    if (!written.matches()) {
      throw new RequestProblem.Invalid(
              "--rename",
              text + " is no renaming",
              "write TABLE.COLUMN=NEW_NAME, or TABLE=NEW_NAME")
          .exception();
    }
    return new Rename(written.group("table"), written.group("column"), written.group("to"));
  }

  @Override
  public String toString() {
    return table + (column == null ? "" : "." + column) + "=" + to;
  }

  /** For both engines. */
  String sql() {
    return column == null ? table(table, to) : column(column, to);
  }

  /** The way back. */
  String back() {
    return column == null ? table(to, table) : column(to, column);
  }

  /** PostgreSQL leaves the name of the key, which the next migration would look for. */
  private static String table(String from, String to) {
    return "alter table %s rename to %s;\n--@postgres alter table %2$s rename constraint %s to %s;\n"
        .formatted(
            DesignSql.quoted(from),
            DesignSql.quoted(to),
            DesignSql.quoted(from + "_pkey"),
            DesignSql.quoted(to + "_pkey"));
  }

  private String column(String from, String to) {
    return "alter table %s rename column %s to %s;\n"
        .formatted(DesignSql.quoted(table), DesignSql.quoted(from), DesignSql.quoted(to));
  }

  /** What SQLite, which keeps no comments, knows of them by what the migrations say. */
  String comments(Design renamed) {
    StringBuilder text = new StringBuilder();
    for (Table each : renamed.tables()) {
      if (column == null && each.name().equals(to)) {
        DesignSql.comments(each).forEach(it -> text.append(it).append(";\n"));
      } else if (column != null && each.name().equals(table)) {
        each.column(to)
            .filter(it -> it.comment() != null)
            .ifPresent(it -> text.append(DesignSql.comment(table, to, it.comment())).append(";\n"));
      }
    }
    return text.toString();
  }

  /**
   * A design under the new name.
   *
   * @throws dev.ledgerstone.problem.ProblemException if it does not have the old one, or has the
   *     new one already
   */
  Design in(Design before) {
    Table whose =
        before
            .table(table)
            .orElseThrow(() -> refused("there is no table " + table + " in the database"));
    boolean isTaken;
    if (column == null) {
      isTaken = before.table(to).isPresent();
    } else {
      if (whose.column(column).isEmpty()) {
        throw refused("there is no column " + column + " in table " + table + " of the database");
      }
      isTaken = whose.column(to).isPresent();
    }
    if (isTaken) {
      throw refused("there is one called " + to + " already");
    }
    return new Design(before.tables().stream().map(this::in).toList());
  }

  private RuntimeException refused(String why) {
    return new RequestProblem.Invalid(
            "--rename", this + ": " + why, "look at what the database has: ledgerstone db schema")
        .exception();
  }

  private Table in(Table before) {
    boolean isIt = before.name().equals(table);
    UnaryOperator<String> own = name -> isIt && name.equals(column) ? to : name;
    List<Column> columns =
        before.columns().stream()
            .map(
                it ->
                    new Column(
                        own.apply(it.name()),
                        it.type(),
                        it.required(),
                        it.standard(),
                        it.comment()))
            .toList();
    List<Constraint> constraints = new ArrayList<>();
    for (Constraint each : before.constraints()) {
      constraints.add(
          switch (each) {
            case Unique(var name, var of) -> new Unique(name, each(of, own));
            case Check(var name, var rule) -> new Check(name, isIt ? in(rule) : rule);
            case Reference(var name, var of, var target, var targetColumns, var onDelete) ->
                new Reference(
                    name,
                    each(of, own),
                    column == null && target.equals(table) ? to : target,
                    each(targetColumns, it -> target.equals(table) && it.equals(column) ? to : it),
                    onDelete);
          });
    }
    List<Index> indexes =
        before.indexes().stream()
            .map(
                it ->
                    !isIt
                        ? it
                        : new Index(
                            it.name(),
                            it.unique(),
                            it.columns().stream().map(this::in).toList(),
                            it.where() == null ? null : in(it.where())))
            .toList();
    return new Table(
        isIt && column == null ? to : before.name(),
        before.comment(),
        columns,
        each(before.key(), own),
        constraints,
        indexes);
  }

  private static List<String> each(List<String> names, UnaryOperator<String> own) {
    return names.stream().map(own).toList();
  }

  private Expression in(Expression expression) {
    return column == null
        ? expression
        : new Expression(
            Tokens.renamed(expression.text(), column, to),
            Tokens.renamed(expression.canonical(), column, to));
  }

  /** Renamings that what comes and what goes may be: of the same type, of the same columns. */
  static List<String> supposed(Design live, Design declared) {
    List<String> notes = new ArrayList<>();
    for (Table is : declared.tables()) {
      live.table(is.name())
          .ifPresentOrElse(
              was -> columns(was, is, notes),
              () ->
                  live.tables().stream()
                      .filter(was -> declared.table(was.name()).isEmpty())
                      .filter(was -> was.columns().equals(is.columns()))
                      .forEach(
                          was -> notes.add(question(new Rename(was.name(), null, is.name())))));
    }
    return notes;
  }

  private static void columns(Table was, Table is, List<String> notes) {
    for (Column come : is.columns()) {
      if (was.column(come.name()).isEmpty()) {
        was.columns().stream()
            .filter(gone -> is.column(gone.name()).isEmpty() && gone.type().equals(come.type()))
            .forEach(gone -> notes.add(question(new Rename(was.name(), gone.name(), come.name()))));
      }
    }
  }

  private static String question(Rename rename) {
    return "is %s renamed to %s? Then begin again with: --rename %s"
        .formatted(
            rename.column == null ? rename.table : rename.table + "." + rename.column,
            rename.to,
            rename);
  }
}
