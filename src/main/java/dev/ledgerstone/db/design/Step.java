package dev.ledgerstone.db.design;

import dev.ledgerstone.db.design.Design.Check;
import dev.ledgerstone.db.design.Design.Column;
import dev.ledgerstone.db.design.Design.Constraint;
import dev.ledgerstone.db.design.Design.Index;
import dev.ledgerstone.db.design.Design.Reference;
import dev.ledgerstone.db.design.Design.Table;
import dev.ledgerstone.db.design.Design.Unique;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/**
 * What brings one design to another, as statements.
 *
 * <p>A change that SQLite makes by a rebuild of its table stands for PostgreSQL in the portable
 * text, where SQLite passes over it and the generator of the table classes does not.
 *
 * @param portable lines for both engines, marked where one alone runs them
 * @param postgres for PostgreSQL's companion
 * @param sqlite for SQLite's companion
 * @param rebuilds whether SQLite rebuilds a table
 */
record Step(String portable, String postgres, String sqlite, boolean rebuilds) {
  /** A table that stays, before and after. */
  private record Pair(Table before, Table after) {
    <T> List<T> gone(Function<Table, List<T>> of) {
      List<T> now = of.apply(after);
      return of.apply(before).stream().filter(it -> !now.contains(it)).toList();
    }

    <T> List<T> come(Function<Table, List<T>> of) {
      List<T> was = of.apply(before);
      return of.apply(after).stream().filter(it -> !was.contains(it)).toList();
    }

    List<Column> added() {
      return after.columns().stream().filter(it -> before.column(it.name()).isEmpty()).toList();
    }

    List<Column> dropped() {
      return before.columns().stream().filter(it -> after.column(it.name()).isEmpty()).toList();
    }

    /** Columns whose type, null or default are others. */
    List<Column> changed() {
      return after.columns().stream()
          .filter(it -> before.column(it.name()).filter(was -> !isSame(was, it)).isPresent())
          .toList();
    }

    private static boolean isSame(Column one, Column other) {
      return one.type().equals(other.type())
          && one.required() == other.required()
          && Objects.equals(one.standard(), other.standard());
    }

    /** Whether SQLite's {@code alter table} is not enough. */
    boolean rebuilds() {
      return !before.key().equals(after.key())
          || !changed().isEmpty()
          || !gone(Table::constraints).isEmpty()
          || !come(Table::constraints).isEmpty()
          || added().stream().anyMatch(it -> it.required() && it.standard() == null);
    }
  }

  /**
   * @param triggers SQLite's, and indexes that are not in the design, by table: a rebuild makes
   *     them again
   * @param notes is told what a person should look at
   */
  static Step between(
      Design before, Design after, Map<String, List<String>> triggers, List<String> notes) {
    return new Writer(before, after, triggers, notes).write();
  }

  private static final class Writer {
    private static final Set<String> NUMBERS =
        Set.of("integer", "bigint", "smallint", "numeric", "double precision", "real");

    private final List<Table> gone;
    private final List<Table> come;
    private final List<Pair> pairs = new ArrayList<>();
    private final Map<String, List<String>> triggers;
    private final List<String> notes;
    private final StringBuilder portable = new StringBuilder();
    private final StringBuilder postgres = new StringBuilder();
    private final StringBuilder sqlite = new StringBuilder();
    private boolean isHidden;

    Writer(Design before, Design after, Map<String, List<String>> triggers, List<String> notes) {
      this.triggers = triggers;
      this.notes = notes;
      this.gone =
          Design.inOrder(
                  before.tables().stream().filter(it -> after.table(it.name()).isEmpty()).toList(),
                  new ArrayList<>())
              .reversed();
      List<String> ring = new ArrayList<>();
      this.come =
          Design.inOrder(
              after.tables().stream().filter(it -> before.table(it.name()).isEmpty()).toList(),
              ring);
      if (!ring.isEmpty()) {
        notes.add("tables refer to each other in a ring, order them by hand: " + ring);
      }
      for (Table table : after.tables()) {
        before
            .table(table.name())
            .filter(it -> !it.equals(table))
            .ifPresent(it -> pairs.add(new Pair(it, table)));
      }
    }

