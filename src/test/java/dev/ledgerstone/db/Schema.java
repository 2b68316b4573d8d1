package dev.ledgerstone.db;

import dev.ledgerstone.db.schema.DefaultSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.Table;

/**
 * The tables of a database as its engine's own catalogue has them; partitions, the history of
 * migrations and what full-text search keeps for itself left out. SQLite has no comments: there
 * they are those of the generated classes.
 */
record Schema(List<Relation> relations) {
  /**
   * @param primaryKey names of columns
   * @param indexes of ordered columns, those behind unique constraints included, the primary key's
   *     not
   * @param checks names; empty for one without a name, which only SQLite tells
   */
  record Relation(
      String name,
      String comment,
      List<Column> columns,
      List<String> primaryKey,
      List<Index> indexes,
      List<Reference> references,
      List<String> checks) {
    boolean has(String column) {
      return columns.stream().anyMatch(it -> it.name.equals(column));
    }

    Traits traits() {
      return Traits.of(comment);
    }
  }

  record Column(String name, String type, boolean required) {}

  /**
   * @param columns an expression is {@code ?}
   * @param where empty if the index is of all rows
   */
  record Index(boolean unique, List<String> columns, String where) {}

  /**
   * @param onDelete in lower case; {@code no action} where nothing is said
   */
  record Reference(List<String> columns, String target, String onDelete) {}

  /**
   * What a comment says in brackets at its end.
   *
   * @param feature empty if there are none
   */
  record Traits(String feature, Set<String> words) {
    private static final Pattern AT_THE_END =
        Pattern.compile("(?s).+ \\[([a-z]+)((?:; (?:append|readonly|hidden|global|shared))*)]");

    static Traits of(String comment) {
      Matcher match = AT_THE_END.matcher(comment);
      if (!match.matches()) {
        return new Traits("", Set.of());
      }
      Set<String> words =
          Arrays.stream(match.group(2).split("; "))
              .filter(it -> !it.isEmpty())
              .collect(Collectors.toSet());
      return new Traits(match.group(1), words);
    }

    boolean is(String word) {
      return words.contains(word);
    }
  }

  static Schema of(Database database) {
    return switch (database.engine()) {
      case SQLITE -> new Sqlite(database).read();
      case POSTGRES -> new Postgres(database).read();
    };
  }

  private static Map<String, List<Record>> byTable(Database database, String question) {
    Result<Record> rows = database.read(sql -> sql.fetch(question));
    return rows.stream().collect(Collectors.groupingBy(it -> it.get(0, String.class)));
  }

  private static <T> List<T> of(
      Map<String, List<Record>> rows, String table, Function<Record, T> make) {
    return rows.getOrDefault(table, List.of()).stream().map(make).toList();
  }

  private static List<String> names(Record row, int at) {
    return List.of(row.get(at, String.class).split(","));
  }

  private record Postgres(Database database) {
    private static final String TABLES =
        """
        select c.relname, coalesce(obj_description(c.oid, 'pg_class'), '')
        from pg_class c
        where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
          and c.relname <> 'schema_history'
        order by 1""";

    private static final String COLUMNS =
        """
        select c.relname, a.attname, format_type(a.atttypid, null), a.attnotnull
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = current_schema()::regnamespace and a.attnum > 0 and not a.attisdropped
        order by a.attnum""";

    private static final String INDEXES =
        """
        select t.relname, i.indisprimary, i.indisunique,
          (select string_agg(coalesce(a.attname, '?'), ',' order by k.place)
            from unnest(i.indkey::int2[]) with ordinality k (number, place)
            left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number and k.number > 0),
          coalesce(pg_get_expr(i.indpred, i.indrelid), '')
        from pg_index i join pg_class t on t.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
        join pg_am m on m.oid = x.relam
        where t.relnamespace = current_schema()::regnamespace and m.amname = 'btree'""";

    private static final String REFERENCES =
        """
        select t.relname,
          (select string_agg(a.attname, ',' order by k.place)
            from unnest(n.conkey) with ordinality k (number, place)
            join pg_attribute a on a.attrelid = n.conrelid and a.attnum = k.number),
          o.relname,
          case n.confdeltype when 'a' then 'no action' when 'r' then 'restrict' when 'c' then 'cascade'
            when 'n' then 'set null' when 'd' then 'set default' end
        from pg_constraint n join pg_class t on t.oid = n.conrelid join pg_class o on o.oid = n.confrelid
        where n.contype = 'f' and t.relnamespace = current_schema()::regnamespace""";

    private static final String CHECKS =
        """
        select t.relname, n.conname
        from pg_constraint n join pg_class t on t.oid = n.conrelid
        where n.contype = 'c' and t.relnamespace = current_schema()::regnamespace""";

