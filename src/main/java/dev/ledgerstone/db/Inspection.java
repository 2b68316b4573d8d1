package dev.ledgerstone.db;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.jooq.Record;
import org.jooq.Result;
import org.jspecify.annotations.Nullable;

/** Looks at a database's health; changes nothing. */
public final class Inspection {
  /** How serious it is. */
  public enum State {
    OK,
    /** Somebody should look at it. */
    NOTE,
    /** It keeps a server from working, or data is broken. */
    FAULT
  }

  /** What was looked at, and what was found there. */
  public record Finding(String what, State state, String found) {}

  /** Below it nobody minds an index that is not used. */
  private static final long LARGE_INDEX_BYTES = 16L << 20;

  private static final long LARGE_TABLE_ROWS = 100_000;
  private static final long LARGE_LOG_BYTES = 256L << 20;

  /** Reading the sizes of tables reads the whole file. */
  private static final long MEASURED_FILE_BYTES = 2L << 30;

  private static final int NAMED = 5;

  private final Database database;
  private final List<Finding> findings = new ArrayList<>();

  private Inspection(Database database) {
    this.database = database;
  }

  /**
   * Inspects a database.
   *
   * @param isDeep whether SQLite compares every index with its table; slow on a large file
   */
  public static List<Finding> of(Database database, boolean isDeep) {
    Inspection inspection = new Inspection(database);
    switch (database.engine()) {
      case SQLITE -> inspection.sqlite(isDeep);
      case POSTGRES -> inspection.postgres();
    }
    return List.copyOf(inspection.findings);
  }

  private void sqlite(boolean isDeep) {
    List<String> faults = texts(isDeep ? "pragma integrity_check(5)" : "pragma quick_check(5)");
    boolean isWhole = faults.equals(List.of("ok"));
    tell(
        "integrity",
        isWhole ? State.OK : State.FAULT,
        isWhole
            ? isDeep ? "every page and index" : "every page; --deep compares the indexes too"
            : "restore a backup: " + String.join("; ", faults));
    Result<Record> broken =
        rows("select \"table\", parent, count(*) from pragma_foreign_key_check group by 1, 2");
    none(
        "foreign keys",
        State.FAULT,
        broken,
        "every row refers to rows that are there",
        row ->
            row.get(2)
                + " rows of "
                + row.get(0)
                + " refer to rows of "
                + row.get(1)
                + " that are gone");
    long bytes = number("select page_count * page_size from pragma_page_count, pragma_page_size");
    long free =
        number("select freelist_count * page_size from pragma_freelist_count, pragma_page_size");
    tell(
        "file",
        State.OK,
        mebibytes(bytes) + ", of which " + mebibytes(free) + " are free for new rows");
    if (bytes < MEASURED_FILE_BYTES) {
      sizes(
          "select name, pgsize from dbstat where aggregate = 1 order by pgsize desc limit "
              + NAMED);
    }
    if (number("select count(*) from sqlite_schema where name = 'sqlite_stat1'") == 0) {
      tell("statistics", State.NOTE, "there are none: ledgerstone db maintain --analyze");
    } else {
      tell("statistics", State.OK, "are there");
    }
  }

