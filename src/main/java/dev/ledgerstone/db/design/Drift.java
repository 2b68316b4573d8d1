package dev.ledgerstone.db.design;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.migrate.MigrationSource;
import dev.ledgerstone.db.migrate.MigrationTexts;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.db.migrate.SqlStatement;
import dev.ledgerstone.db.migrate.SqliteChecks;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Where a database is not what its migrations make: everything the catalogue knows is compared,
 * triggers, policies and functions too, with what the same migrations make beside it. The
 * partitions that the server makes are left out.
 *
 * <p>On PostgreSQL the migrations are run in a schema of their own in a transaction that is rolled
 * back; no table of the database is locked. On SQLite in a scratch file.
 */
public final class Drift {
  /** What differs. */
  public enum Kind {
    MISSING,
    CHANGED,
    EXTRA
  }

  /**
   * One difference.
   *
   * @param what {@code index files_tags_idx}
   */
  public record Finding(Kind kind, String what) {
    /** How to bring it in order. */
    public String mend() {
      return switch (kind) {
        case MISSING -> "make it again as its migration does: ledgerstone db sql";
        case CHANGED ->
            "put it back as its migration makes it, or write the change down: db revision --autogenerate";
        case EXTRA -> "drop it, or write it down: db revision --autogenerate";
      };
    }
  }

  private static final String SCRATCH = "ledgerstone_scratch";

  private static final String SQLITE =
      """
      select type || ' ' || name, coalesce(sql, '') from sqlite_schema
      where name not like 'sqlite\\_%' escape '\\' and name <> 'schema_history'""";

  private static final String POSTGRES =
      """
      with ours as (
        select * from pg_class c where c.relnamespace = current_schema()::regnamespace and not c.relispartition
          and c.relname <> 'schema_history' and not exists (
            select 1 from pg_index i where i.indexrelid = c.oid and i.indrelid = to_regclass('schema_history')))
      select 'table ' || relname, concat_ws(' ', relkind, relrowsecurity, relforcerowsecurity,
          array_to_string(reloptions, ','), pg_get_partkeydef(oid), obj_description(oid, 'pg_class'))
        from ours where relkind in ('r', 'p')
      union all
      select 'column ' || c.relname || '.' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
          a.attnotnull, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum))
        from pg_attribute a join ours c on c.oid = a.attrelid
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p')
      union all
      select 'constraint ' || n.conname || ' of ' || c.relname, pg_get_constraintdef(n.oid)
        from pg_constraint n join ours c on c.oid = n.conrelid where n.contype <> 'n' and n.conparentid = 0
      union all
      select 'index ' || c.relname, pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid
        from pg_index i join ours c on c.oid = i.indexrelid
      union all
      select 'trigger ' || t.tgname || ' of ' || c.relname, pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
        from pg_trigger t join ours c on c.oid = t.tgrelid where not t.tgisinternal
      union all
      select 'view ' || relname, pg_get_viewdef(oid) from ours where relkind in ('v', 'm')
      union all
      select 'sequence ' || relname, '' from ours where relkind = 'S'
      union all
      select 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', pg_get_functiondef(p.oid)
        from pg_proc p where p.pronamespace = current_schema()::regnamespace and p.prokind = 'f'
          and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')
      union all
      select 'policy ' || p.policyname || ' of ' || p.tablename, concat_ws(' ', p.cmd, p.permissive, p.roles, p.qual, p.with_check)
        from pg_policies p join ours c on c.relname = p.tablename where p.schemaname = current_schema()
      """;

  private Drift() {}

  /**
   * Compares a database with what its version's migrations make.
   *
   * @return the differences by name; empty if there are none
   */
  public static List<Finding> of(Database database, MigrationSource source) {
    int version = new Migrator(database, source, _ -> {}, "").history().size();
    Map<String, String> live =
        database.readJdbc(connection -> catalogue(connection, database.engine()));
    return compare(made(database, source, version), live);
  }

  private static Map<String, String> made(Database database, MigrationSource source, int version) {
    return switch (database.engine()) {
      case SQLITE ->
          Designs.Scratch.with(
              source,
              String.valueOf(version),
              scratch -> scratch.readJdbc(connection -> catalogue(connection, Engine.SQLITE)));
      case POSTGRES -> inASchemaOfItsOwn(database, source, version);
    };
  }

  private static Map<String, String> inASchemaOfItsOwn(
      Database database, MigrationSource source, int version) {
    List<MigrationTexts.Up> ups = MigrationTexts.ups(Engine.POSTGRES, source).subList(0, version);
    try {
      return database.writeJdbc(
          connection -> {
            try (Statement statement = connection.createStatement()) {
              statement.setEscapeProcessing(false);
              statement.execute("set local client_min_messages = error");
              statement.execute("create schema " + SCRATCH);
              // What extensions brought is found behind it.
              statement.execute("set local search_path = " + SCRATCH + ", public");
              for (MigrationTexts.Up up : ups) {
                for (SqlStatement each : up.statements()) {
                  statement.execute(
                      up.inTransaction()
                          ? each.text()
                          : each.text().replaceAll("(?i)\\bconcurrently\\b", ""));
                }
              }
              throw new Done(catalogue(connection, Engine.POSTGRES)); // rolls it back
            }
          });
    } catch (Done done) {
      return done.catalogue;
    }
  }

  /** Ends a transaction that may leave nothing behind. */
  private static final class Done extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Map<String, String> catalogue;

    Done(Map<String, String> catalogue) {
      super("the scratch schema goes", null, false, false);
      this.catalogue = catalogue;
    }
  }

  private static Map<String, String> catalogue(Connection connection, Engine engine)
      throws SQLException {
    Map<String, String> catalogue = new TreeMap<>();
    try (Statement statement = connection.createStatement()) {
      String schema = "";
      if (engine == Engine.POSTGRES) {
        try (ResultSet row = statement.executeQuery("select current_schema()")) {
          row.next();
          schema = row.getString(1) + ".";
        }
      }
      try (ResultSet row =
          statement.executeQuery(
              switch (engine) {
                case SQLITE -> SQLITE;
                case POSTGRES -> POSTGRES;
              })) {
        while (row.next()) {
          String definition = row.getString(2);
          catalogue.put(
              row.getString(1),
              schema.isEmpty()
                  ? Tokens.inAnyOrder(SqliteChecks.compared(definition)) // or as earlier versions
                  : definition.replace(schema, ""));
        }
      }
    }
    return catalogue;
  }

  private static List<Finding> compare(Map<String, String> made, Map<String, String> live) {
    List<Finding> findings = new ArrayList<>();
    TreeSet<String> names = new TreeSet<>(made.keySet());
    names.addAll(live.keySet());
    for (String name : names) {
      if (!live.containsKey(name)) {
        findings.add(new Finding(Kind.MISSING, name));
      } else if (!made.containsKey(name)) {
        findings.add(new Finding(Kind.EXTRA, name));
      } else if (!Objects.equals(made.get(name), live.get(name))) {
        findings.add(new Finding(Kind.CHANGED, name));
      }
    }
    return findings;
  }
}
