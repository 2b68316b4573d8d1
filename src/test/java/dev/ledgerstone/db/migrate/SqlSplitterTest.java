package dev.ledgerstone.db.migrate;

import static dev.ledgerstone.db.Engine.POSTGRES;
import static dev.ledgerstone.db.Engine.SQLITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.problem.ProblemException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlSplitterTest {
  private static List<String> split(Engine engine, String text) {
    return SqlSplitter.split(engine, "f.sql", 1, text).stream().map(SqlStatement::text).toList();
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void semicolonsEndStatementsAndEmptyOnesAreDropped(Engine engine) {
    assertThat(split(engine, ";; select 1 ;\n; select 2")).containsExactly("select 1", "select 2");
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void semicolonsInQuotesDoNot(Engine engine) {
    assertThat(split(engine, "select 'a;''b;' as \"c;\"\"d;\"; select 2"))
        .containsExactly("select 'a;''b;' as \"c;\"\"d;\"", "select 2");
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void commentsAroundAreDroppedAndThoseInsideStay(Engine engine) {
    assertThat(split(engine, "-- a;\nselect /* b; */ 1 -- c;\n + 2 /* d; */ -- e\n; /* f; */"))
        .containsExactly("select /* b; */ 1 -- c;\n + 2");
  }

  @Test
  void commentsNestOnPostgresOnly() {
    String text = "/* a /* b; */ c; */ select 1";
    assertThat(split(POSTGRES, text)).containsExactly("select 1");
    assertThat(split(SQLITE, text)).containsExactly("c", "*/ select 1");
  }

  @Test
  void dollarQuotesHoldABody() {
    String function =
        "create function f() returns int language plpgsql as $body$ begin perform $$;$$; return 1; end $body$";
    assertThat(split(POSTGRES, function + "; select $1; select 1 as a$b$c; select 2"))
        .containsExactly(function, "select $1", "select 1 as a$b$c", "select 2");
  }

  @Test
  void backslashesEscapeInEscapeStringsOnly() {
    assertThat(split(POSTGRES, "select e'a\\';b'; select 'c\\'; select 3"))
        .containsExactly("select e'a\\';b'", "select 'c\\'", "select 3");
    assertThat(split(SQLITE, "select 'c\\'; select 3")).containsExactly("select 'c\\'", "select 3");
  }

  @Test
  void aFunctionOfSqlStatementsEndsWithItsBlock() {
    String function =
        "create function f() returns int begin atomic select case when true then 1 end; select 2; end";
    assertThat(split(POSTGRES, function + "; begin; select 1; end;"))
        .containsExactly(function, "begin", "select 1", "end");
  }

  @ParameterizedTest
  @ValueSource(strings = {"create trigger", "CREATE TEMP TRIGGER", "create temporary trigger"})
  void aTriggerEndsWithItsBlock(String create) {
    String trigger =
        create
            + " t after update on a when case new.b when 1 then 1 else 0 end begin\n"
            + "  update a set c = case b when 1 then 2 end; -- here; end;\n"
            + "  delete from d where e = ';end;';\n"
            + "end";
    assertThat(split(SQLITE, trigger + ";\nselect 1")).containsExactly(trigger, "select 1");
  }

  @Test
  void sqliteNamesStandInBracketsAndBackticks() {
    assertThat(split(SQLITE, "select 1 as [a;'b]; select 2 as `c;\"d`"))
        .containsExactly("select 1 as [a;'b]", "select 2 as `c;\"d`");
    assertThat(split(POSTGRES, "select a[1]; select 2")).containsExactly("select a[1]", "select 2");
  }

  @Test
  void aStatementKnowsTheLineOfItsFirstWord() {
    List<SqlStatement> statements =
        SqlSplitter.split(SQLITE, "f.sql", 10, "-- a\n\nselect\n'\n'; /*\n*/ select 2;\n");
    assertThat(statements).extracting(SqlStatement::line).containsExactly(12, 15);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"select 1;\nselect 'a", "\n/* a /* b */", "\nselect \"a", "\nselect $a$ b $$"})
  void whatHasNoEndIsNamedWithItsLine(String text) {
    assertThatThrownBy(() -> split(POSTGRES, text))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> {
              assertThat(e.problem()).isInstanceOf(MigrationProblem.BadFile.class);
              assertThat(e.problem().detail()).startsWith("f.sql, line 2: ");
            });
  }
}