  private void postgres() {
    tell(
        "integrity",
        State.OK,
        texts("show data_checksums").equals(List.of("on"))
            ? "PostgreSQL proves each page by a checksum"
            : "page checksums are off: initdb --data-checksums, or pg_checksums --enable");
    none(
        "foreign keys",
        State.NOTE,
        rows(
            """
            select n.conname, n.conrelid::regclass::text from pg_constraint n
            where n.connamespace = current_schema()::regnamespace and not n.convalidated order by 1"""),
        "every constraint is validated",
        row -> "alter table " + row.get(1) + " validate constraint " + row.get(0));
    none(
        "broken indexes",
        State.FAULT,
        rows(
            """
            select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
            where c.relnamespace = current_schema()::regnamespace and not i.indisvalid order by 1"""),
        "none",
        row -> row.get(0) + " is not used: ledgerstone db maintain --reindex, or make it again");
    none(
        "unused indexes",
        State.NOTE,
        rows(
            """
            select s.indexrelname, pg_size_pretty(pg_relation_size(s.indexrelid))
            from pg_stat_user_indexes s join pg_index i on i.indexrelid = s.indexrelid
            where s.schemaname = current_schema() and s.idx_scan = 0 and not i.indisunique
              and pg_relation_size(s.indexrelid) > %d
              and (select coalesce(stats_reset, pg_postmaster_start_time()) from pg_stat_database where datname = current_database())
                < now() - interval '7 days'
            order by pg_relation_size(s.indexrelid) desc limit %d"""
                .formatted(LARGE_INDEX_BYTES, NAMED)),
        "none that is large and was never used in a week",
        row -> row.get(0) + ", " + row.get(1) + ", was never used");
    none(
        "slow reads",
        State.NOTE,
        rows(
            """
            select relname, seq_scan, n_live_tup from pg_stat_user_tables
            where schemaname = current_schema() and n_live_tup > %d and seq_scan > 10 and seq_scan > coalesce(idx_scan, 0) / 10
            order by seq_tup_read desc limit %d"""
                .formatted(LARGE_TABLE_ROWS, NAMED)),
        "no large table is read from end to end",
        row ->
            row.get(0)
                + " was read from end to end "
                + row.get(1)
                + " times: an index may be missing");
    none(
        "dead rows",
        State.NOTE,
        rows(
            """
            select relname, n_dead_tup, n_live_tup from pg_stat_user_tables
            where schemaname = current_schema() and n_dead_tup > %d and n_dead_tup > n_live_tup / 5
            order by n_dead_tup desc limit %d"""
                .formatted(LARGE_TABLE_ROWS, NAMED)),
        "autovacuum keeps up",
        row ->
            row.get(0) + " has " + row.get(1) + " dead rows beside " + row.get(2) + ": vacuum it");
    none(
        "long transactions",
        State.NOTE,
        rows(
            """
            select pid, extract(epoch from now() - xact_start)::bigint, coalesce(application_name, '')
            from pg_stat_activity
            where datname = current_database() and xact_start < now() - interval '5 minutes' order by 2 desc limit %d"""
                .formatted(NAMED)),
        "none over five minutes",
        row ->
            "process "
                + row.get(0)
                + " "
                + row.get(2)
                + ", "
                + row.get(1)
                + " s: keeps dead rows from going");
    connections();
    partitions();
    sizes(
        """
        select coalesce(pg_partition_root(c.oid)::regclass::text, c.relname), sum(pg_total_relation_size(c.oid))::bigint
        from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'm')
        group by 1 order by 2 desc limit\s"""
            + NAMED);
  }

  private void connections() {
    long used =
        number("select count(*) from pg_stat_activity where backend_type = 'client backend'");
    long most = number("select setting::bigint from pg_settings where name = 'max_connections'");
    tell(
        "connections",
        used * 10 > most * 9 ? State.NOTE : State.OK,
        used + " of " + most + " are taken");
  }

  /** Rows for which no partition was made in time slow down the making of those to come. */
  private void partitions() {
    List<String> filled = new ArrayList<>();
    for (String table :
        texts(
            """
            select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where c.relnamespace = current_schema()::regnamespace and c.relname like '%\\_default' and c.relkind = 'r'""")) {
      if (number("select count(*) from (select 1 from \"" + table + "\" limit 1) t") > 0) {
        filled.add(table);
      }
    }
    tell(
        "partitions",
        filled.isEmpty() ? State.OK : State.NOTE,
        filled.isEmpty()
            ? "every row has one of its own time"
            : "rows of a time that has no partition lie in " + String.join(", ", filled));
  }

  private void sizes(String question) {
    StringJoiner sizes = new StringJoiner(", ");
    for (Record row : rows(question)) {
      sizes.add(row.get(0) + " " + mebibytes(row.get(1, Long.class)));
    }
    tell("largest tables", State.OK, sizes.toString());
  }

  /**
   * SQLite's log.
   *
   * @param bytes how large the file of it is
   */
  public static Finding log(long bytes) {
    return bytes > LARGE_LOG_BYTES
        ? new Finding(
            "log",
            State.NOTE,
            mebibytes(bytes)
                + ": a long read keeps it from being emptied; then: ledgerstone db maintain")
        : new Finding("log", State.OK, mebibytes(bytes));
  }

  private interface Words {
    String of(Record row);
  }

  private void none(String what, State state, Result<Record> rows, String well, Words words) {
    if (rows.isEmpty()) {
      tell(what, State.OK, well);
    }
    rows.stream().limit(NAMED).forEach(row -> tell(what, state, words.of(row)));
  }

  private void tell(String what, State state, String found) {
    findings.add(new Finding(what, state, found));
  }

  private Result<Record> rows(String question) {
    return database.read(sql -> sql.fetch(question));
  }

  private List<String> texts(String question) {
    return rows(question).stream().map(row -> String.valueOf(row.get(0))).toList();
  }

  private long number(String question) {
    @Nullable Long value = rows(question).getFirst().get(0, Long.class);
    return value == null ? 0 : value;
  }

  private static String mebibytes(long bytes) {
    return (bytes >> 20) + " MiB";
  }
}
