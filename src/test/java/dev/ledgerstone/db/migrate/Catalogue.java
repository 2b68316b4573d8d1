package dev.ledgerstone.db.migrate;

import dev.ledgerstone.db.Database;
import java.util.List;

/**
 * Everything that a schema is made of, as sorted lines of text that can be compared; what belongs
 * to an extension is the server's.
 */
final class Catalogue {
  private static final String SQLITE =
      "select type || ' ' || name || ' ' || coalesce(sql, '') from sqlite_schema";

  private static final String POSTGRES =
      """
      with ours as (select * from pg_class where relnamespace = 'public'::regnamespace)
      select concat_ws(' ', 'relation', relname, relkind, relispartition, relrowsecurity,
          array_to_string(reloptions, ','), pg_get_partkeydef(oid), pg_get_expr(relpartbound, oid),
          obj_description(oid, 'pg_class'))
        from ours
      union all
      select concat_ws(' ', 'column', c.relname, row_number() over (partition by c.oid order by a.attnum), a.attname, format_type(a.atttypid, a.atttypmod),
          a.attnotnull, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum))
        from pg_attribute a join ours c on c.oid = a.attrelid
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm')
      union all
      select concat_ws(' ', 'constraint', c.relname, n.conname, pg_get_constraintdef(n.oid))
        from pg_constraint n join ours c on c.oid = n.conrelid
      union all
      select concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid))
        from pg_index i join ours c on c.oid = i.indexrelid
      union all
      select concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid))
        from pg_trigger t join ours c on c.oid = t.tgrelid where not t.tgisinternal
      union all
      select concat_ws(' ', 'view', c.relname, pg_get_viewdef(c.oid)) from ours c where c.relkind in ('v', 'm')
      union all
      select concat_ws(' ', 'function', pg_get_functiondef(p.oid))
        from pg_proc p where p.pronamespace = 'public'::regnamespace
          and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')
      union all
      select concat_ws(' ', 'policy', p.tablename, p.policyname, p.cmd, p.qual, p.with_check)
        from pg_policies p where p.schemaname = 'public'
      """;

  private Catalogue() {}

  static List<String> of(Database database) {
    String question =
        switch (database.engine()) {
          case SQLITE -> SQLITE;
          case POSTGRES -> POSTGRES;
        };
    return database.read(sql -> sql.fetchValues(question)).stream()
        .map(String::valueOf)
        .sorted()
        .toList();
  }
}