    Step write() {
      boolean rebuilds = pairs.stream().anyMatch(Pair::rebuilds);
      pairs.forEach(it -> constraintsGone(it, true));
      for (Pair pair : pairs) {
        indexesGone(pair);
        constraintsGone(pair, false);
      }
      pairs.forEach(this::columns);
      pairs.forEach(it -> constraintsCome(it, true));
      for (Table table : gone) {
        both("drop table " + DesignSql.quoted(table.name()));
      }
      come.forEach(this::create);
      pairs.forEach(it -> constraintsCome(it, false));
      pairs.forEach(this::indexesCome);
      pairs.forEach(this::comments);
      show();
      pairs.stream().filter(Pair::rebuilds).forEach(this::rebuild);
      return new Step(portable.toString(), postgres.toString(), sqlite.toString(), rebuilds);
    }

    /** References first, and last when they come: they need the keys of other tables. */
    private void constraintsGone(Pair pair, boolean references) {
      for (Constraint each : pair.gone(Table::constraints)) {
        if (each instanceof Reference == references) {
          alter(pair, "drop constraint " + DesignSql.quoted(each.name()));
        }
      }
      if (!references && !pair.before().key().equals(pair.after().key())) {
        notes.add(
            "the primary key of " + pair.after().name() + " changes: look at who refers to it");
        if (!pair.before().key().isEmpty()) {
          alter(pair, "drop constraint " + DesignSql.quoted(pair.before().name() + "_pkey"));
        }
      }
    }

    private void constraintsCome(Pair pair, boolean uniques) {
      if (uniques
          && !pair.before().key().equals(pair.after().key())
          && !pair.after().key().isEmpty()) {
        alter(
            pair,
            "add constraint "
                + DesignSql.quoted(pair.after().name() + "_pkey")
                + " primary key "
                + DesignSql.names(pair.after().key()));
      }
      for (Constraint each : pair.come(Table::constraints)) {
        boolean isUnique =
            switch (each) {
              case Unique _ -> true;
              case Check _, Reference _ -> false;
            };
        if (isUnique == uniques) {
          alter(pair, "add " + DesignSql.constraint(each));
        }
      }
    }

    private void columns(Pair pair) {
      for (Column column : pair.changed()) {
        change(pair, pair.before().column(column.name()).orElseThrow(), column);
      }
      for (Column column : pair.dropped()) {
        simple(pair, "drop column " + DesignSql.quoted(column.name()));
      }
      for (Column column : pair.added()) {
        if (column.required() && column.standard() == null) {
          notes.add(
              "%s.%s may not be null and has no default: rows that are there make this fail"
                  .formatted(pair.after().name(), column.name()));
        }
        simple(pair, "add column " + DesignSql.column(column));
      }
    }

    private void change(Pair pair, Column was, Column is) {
      String alter = "alter column " + DesignSql.quoted(is.name()) + " ";
      boolean isRetyped = !was.type().equals(is.type());
      if (was.standard() != null && (is.standard() == null || isRetyped)) {
        alter(pair, alter + "drop default");
      }
      if (isRetyped) {
        notes.add(
            "%s.%s becomes %s from %s: a value that cannot be read so makes this fail on PostgreSQL, and stays as it is on SQLite"
                .formatted(pair.after().name(), is.name(), is.type(), was.type()));
        alter(pair, alter + "type %s\n--@postgres using %s\n".formatted(is.type(), cast(was, is)));
      }
      if (is.standard() != null && (isRetyped || !is.standard().equals(was.standard()))) {
        alter(pair, alter + "set default " + is.standard().text());
      }
      if (is.required() && !was.required()) {
        if (is.standard() == null) {
          notes.add(
              "%s.%s may no longer be null and has no default: rows without it make this fail"
                  .formatted(pair.after().name(), is.name()));
        } else {
          hide();
          portable.append(
              "--@postgres update %s set %s = %s where %2$s is null;\n"
                  .formatted(
                      DesignSql.quoted(pair.after().name()),
                      DesignSql.quoted(is.name()),
                      is.standard().text()));
        }
        alter(pair, alter + "set not null");
      } else if (was.required() && !is.required()) {
        alter(pair, alter + "drop not null");
      }
    }

    /** By way of text, unless both are numbers: PostgreSQL casts everything from and to text. */
    private static String cast(Column was, Column is) {
      String name = DesignSql.quoted(is.name());
      boolean isNumber = NUMBERS.contains(was.type()) && NUMBERS.contains(is.type());
      return "cast(" + (isNumber ? name : "cast(" + name + " as text)") + " as " + is.type() + ")";
    }

