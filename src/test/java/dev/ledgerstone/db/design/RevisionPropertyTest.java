package dev.ledgerstone.db.design;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.design.Design.Check;
import dev.ledgerstone.db.design.Design.Column;
import dev.ledgerstone.db.design.Design.Constraint;
import dev.ledgerstone.db.design.Design.Index;
import dev.ledgerstone.db.design.Design.Reference;
import dev.ledgerstone.db.design.Design.Table;
import dev.ledgerstone.db.design.Design.Unique;
import dev.ledgerstone.db.migrate.Migrator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Of two designs made by chance: the migration that is written brings the first to the second, and
 * back, on both engines; and the generator of the table classes reads it.
 */
class RevisionPropertyTest {
  private static final List<String> TYPES =
      List.of("varchar", "integer", "bigint", "jsonb", "uuid", "timestamptz", "double precision");

  @Property(tries = 40, shrinking = ShrinkingMode.OFF)
  void upGivesWhatIsDeclaredAndDownWhatWas(@ForAll long seed) {
    Random random = new Random(seed);
    Design first = design(random, null, false);
    Design second = design(random, first, false);
    Map<String, String> files = new TreeMap<>();
    write(files, "0001_first", new Design(List.of()), first, true);
    boolean isChanged = write(files, "0002_second", first, second, true);
    for (Engine engine : Engine.values()) {
      Database database = TestDatabases.empty(engine);
      Migrator migrator = new Migrator(database, () -> files, _ -> {}, "test");
      migrator.upgrade("1");
      assertThat(of(database, files)).containsExactlyElementsOf(first.lines());

      migrator.upgrade("head");
      assertThat(of(database, files))
          .as(files.toString())
          .containsExactlyElementsOf(second.lines());

      if (isChanged) {
        migrator.downgrade("-1");
        assertThat(of(database, files))
            .as(files.toString())
            .containsExactlyElementsOf(first.lines());
        migrator.upgrade("head");
        assertThat(of(database, files)).containsExactlyElementsOf(second.lines());
      }
      database.close();
    }
  }

  @Property(tries = 15, shrinking = ShrinkingMode.OFF)
  void nothingIsDroppedWithoutLeave(@ForAll long seed) {
    Random random = new Random(seed);
    Design first = design(random, null, true);
    // A check that stays does not bear another type of its column.
    Design second = design(random, first, true);
    Map<String, String> files = new TreeMap<>();
    write(files, "0001_first", new Design(List.of()), first, true);
    write(files, "0002_second", first, second, false);
    for (Engine engine : Engine.values()) {
      Database database = TestDatabases.empty(engine);
      new Migrator(database, () -> files, _ -> {}, "test").upgrade("head");

      Design now = Designs.of(database, () -> files);

      assertThat(now.lines()).containsAll(second.lines());
      for (Table table : first.tables()) {
        Table kept = now.table(table.name()).orElseThrow();
        assertThat(kept.columns())
            .extracting(Column::name)
            .containsAll(table.columns().stream().map(Column::name).toList());
        assertThat(kept.constraints())
            .extracting(Constraint::name)
            .containsAll(table.constraints().stream().map(Constraint::name).toList());
        assertThat(kept.indexes())
            .extracting(Index::name)
            .containsAll(table.indexes().stream().map(Index::name).toList());
      }
      database.close();
    }
  }

  private static List<String> of(Database database, Map<String, String> files) {
    return Designs.of(database, () -> files).lines();
  }

  private static boolean write(
      Map<String, String> files, String name, Design live, Design declared, boolean allowDrops) {
    Map<String, String> before = Map.copyOf(files);
    Revision revision =
        Revision.write(name, "By chance.", live, declared, List.of(), allowDrops, () -> before);
    files.putAll(revision.files());
    if (!revision.files().isEmpty()) {
      String up =
          revision.files().getOrDefault(name + ".sql", "").replaceFirst("(?s)-- @down.*", "");
      assertThat(DSL.using(SQLDialect.POSTGRES).parser().parse(up).queries()).isNotNull();
    }
    return !revision.files().isEmpty();
  }

