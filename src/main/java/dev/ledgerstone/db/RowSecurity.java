package dev.ledgerstone.db;

import java.util.List;
import java.util.stream.Stream;

/**
 * The second wall between tenants, as the catalogue of a PostgreSQL database has it: a policy on
 * every table (docs/adr/0012). SQLite has none, and nothing to find fault with.
 */
public final class RowSecurity {
  private static final String PASSES =
      "select rolname from pg_roles where rolname = current_user and (rolsuper or rolbypassrls)";

  /** With a tenant, and without a policy or with one that the owner passes; partitions too. */
  private static final String OPEN =
      """
      select c.relname from pg_class c
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
        and (c.relname = 'tenants'
          or exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped))
        and not (c.relrowsecurity and c.relforcerowsecurity
          and exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant'))
      order by 1
      """;

  private RowSecurity() {}

  /** What is wrong with the wall, each with its mend; empty if it stands. */
  public static List<String> faults(Database database) {
    return switch (database.engine()) {
      case SQLITE -> List.of();
      case POSTGRES -> {
        List<String> roles =
            database.read(sql -> sql.fetchValues(PASSES)).stream().map(String::valueOf).toList();
        List<String> open = openTables(database);
        yield Stream.concat(
                roles.stream()
                    .map(
                        role ->
                            "role "
                                + role
                                + " passes row-level security: connect as one that is neither superuser nor BYPASSRLS"),
                open.stream()
                    .map(
                        table ->
                            "table "
                                + table
                                + " has no policy: select hold_tenants('"
                                + table
                                + "')"))
            .toList();
      }
    };
  }

  /** The tables, and partitions, of PostgreSQL that have a tenant and no policy. */
  static List<String> openTables(Database database) {
    return database.read(sql -> sql.fetchValues(OPEN)).stream().map(String::valueOf).toList();
  }
}
