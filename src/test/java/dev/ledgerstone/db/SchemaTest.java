package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.schema.DefaultSchema;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds of every table, on each engine. */
@ParameterizedClass
@EnumSource(Engine.class)
class SchemaTest {
  /** Each breaks one rule. */
  private static final Map<String, String> PLANTED =
      Map.ofEntries(
          Map.entry(
              "create table planted_a (id uuid not null primary key, tenant_id uuid not null)",
              "planted_a: its comment does not end in traits: \"\""),
          Map.entry(
              "create table planted_b (name varchar not null primary key)",
              "planted_b: its primary key is not id uuid"),
          Map.entry(
              "create table planted_c (id uuid not null primary key, tenant_id uuid)",
              "planted_c: tenant_id uuid not null is not there"),
          Map.entry(
              "create table planted_d (id uuid not null primary key, user_id uuid references users (id) on delete restrict)",
              "planted_d: has no index for users by user_id"),
          Map.entry(
              "create table planted_e (id uuid not null primary key, user_id uuid references users (id) on delete restrict)",
              "planted_e: leaves the tenant out of users by user_id"),
          Map.entry(
              "create table planted_f (id uuid not null primary key, tenant_id uuid references tenants (id))",
              "planted_f: does not say on delete of tenants by tenant_id"),
          Map.entry(
              "create table planted_g (id uuid not null primary key, tenant_id uuid not null, name varchar, unique (name))",
              "planted_g: unique over all tenants: planted_g(name)"),
          Map.entry(
              "create table planted_h (id uuid not null primary key, tenant_id uuid not null, name varchar, deleted_at timestamptz, unique (tenant_id, name))",
              "planted_h: unique among deleted rows too: planted_h(tenant_id,name)"),
          Map.entry(
              "create table planted_i (id uuid not null primary key, size bigint, constraint oddly check (size > 0))",
              "planted_i: a check is named \"oddly\", not planted_i_…_check"),
          Map.entry(
              "create table planted_j (id uuid not null primary key, tenant_id uuid not null, updated_at timestamptz)",
              "planted_j: created_at is not there"),
          Map.entry(
              "create table planted_k (id uuid not null primary key, tenant_id uuid not null, created_at timestamptz)",
              "planted_k: updated_at is not there"),
          Map.entry(
              "create table planted_l (id uuid not null primary key, amount numeric)",
              "planted_l: amount is a numeric"),
          Map.entry(
              "create table planted_m (id uuid not null primary key, deleted_at timestamptz)",
              "planted_m: people delete its rows, and version is not there"));

  private static final Pattern COLUMN_TRAITS = Pattern.compile("(?s).* \\[([^\\]]*)]");
  private static final Pattern LOOKS_SECRET =
      Pattern.compile(".*(password|token|key|endpoint)_hash|sealed_.*|credential|encryption_key");

  private final Engine engine;
  private final Database database;

  SchemaTest(Engine engine) {
    this.engine = engine;
    this.database = TestDatabases.fresh(engine);
  }

  @Test
  void everyTableKeepsTheRules() {
    assertThat(SchemaRules.violations(Schema.of(database))).isEmpty();
  }

  @Test
  void theRulesSeeWhatBreaksThem() {
    database.write(
        sql -> {
          PLANTED.keySet().forEach(sql::execute);
          return null;
        });

    assertThat(SchemaRules.violations(Schema.of(database))).containsAll(PLANTED.values());
  }

  @Test
  void noExceptionOutlivesItsTable() {
    assertThat(SchemaRules.idleExceptions(Schema.of(database))).isEmpty();
  }

  @Test
  void bothEnginesHaveTheTablesOfTheGeneratedCode() {
    assertThat(Schema.of(database).relations().stream().map(Schema.Relation::name))
        .containsExactlyInAnyOrderElementsOf(
            SampleRows.tables().stream().map(Table::getName).toList());
  }

  @Test
  void viewsHaveTraitsAndWriteNothing() {
    List<String> wrong =
        DefaultSchema.DEFAULT_SCHEMA.getTables().stream()
            .filter(it -> !SampleRows.tables().contains(it))
            .filter(it -> !Schema.Traits.of(it.getComment()).is("readonly"))
            .map(Table::getName)
            .toList();
    assertThat(wrong).isEmpty();
  }

