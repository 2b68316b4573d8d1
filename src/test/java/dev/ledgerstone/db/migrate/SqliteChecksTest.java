package dev.ledgerstone.db.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqliteChecksTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "create table t (a varchar check (a in ('x', 'y', 'it''s'))) | create table t (a varchar check ((a = 'x' or a = 'y' or a = 'it''s')))",
        "create table t (a integer, check (a in (1, -2, 3) and (a in (4,5,6) or a > 9))) | create table t (a integer, check ((a = 1 or a = -2 or a = 3) and ((a = 4 or a = 5 or a = 6) or a > 9)))",
        "alter table t add a varchar CHECK (a IN ('x', 'y', 'z')) | alter table t add a varchar CHECK ((a = 'x' or a = 'y' or a = 'z'))",
      })
  void listsBecomeComparisons(String written, String run) {
    assertThat(SqliteChecks.compared(written)).isEqualTo(run);
    assertThat(SqliteChecks.compared(run)).as("once more").isEqualTo(run);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "create table t (a varchar check (a in ('x', 'y')))",
        "create table t (a varchar check (a not in ('x', 'y', 'z')))",
        "create table t (a varchar default ') check (a in (1, 2, 3))', check (a <> ') in (1, 2, 3)'))",
        "create table t (a varchar check (lower(a) in ('x', 'y', 'z')))",
        "create table t (a varchar check (a in ('x', b, 'z')))",
        "create index t_idx on t (a) where a in ('x', 'y', 'z')",
        "insert into t (a) select 'check (' from s where a in ('x', 'y', 'z')",
      })
  void restStaysAsItIs(String statement) {
    assertThat(SqliteChecks.compared(statement)).isEqualTo(statement);
  }

  /** Each list of the schema is one that is compared: none is built anew for each row. */
  @Test
  void noTableOfOursHasAListInACheck() {
    Database database = TestDatabases.fresh(Engine.SQLITE);
    List<String> tables =
        database.read(
            sql ->
                sql.fetch("select sql from sqlite_schema where type = 'table' and sql is not null")
                    .getValues(0, String.class));
    assertThat(tables).hasSizeGreaterThan(100);
    assertThat(tables).allSatisfy(it -> assertThat(it).doesNotContainPattern(LISTED));
    assertThat(tables).anySatisfy(it -> assertThat(it).contains("status = 'PENDING' or status ="));
  }

  private static final String LISTED = "(?i)check \\([^;]*? in \\('[^']*', '[^']*', '";
}