  /** Up to four tables; of an earlier design about half stays as it was. */
  private static Design design(Random random, @Nullable Design before, boolean keepsTypes) {
    List<Table> tables = new ArrayList<>();
    for (String name : List.of("apples", "boxes", "carts", "docks")) {
      @Nullable Table was = before == null ? null : before.table(name).orElse(null);
      if (random.nextInt(5) > 0) {
        tables.add(table(random, name, tables, was, keepsTypes));
      }
    }
    return new Design(tables);
  }

  private static Table table(
      Random random, String name, List<Table> others, @Nullable Table before, boolean keepsTypes) {
    List<Column> columns = new ArrayList<>(List.of(column(random, "id", "uuid", true, before)));
    for (String each : List.of("colour", "size", "weight", "order", "owner")) {
      if (random.nextBoolean()) {
        columns.add(
            column(
                random,
                each,
                each.equals("owner")
                    ? "uuid"
                    : TYPES.get(keepsTypes ? each.length() : random.nextInt(TYPES.size())),
                random.nextInt(3) == 0,
                before));
      }
    }
    List<Constraint> rules = new ArrayList<>();
    List<Index> indexes = new ArrayList<>();
    for (Column column : columns.subList(1, columns.size())) {
      String quoted = DesignSql.quoted(column.name());
      String prefix = name + "_" + column.name();
      if (random.nextInt(4) == 0 && !column.type().equals("jsonb")) {
        rules.add(new Unique(prefix + "_key", List.of(column.name())));
      }
      if (random.nextInt(4) == 0) {
        rules.add(new Check(prefix + "_check", Expression.written(check(random, column, quoted))));
      }
      if (random.nextInt(3) == 0 && !column.type().equals("jsonb")) {
        indexes.add(
            new Index(
                prefix + "_idx",
                random.nextBoolean(),
                List.of(Expression.written(quoted), Expression.written("id")),
                random.nextBoolean() ? null : Expression.written(quoted + " is not null")));
      }
      if (column.name().equals("owner") && !others.isEmpty()) {
        rules.add(
            new Reference(
                prefix + "_fkey",
                List.of("owner"),
                others.get(random.nextInt(others.size())).name(),
                List.of("id"),
                List.of("no action", "cascade", "restrict", "set null").get(random.nextInt(4))));
      }
    }
    return new Table(
        name,
        random.nextBoolean() ? null : "It's " + random.nextInt(3),
        columns,
        List.of("id"),
        rules,
        indexes);
  }

  private static Column column(
      Random random, String name, String type, boolean required, @Nullable Table before) {
    Column was = before == null ? null : before.column(name).orElse(null);
    if (was != null && (name.equals("id") || random.nextBoolean())) {
      return was;
    }
    @Nullable String standard =
        name.equals("id") || name.equals("owner") || random.nextBoolean()
            ? null
            : switch (type) {
              case "integer", "bigint" -> random.nextBoolean() ? "7" : "-1";
              case "double precision" -> "0.5";
              case "jsonb" -> "'{}'";
              case "varchar" -> "'it''s'";
              default -> null;
            };
    return new Column(
        name,
        type,
        required || name.equals("id"),
        standard == null ? null : Expression.written(standard),
        random.nextInt(4) == 0 ? "Of " + name : null);
  }

  private static String check(Random random, Column column, String name) {
    return switch (column.type()) {
      case "varchar" ->
          random.nextBoolean() ? name + " in ('it''s', 'B')" : "length(" + name + ") < 9";
      case "integer", "bigint" ->
          name + " between -1 and " + random.nextInt(3, 9) + " or id is null";
      case "double precision" -> name + " >= -90 and (" + name + " <= 90 or id is null)";
      default -> name + " is not null";
    };
  }
}