  /** The records API goes by them: a word that it does not know would guard nothing. */
  @Test
  void columnsHaveTraitsThatAreKnown() {
    Set<String> words = Set.of("secret", "server", "tenant");
    List<String> unknown =
        fields()
            .filter(
                it -> {
                  var match = COLUMN_TRAITS.matcher(it.getComment());
                  return match.matches()
                      && match.group(1).matches("[a-z; ]+")
                      && !words.contains(match.group(1));
                })
            .map(SchemaTest::qualified)
            .toList();
    assertThat(unknown).isEmpty();
  }

  @Test
  void whatLooksSecretIsSecret() {
    Set<String> harmless = Set.of("response_cache_entries.key_hash");
    List<String> open =
        fields()
            .filter(it -> LOOKS_SECRET.matcher(it.getName()).matches())
            .filter(it -> !it.getComment().endsWith(" [secret]"))
            .map(SchemaTest::qualified)
            .filter(it -> !it.startsWith("sealing_keys.") && !harmless.contains(it))
            .toList();
    assertThat(open).isEmpty();
    assertThat(fields().filter(it -> it.getComment().endsWith(" [secret]")).map(Field::getName))
        .contains("password_hash", "token_hash", "key_hash", "credential", "encryption_key");
  }

  @Test
  void everyTableTakesARow() {
    database.write(
        sql -> {
          SampleRows rows = new SampleRows(sql);
          SampleRows.tables().forEach(rows::row);
          return null;
        });

    List<String> empty =
        database.read(
            sql ->
                SampleRows.tables().stream()
                    .filter(it -> !sql.fetchExists(it))
                    .map(Table::getName)
                    .toList());
    assertThat(empty).isEmpty();
  }

  @Test
  void appendOnlyTablesRefuseChangeUntilMaintenanceAllowsIt() {
    List<Table<?>> tables =
        SampleRows.tables().stream()
            .filter(it -> Schema.Traits.of(it.getComment()).is("append"))
            .toList();
    assertThat(tables.stream().map(Table::getName)).contains("events", "audit_logs", "audit_seals");
    database.write(
        sql -> {
          SampleRows rows = new SampleRows(sql);
          tables.forEach(rows::row);
          return null;
        });

    for (Table<?> table : tables) {
      assertThatThrownBy(() -> change(table, false)).hasStackTraceContaining("append-only");
      assertThatThrownBy(() -> delete(table, false)).hasStackTraceContaining("append-only");
      change(table, true);
      assertThat(delete(table, true)).as(table.getName()).isEqualTo(1);
    }
  }

  private int change(Table<?> table, boolean inMaintenance) {
    Field<?> time =
        Stream.of("created_at", "at")
            .map(table::field)
            .filter(it -> it != null)
            .findFirst()
            .orElseThrow();
    return inTransaction(
        inMaintenance,
        sql ->
            sql.execute(
                "update "
                    + table.getName()
                    + " set "
                    + time.getName()
                    + " = '2026-02-02T00:00:00.000000Z'"));
  }

  private int delete(Table<?> table, boolean inMaintenance) {
    return inTransaction(inMaintenance, sql -> sql.deleteFrom(table).execute());
  }

  private int inTransaction(
      boolean inMaintenance, java.util.function.ToIntFunction<DSLContext> work) {
    return database.write(
        sql -> {
          if (inMaintenance) {
            sql.execute(
                "insert into maintenance (id, reason, at) values ("
                    + (engine == Engine.POSTGRES ? "cast(? as uuid)" : "?")
                    + ", 'a test', '2026-02-02T00:00:00.000000Z')",
                Ids.next().toString());
          }
          int rows = work.applyAsInt(sql);
          sql.deleteFrom(DSL.table("maintenance")).execute();
          return rows;
        });
  }

  private static Stream<Field<?>> fields() {
    return SampleRows.tables().stream().flatMap(Table::fieldStream);
  }

  private static String qualified(Field<?> field) {
    return field.getQualifiedName().unquotedName().toString();
  }
}
