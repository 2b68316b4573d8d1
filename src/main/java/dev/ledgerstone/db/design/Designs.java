package dev.ledgerstone.db.design;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.design.Design.Check;
import dev.ledgerstone.db.design.Design.Column;
import dev.ledgerstone.db.design.Design.Constraint;
import dev.ledgerstone.db.design.Design.Index;
import dev.ledgerstone.db.design.Design.Reference;
import dev.ledgerstone.db.design.Design.Table;
import dev.ledgerstone.db.design.Design.Unique;
import dev.ledgerstone.db.migrate.MigrationSource;
import dev.ledgerstone.db.migrate.MigrationTexts;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.db.migrate.SqlStatement;
import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** Where designs come from: a text, a database, the migrations. */
public final class Designs {
  private Designs() {}

  /**
   * What a text declares.
   *
   * @param file what a fault names
   * @throws dev.ledgerstone.problem.ProblemException if it holds anything but tables, indexes and
   *     comments, or cannot be read
   */
  public static Design declared(String file, String text) {
    TableText reader = new TableText(true);
    for (SqlStatement each : MigrationTexts.statements(Engine.POSTGRES, file, text)) {
      String fault;
      int line = each.line();
      try {
        fault = reader.read(each.text()) ? null : "only tables, indexes and comments are declared";
      } catch (Tokens.Unexpected e) {
        fault = Objects.requireNonNull(e.getMessage());
        line += (int) each.text().substring(0, e.at()).chars().filter(c -> c == '\n').count();
      }
      if (fault != null) {
        throw new RequestProblem.Invalid(
                file, file + ", line " + line + ": " + fault, "see docs/migrations.md, Declared")
            .exception();
      }
    }
    return reader.design();
  }

  /**
   * What a database has. SQLite keeps no comments: there they are what the migrations say that it
   * has had.
   */
  public static Design of(Database database, MigrationSource source) {
    return switch (database.engine()) {
      case SQLITE -> sqlite(database, source, new Migrator(database, "").history().size());
      case POSTGRES -> new Postgres(database).read();
    };
  }

  /** What the migrations make, found out on a scratch database. */
  public static Design made(MigrationSource source) {
    return Scratch.with(source, database -> of(database, source));
  }

  private static Design sqlite(Database database, MigrationSource source, int version) {
    TableText reader = new TableText(false);
    for (Record row : database.read(sql -> sql.fetch(SQLITE))) {
      reader.read(row.get(0, String.class));
    }
    MigrationTexts.ups(Engine.POSTGRES, source).stream()
        .limit(version)
        .flatMap(each -> each.statements().stream())
        .filter(SqlStatement::isCommentOn)
        .forEach(each -> reader.read(each.text()));
    return reader.design();
  }

  /** Tables first; what full-text search keeps for itself is of another type. */
  private static final String SQLITE =
      """
      select sql from sqlite_schema
      where sql is not null and type in ('table', 'index') and tbl_name in (
        select name from pragma_table_list where schema = 'main' and type = 'table'
          and name not like 'sqlite\\_%' escape '\\' and name <> 'schema_history')
      order by type desc, name""";

  /** Columns of types, and defaults, that SQLite has not are a companion's own, and left out. */
  private record Postgres(Database database) {
    private static final String OURS =
        """
        c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
          and not c.relispartition and c.relname <> 'schema_history'""";

    private static final String TABLES =
        "select c.relname, obj_description(c.oid, 'pg_class') from pg_class c where " + OURS;

    private static final String COLUMNS =
        """
        select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
          pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated = ''
        where a.attnum > 0 and not a.attisdropped and\s"""
            + OURS
            + " order by a.attnum";

    private static final String CONSTRAINTS =
        """
        select c.relname, n.conname, n.contype::text,
          (select string_agg(a.attname, ',' order by k.place)
            from unnest(n.conkey) with ordinality k (number, place)
            join pg_attribute a on a.attrelid = n.conrelid and a.attnum = k.number),
          o.relname,
          (select string_agg(a.attname, ',' order by k.place)
            from unnest(n.confkey) with ordinality k (number, place)
            join pg_attribute a on a.attrelid = n.confrelid and a.attnum = k.number),
          case n.confdeltype when 'r' then 'restrict' when 'c' then 'cascade'
            when 'n' then 'set null' when 'd' then 'set default' else 'no action' end,
          pg_get_expr(n.conbin, n.conrelid)
        from pg_constraint n join pg_class c on c.oid = n.conrelid
        left join pg_class o on o.oid = n.confrelid
        where n.contype in ('p', 'u', 'f', 'c') and n.conparentid = 0 and\s"""
            + OURS;