    Schema read() {
      var columns = byTable(database, COLUMNS);
      var indexes = byTable(database, INDEXES);
      var references = byTable(database, REFERENCES);
      var checks = byTable(database, CHECKS);
      List<Relation> relations = new ArrayList<>();
      for (Record row : database.read(sql -> sql.fetch(TABLES))) {
        String table = row.get(0, String.class);
        List<Record> keys =
            indexes.getOrDefault(table, List.of()).stream()
                .filter(it -> it.get(1, Boolean.class))
                .toList();
        relations.add(
            new Relation(
                table,
                row.get(1, String.class),
                of(
                    columns,
                    table,
                    it ->
                        new Column(
                            it.get(1, String.class),
                            it.get(2, String.class),
                            it.get(3, Boolean.class))),
                keys.isEmpty() ? List.of() : names(keys.getFirst(), 3),
                indexes.getOrDefault(table, List.of()).stream()
                    .filter(it -> !it.get(1, Boolean.class))
                    .map(
                        it ->
                            new Index(
                                it.get(2, Boolean.class), names(it, 3), it.get(4, String.class)))
                    .toList(),
                of(
                    references,
                    table,
                    it ->
                        new Reference(
                            names(it, 1), it.get(2, String.class), it.get(3, String.class))),
                of(checks, table, it -> it.get(1, String.class))));
      }
      return new Schema(relations);
    }
  }

  private record Sqlite(Database database) {
    private static final String OURS =
        "(select name from pragma_table_list where schema = 'main' and type = 'table'"
            + " and name not like 'sqlite%' and name <> 'schema_history')";

    private static final String TABLES =
        "select name, sql from sqlite_schema where type = 'table' and name in "
            + OURS
            + " order by name";

    private static final String COLUMNS =
        "select t.name, c.name, c.type, c.\"notnull\", c.pk from "
            + OURS
            + " t, pragma_table_info(t.name) c order by c.cid";

    private static final String INDEXES =
        """
        select t.name, i."unique",
          (select group_concat(coalesce(c.name, '?'), ',') from (select name from pragma_index_info(i.name) order by seqno) c),
          coalesce(s.sql, '')
        from (select name from sqlite_schema where type = 'table') t, pragma_index_list(t.name) i
        left join sqlite_schema s on s.type = 'index' and s.name = i.name
        where i.origin <> 'pk'""";

    private static final String REFERENCES =
        """
        select t.name, group_concat(f."from", ','), f."table", lower(f.on_delete)
        from (select name from sqlite_schema where type = 'table') t, pragma_foreign_key_list(t.name) f
        group by t.name, f.id""";

    private static final Pattern CHECK =
        Pattern.compile("(?i)(?:constraint\\s+(\\w+)\\s+)?\\bcheck\\s*\\(");
    private static final Pattern WHERE = Pattern.compile("(?is).*\\)\\s*where\\s+(.+)");

    Schema read() {
      Map<String, String> comments =
          DefaultSchema.DEFAULT_SCHEMA.getTables().stream()
              .collect(Collectors.toMap(Table::getName, Table::getComment));
      var columns = byTable(database, COLUMNS);
      var indexes = byTable(database, INDEXES);
      var references = byTable(database, REFERENCES);
      List<Relation> relations = new ArrayList<>();
      for (Record row : database.read(sql -> sql.fetch(TABLES))) {
        String table = row.get(0, String.class);
        relations.add(
            new Relation(
                table,
                comments.getOrDefault(table, ""),
                of(
                    columns,
                    table,
                    it ->
                        new Column(
                            it.get(1, String.class),
                            it.get(2, String.class).toLowerCase(Locale.ROOT),
                            it.get(3, Boolean.class))),
                columns.getOrDefault(table, List.of()).stream()
                    .filter(it -> it.get(4, Integer.class) > 0)
                    .map(it -> it.get(1, String.class))
                    .toList(),
                of(
                    indexes,
                    table,
                    it -> {
                      Matcher where = WHERE.matcher(it.get(3, String.class));
                      return new Index(
                          it.get(1, Boolean.class),
                          names(it, 2),
                          where.matches() ? where.group(1) : "");
                    }),
                of(
                    references,
                    table,
                    it ->
                        new Reference(
                            names(it, 1), it.get(2, String.class), it.get(3, String.class))),
                CHECK
                    .matcher(row.get(1, String.class))
                    .results()
                    .map(it -> it.group(1) == null ? "" : it.group(1))
                    .toList()));
      }
      return new Schema(relations);
    }
  }
}
