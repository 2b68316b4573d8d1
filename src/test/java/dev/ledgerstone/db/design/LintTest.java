package dev.ledgerstone.db.design;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.design.Lint.Rule;
import dev.ledgerstone.db.migrate.MigrationSource;
import dev.ledgerstone.db.migrate.MigrationTexts;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Steps that lock, rewrite or break are found, each with its place. */
class LintTest {
  private static final String FIRST =
      "-- @up\ncreate table t (id integer, c varchar);\ncreate index t_c_idx on t (c);\n-- @down\n-- @end\n";

  private static List<Lint.Finding> lint(String head, String statement) {
    String second = head + "-- @up\n" + statement + "\n-- @down\n-- @end\n";
    MigrationSource source = () -> Map.of("0001_first.sql", FIRST, "0002_second.sql", second);
    return Lint.of(source, List.of("0002_second"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "alter table t add column d integer not null; | NOT_NULL_WITHOUT_DEFAULT",
        "alter table t add column d timestamptz default now(); | VOLATILE_DEFAULT",
        "alter table t add column d timestamptz default current_timestamp; | VOLATILE_DEFAULT",
        "create index t_id_idx on t (id); | INDEX_NOT_CONCURRENT",
        "create unique index if not exists t_id_idx on t using gin (id); | INDEX_NOT_CONCURRENT",
        "create index concurrently t_id_idx on t (id); | CONCURRENTLY_IN_TRANSACTION",
        "alter table t alter column c type integer; | TYPE_CHANGE",
        "ALTER TABLE \"t\" ALTER c SET DATA TYPE integer; | TYPE_CHANGE",
        "alter table t alter column c set not null; | SET_NOT_NULL",
        "alter table t add constraint t_check check (c <> ''); | CONSTRAINT_VALIDATES",
        "alter table t add foreign key (id) references t (id); | CONSTRAINT_VALIDATES",
        "alter table t add constraint t_key unique (c); | UNIQUE_BUILDS_INDEX",
        "alter table t drop column c; | DROP_IN_USE",
        "drop table t; | DROP_IN_USE",
        "alter table t rename column c to d; | RENAME_IN_USE",
        "alter table t rename to u; | RENAME_IN_USE",
        "update t set c = 'x'; | WHOLE_TABLE_WRITE",
        "delete from t; | WHOLE_TABLE_WRITE",
      })
  void aStepIsFound(String statement, Rule rule) {
    assertThat(lint("", statement))
        .containsExactly(new Lint.Finding("0002_second.sql", 2, rule, "t"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "alter table t add column d integer;",
        "alter table t add column d integer not null default 0;",
        "alter table t add column d varchar default 'now()';",
        "create table u (id integer); create index u_idx on u (id); alter table u add constraint u_key unique (id);",
        "alter table t add constraint t_check check (c <> '') not valid;",
        "alter table t add constraint t_key unique using index t_key;",
        "alter table t validate constraint t_check;",
        "alter table t drop constraint t_check;",
        "update t set c = 'x' where id = 1;",
        "comment on table t is 'drop table t';",
      })
  void aStepThatHarmsNobodyIsPassed(String statement) {
    assertThat(lint("", statement)).isEmpty();
  }

  @Test
  void aRebuildOnSqliteIsFound() {
    assertThat(
            lint(
                "-- @rebuild\n",
                "--@sqlite create table new_t (id integer);\n--@sqlite drop table t;\n--@sqlite alter table new_t rename to t;"))
        .containsExactly(new Lint.Finding("0002_second.sql", 4, Rule.SQLITE_REBUILD, "t"));
  }

  @Test
  void aRuleIsPassedOverWithAReason() {
    assertThat(
            lint(
                "",
                "-- @lint-ignore index-not-concurrent the table has ten rows\ncreate index t_id_idx on t (id);"))
        .isEmpty();
    assertThat(
            lint(
                "-- @lint-ignore drop-in-use never released\n",
                "create table u (id integer);\nalter table t drop column c;"))
        .isEmpty();
    assertThat(
            lint(
                "", "-- @lint-ignore drop-in-use never released\ncreate index t_id_idx on t (id);"))
        .extracting(Lint.Finding::rule)
        .containsExactly(Rule.INDEX_NOT_CONCURRENT);
    assertThat(lint("", "-- @lint-ignore index-not-concurrent\ncreate index t_id_idx on t (id);"))
        .extracting(Lint.Finding::rule)
        .containsExactly(Rule.IGNORED_WITHOUT_REASON);
  }

  /** Those two were written while nothing was released. */
  @Test
  void ofTheFirstThirtyMigrationsTwoMakeIndexesThatLock() {
    MigrationSource ours = MigrationSource.classpath();

    List<Lint.Finding> findings =
        Lint.of(
            ours,
            MigrationTexts.ups(Engine.POSTGRES, ours).stream()
                .limit(30)
                .map(MigrationTexts.Up::label)
                .toList());

    assertThat(findings).extracting(Lint.Finding::rule).containsOnly(Rule.INDEX_NOT_CONCURRENT);
    assertThat(findings)
        .extracting(Lint.Finding::file)
        .containsOnly("postgres/0015_fixed_rows.sql", "postgres/0016_search.sql");
  }
}
