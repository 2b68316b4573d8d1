package dev.ledgerstone.db;

import java.util.ArrayList;
import java.util.List;
import org.jooq.impl.DSL;

/** PostgreSQL's materialized views: computes them anew while they are read. */
public final class MaterializedViews {
  private static final String ALL =
      """
      select c.relname
      from pg_class c
      where c.relkind = 'm' and c.relispopulated and c.relnamespace = current_schema()::regnamespace
        and exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisunique and i.indpred is null)
      order by c.relname
      """;

  private final Database database;

  public MaterializedViews(Database database) {
    this.database = database;
  }

  /**
   * Refreshes each of them in a transaction of its own; readers go on seeing the old rows until it
   * is done. Nothing to do on SQLite, where the same names are views.
   *
   * @return their names
   */
  public List<String> refresh() {
    List<String> refreshed = new ArrayList<>();
    switch (database.engine()) {
      case SQLITE -> {}
      case POSTGRES -> {
        List<String> names =
            database.read(sql -> sql.resultQuery(ALL).fetch(row -> row.get(0, String.class)));
        for (String name : names) {
          database.write(
              sql -> sql.execute("refresh materialized view concurrently {0}", DSL.name(name)));
          refreshed.add(name);
        }
      }
    }
    return refreshed;
  }
}