    private static final String INDEXES =
        """
        select c.relname, x.relname, i.indisunique,
          (select string_agg(pg_get_indexdef(i.indexrelid, k, false)
              || case when i.indoption[k - 1] & 1 = 1 then ' desc' else '' end, chr(1) order by k)
            from generate_series(1, i.indnkeyatts) k),
          pg_get_expr(i.indpred, i.indrelid)
        from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
        join pg_am m on m.oid = x.relam
        where m.amname = 'btree'
          and not exists (select 1 from pg_constraint n where n.conindid = i.indexrelid and n.contype in ('p', 'u'))
          and\s"""
            + OURS;

    Design read() {
      var columns = byTable(COLUMNS);
      var constraints = byTable(CONSTRAINTS);
      var indexes = byTable(INDEXES);
      return new Design(
          database.read(sql -> sql.fetch(TABLES)).stream()
              .map(
                  row -> {
                    String name = row.get(0, String.class);
                    List<Record> rules = constraints.getOrDefault(name, List.of());
                    return new Table(
                        name,
                        row.get(1, String.class),
                        list(columns.get(name), Postgres::column).stream()
                            .filter(it -> TableText.isPortable(it.type()))
                            .toList(),
                        rules.stream()
                            .filter(it -> it.get(2, String.class).equals("p"))
                            .findFirst()
                            .map(it -> names(it, 3))
                            .orElse(List.of()),
                        rules.stream()
                            .filter(it -> !it.get(2, String.class).equals("p"))
                            .map(Postgres::constraint)
                            .toList(),
                        list(indexes.get(name), Postgres::index));
                  })
              .toList());
    }

    private Map<String, List<Record>> byTable(String question) {
      return database.read(sql -> sql.fetch(question)).stream()
          .collect(Collectors.groupingBy(row -> row.get(0, String.class)));
    }

    private static <T> List<T> list(@Nullable List<Record> rows, Function<Record, T> make) {
      return rows == null ? List.of() : rows.stream().map(make).toList();
    }

    private static Column column(Record row) {
      @Nullable Expression standard = told(row, 4);
      return new Column(
          row.get(1, String.class),
          TableText.typeName(row.get(2, String.class)),
          row.get(3, Boolean.class),
          standard == null || standard.canonical().contains("nextval(") ? null : standard,
          row.get(5, String.class));
    }

    private static Constraint constraint(Record row) {
      String name = row.get(1, String.class);
      return switch (row.get(2, String.class)) {
        case "u" -> new Unique(name, names(row, 3));
        case "c" -> new Check(name, Expression.told(row.get(7, String.class)));
        default ->
            new Reference(
                name,
                names(row, 3),
                row.get(4, String.class),
                names(row, 5),
                row.get(6, String.class));
      };
    }

    private static Index index(Record row) {
      return new Index(
          row.get(1, String.class),
          row.get(2, Boolean.class),
          Stream.of(row.get(3, String.class).split("\u0001"))
              .map(
                  it ->
                      it.endsWith(" desc")
                          ? descending(it.substring(0, it.length() - 5))
                          : Expression.told(it))
              .toList(),
          told(row, 4));
    }

    private static Expression descending(String column) {
      String text = Expression.told(column).canonical() + " desc";
      return new Expression(text, text);
    }

    private static @Nullable Expression told(Record row, int at) {
      String text = row.get(at, String.class);
      return text == null ? null : Expression.told(text);
    }

    private static List<String> names(Record row, int at) {
      return Arrays.asList(row.get(at, String.class).split(","));
    }
  }

  /** An SQLite database in a folder of its own, for one question. */
  static final class Scratch {
    private Scratch() {}

    static <T> T with(MigrationSource source, Function<Database, T> question) {
      return with(source, "head", question);
    }

    /** As above, brought to a version. */
    static <T> T with(MigrationSource source, String version, Function<Database, T> question) {
      List<Path> made = new ArrayList<>();
      try {
        Path folder = Files.createTempDirectory("ledgerstone-scratch");
        made.add(folder);
        Path file = folder.resolve("scratch.db");
        try (Database database = Database.open(DatabaseSettings.sqlite(file))) {
          new Migrator(database, source, _ -> {}, "scratch").upgrade(version);
          return question.apply(database);
        } finally {
          for (String suffix : List.of("", "-wal", "-shm")) {
            Files.deleteIfExists(folder.resolve("scratch.db" + suffix));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("no scratch database can be made", e);
      } finally {
        made.forEach(Scratch::delete);
      }
    }

    private static void delete(Path folder) {
      try {
        Files.deleteIfExists(folder);
      } catch (IOException e) {
        System.getLogger(Designs.class.getName())
            .log(System.Logger.Level.DEBUG, "a scratch folder stays behind", e);
      }
    }
  }
}