    private void indexesGone(Pair pair) {
      for (Index index : pair.gone(Table::indexes)) {
        both(pair, "drop index " + DesignSql.quoted(index.name()));
      }
    }

    private void indexesCome(Pair pair) {
      for (Index index : pair.come(Table::indexes)) {
        both(pair, DesignSql.index(pair.after().name(), index));
      }
    }

    private void comments(Pair pair) {
      Table after = pair.after();
      if (!Objects.equals(pair.before().comment(), after.comment())) {
        both(DesignSql.comment(after.name(), null, after.comment()));
      }
      for (Column column : after.columns()) {
        String was = pair.before().column(column.name()).map(Column::comment).orElse(null);
        if (!Objects.equals(was, column.comment())) {
          both(DesignSql.comment(after.name(), column.name(), column.comment()));
        }
      }
    }

    private void create(Table table) {
      String name = DesignSql.quoted(table.name());
      both(DesignSql.table(table, table.name()));
      table.indexes().forEach(it -> both(DesignSql.index(table.name(), it)));
      DesignSql.comments(table).forEach(this::both);
      if (table.isAppendOnly()) {
        postgres.append(
            "create trigger %s_append_only before update or delete on %1$s for each row execute function refuse_change();\n"
                .formatted(name));
        for (String change : List.of("update", "delete")) {
          sqlite.append(
              """
              create trigger %s_append_only_%s before %2$s on %1$s when not exists (select 1 from maintenance)
              begin select raise(abort, '%1$s is append-only'); end;
              """
                  .formatted(name, change));
        }
      }
      if (table.column("tenant_id").isPresent()) {
        postgres.append("select hold_tenants('%s');\n".formatted(name));
      }
    }

    /** SQLite: a new table, the rows, the new name, and what hung on the old one. */
    private void rebuild(Pair pair) {
      Table after = pair.after();
      List<String> into = new ArrayList<>();
      List<String> from = new ArrayList<>();
      for (Column column : after.columns()) {
        pair.before()
            .column(column.name())
            .ifPresent(
                was -> {
                  String name = DesignSql.quoted(column.name());
                  into.add(name);
                  from.add(
                      column.required() && !was.required() && column.standard() != null
                          ? "coalesce(" + name + ", " + column.standard().text() + ")"
                          : name);
                });
      }
      String name = DesignSql.quoted(after.name());
      sqlite
          .append(DesignSql.table(after, "new_" + after.name()))
          .append(
              ";\ninsert into new_%s (%s)\nselect %s from %s;\n"
                  .formatted(after.name(), String.join(", ", into), String.join(", ", from), name))
          .append(
              "drop table %s;\nalter table new_%s rename to %1$s;\n".formatted(name, after.name()));
      after.indexes().forEach(it -> sqlite.append(DesignSql.index(after.name(), it)).append(";\n"));
      List<String> again = triggers.getOrDefault(after.name(), List.of());
      again.forEach(it -> sqlite.append(it).append(";\n"));
      for (Column column : pair.dropped()) {
        if (again.stream().anyMatch(it -> it.matches("(?s).*\\b" + column.name() + "\\b.*"))) {
          notes.add("a trigger of " + after.name() + " speaks of its column " + column.name());
        }
      }
    }

    /** On a table that SQLite does not rebuild, for both. */
    private void simple(Pair pair, String change) {
      both(pair, "alter table " + DesignSql.quoted(pair.after().name()) + " " + change);
    }

    private void alter(Pair pair, String change) {
      hide();
      portable
          .append("alter table ")
          .append(DesignSql.quoted(pair.after().name()))
          .append(' ')
          .append(change)
          .append(";\n");
    }

    private void both(Pair pair, String statement) {
      if (pair.rebuilds()) {
        hide();
        portable.append(statement).append(";\n");
      } else {
        both(statement);
      }
    }

    private void both(String statement) {
      show();
      portable.append(statement).append(";\n");
    }

    /** From here on SQLite sees a comment. */
    private void hide() {
      if (!isHidden) {
        portable.append("--@sqlite /*\n");
        isHidden = true;
      }
    }

    private void show() {
      if (isHidden) {
        portable.append("--@sqlite */\n");
        isHidden = false;
      }
    }
  }
}
